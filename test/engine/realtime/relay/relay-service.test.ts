import assert from 'node:assert/strict';
import { type EventCarrier, EventHub } from '../../../../src/engine/services/event-hub.js';
import { RelayService } from '../../../../src/engine/services/relay/relay-service.js';
import type { AgentRoles } from '../../../../src/engine/services/request-context.js';
import type { LegacyRelayOptions } from '../../../../src/legacy-bridge/realtime/legacy-relay.js';
import { silentLog } from '../../../kit/silent-engine-log.js';

const LEGACY = { url: 'http://127.0.0.1:5001', ca: '', pin: '', serverName: '' };

class Carrier implements EventCarrier {
  readonly sent: string[] = [];
  send(to: 'all' | readonly string[], event: string, { text }: { readonly text: string }): void {
    this.sent.push(`${to} ${event} ${text}`);
  }
}

describe('RelayService', () => {
  let opened: LegacyRelayOptions[];
  let said: string[];
  let closed: number;
  let forgotten: string[];
  let kept: Map<string, AgentRoles>;
  let wakes: (() => void)[];
  let hub: EventHub;
  let own: Carrier;
  let linked: Carrier;
  let relay: RelayService;
  beforeEach(() => {
    [opened, said, closed, forgotten, kept, wakes] = [[], [], 0, [], new Map(), []];
    hub = new EventHub();
    [own, linked] = [new Carrier(), new Carrier()];
    for (const carrier of [own, linked]) hub.attach(carrier);
    relay = new RelayService({
      ...{ hub, perSecond: 1000, monotonic: () => 1, log: silentLog },
      ...{ lingerMs: 20, patienceMs: 20 },
      configurations: {
        find: (id) => kept.get(id),
        keep: (id, roles) => void kept.set(id, roles),
        forget: (id) => void forgotten.push(id),
      },
      open: (options) => {
        opened.push(options);
        const close = () => {
          closed += 1;
          for (const wake of wakes.splice(0)) wake();
        };
        return { say: (event, json) => void said.push(`${event} ${json}`), close };
      },
    });
    relay.serve(own);
  });
  afterEach(() => relay.close());
  const heard = (event: string, text: string) => opened[0]?.heard(event, { text, attachments: [] });

  it('runs from one order to the next, and anew where the legacy is another', () => {
    assert.deepEqual([relay.state().state, opened.length], ['off', 0]);
    relay.order({ mode: 'on', legacy: LEGACY });
    relay.order({ mode: 'on', legacy: LEGACY });
    assert.deepEqual([relay.state().state, opened.length, closed], ['down', 1, 0]);
    opened[0]?.up();
    assert.equal(relay.state().state, 'up');
    relay.order({ mode: 'on', legacy: { ...LEGACY, url: 'http://127.0.0.1:5002' } });
    assert.deepEqual([opened.length, closed, relay.state().legacy], [2, 1, 'http://127.0.0.1:5002']);
    relay.order({ mode: 'off', legacy: LEGACY });
    assert.deepEqual([closed, relay.state().state], [2, 'off']);
  });

  const closing = () => new Promise<void>((resolve) => wakes.push(resolve));

  it('may run only while there are clients, and a little longer', async () => {
    relay.order({ mode: 'while-clients', legacy: LEGACY });
    assert.equal(opened.length, 0);
    const [first, second] = [hub.join('1', own), hub.join('2', own)];
    relay.joined();
    relay.joined();
    relay.left(first);
    relay.left(second);
    assert.deepEqual([opened.length, closed], [1, 0]);
    await closing();
    assert.deepEqual([opened.length, closed, relay.state().state], [1, 1, 'off']);
  });

  it('dials the legacy once for clients that come and go, and for orders that are given again', async () => {
    relay.order({ mode: 'while-clients', legacy: LEGACY });
    for (let times = 0; times < 100; times += 1) {
      relay.joined();
      relay.left(hub.join(`${times}`, own));
      relay.order({ mode: 'while-clients', legacy: LEGACY });
    }
    assert.deepEqual([opened.length, closed], [1, 0]);
    await closing();
    relay.order({ mode: 'while-clients', legacy: LEGACY });
    assert.deepEqual([opened.length, closed], [1, 1]);
  });

  it('refuses an order that it can’t follow, and goes on as before', () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    const unreadable = { ...LEGACY, url: 'https://127.0.0.1:1', ca: '/nowhere/ca.pem' };
    assert.throws(() => relay.order({ mode: 'on', legacy: unreadable }), { code: 'invalid_request' });
    assert.deepEqual([opened.length, closed, relay.state().legacy], [1, 0, LEGACY.url]);
  });

  it('brings the legacy’s events to the engine’s own clients alone, those of a room to that room', () => {
    const [a, , bridged] = [hub.join('a', own), hub.join('b', own), hub.join('c', linked)];
    for (const client of [a, bridged]) client.join('agent-1');
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.up();
    heard('quick_job_run', '2["quick_job_run",{"agent_id":"agent-1"}]');
    heard('agent_config', '2["agent_config",{"roles":[1.0],"agent_id":"agent-1"}]');
    heard('agent_config', '2["agent_config",{"roles":[],"agent_id":"agent-2"}]');
    heard('agent_config', '2["agent_config",{"roles":[],"agent_id":7}]');
    assert.deepEqual(own.sent, [
      'all quick_job_run 2["quick_job_run",{"agent_id":"agent-1"}]',
      'a agent_config 2["agent_config",{"roles":[1.0],"agent_id":"agent-1"}]',
    ]);
    assert.deepEqual(linked.sent, []);
    assert.equal(relay.state().heard, 4);
  });

  it('takes what the legacy provisions for newer than its own', () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    heard('agent_config', '2["agent_config",{"roles":[],"agent_id":"agent-1"}]');
    assert.deepEqual(forgotten, ['agent-1']);
  });

  it('asks the legacy for whoever asks here, and answers him', () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.up();
    relay.asked('agent-1', hub.join('a', own));
    assert.deepEqual(said, ['request_config {"agent_id":"agent-1"}']);
    heard('agent_config', '2["agent_config",{"roles":[]}]');
    assert.deepEqual(own.sent, ['a agent_config 2["agent_config",{"roles":[]}]']);
  });

  it('leaves a legacy that does not end a question, says so, and asks it anew', async () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.up();
    relay.asked('agent-1', hub.join('a', own));
    await closing();
    await new Promise((resolve) => setImmediate(resolve));
    const { state, problem } = relay.state();
    assert.deepEqual([opened.length, closed, state], [2, 1, 'down']);
    assert.match(problem ?? '', /did not end a question for 0.02 s/);
    opened[1]?.up();
    const question = 'request_config {"agent_id":"agent-1"}';
    assert.deepEqual([said, relay.state().state, relay.state().problem], [[question, question], 'up', null]);
  });

  it('brings nobody an older configuration of the legacy than the one that the engine was given meanwhile', () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.up();
    relay.asked('agent-1', hub.join('a', own));
    kept.set('agent-1', ['new']);
    heard('agent_config', '2["agent_config",{"roles":["old"]}]');
    assert.deepEqual(own.sent, []);
  });

  it('asks for nobody who has left', () => {
    relay.order({ mode: 'on', legacy: LEGACY });
    const client = hub.join('a', own);
    relay.joined();
    relay.asked('agent-1', client);
    client.leave();
    relay.left(client);
    opened[0]?.up();
    assert.deepEqual(said, []);
  });

  it('tells why it is down, and what it remembers', () => {
    relay.told({ client: hub.join('a', own), event: 'connect_agent', agentId: 'agent-1', json: '{}', facts: [] });
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.down('connect ECONNREFUSED');
    const { state, problem, agents } = relay.state();
    assert.deepEqual([state, problem, agents, said], ['down', 'connect ECONNREFUSED', 1, []]);
    opened[0]?.up();
    assert.deepEqual([relay.state().problem, said], [null, ['connect_agent {}']]);
  });
});
