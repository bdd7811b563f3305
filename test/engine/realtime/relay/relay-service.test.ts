import assert from 'node:assert/strict';
import { type EventCarrier, EventHub } from '../../../../src/engine/services/event-hub.js';
import { RelayService } from '../../../../src/engine/services/relay/relay-service.js';
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
  let hub: EventHub;
  let own: Carrier;
  let linked: Carrier;
  let relay: RelayService;
  beforeEach(() => {
    [opened, said, closed, forgotten] = [[], [], 0, []];
    hub = new EventHub();
    [own, linked] = [new Carrier(), new Carrier()];
    for (const carrier of [own, linked]) hub.attach(carrier);
    relay = new RelayService({
      ...{ hub, perSecond: 1000, monotonic: () => 1, log: silentLog },
      configurations: { find: () => undefined, keep: () => undefined, forget: (id) => void forgotten.push(id) },
      open: (options) => {
        opened.push(options);
        const close = () => {
          closed += 1;
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

  it('may run only while there are clients', () => {
    relay.order({ mode: 'while-clients', legacy: LEGACY });
    assert.equal(opened.length, 0);
    const [first, second] = [hub.join('1', own), hub.join('2', own)];
    relay.joined();
    relay.joined();
    relay.left(first);
    assert.deepEqual([opened.length, closed], [1, 0]);
    relay.left(second);
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

  it('tells why it is down, and what it remembers', () => {
    relay.told({ client: hub.join('a', own), event: 'connect_agent', agentId: 'agent-1', json: '{}' });
    relay.order({ mode: 'on', legacy: LEGACY });
    opened[0]?.down('connect ECONNREFUSED');
    const { state, problem, agents } = relay.state();
    assert.deepEqual([state, problem, agents, said], ['down', 'connect ECONNREFUSED', 1, []]);
    opened[0]?.up();
    assert.deepEqual([relay.state().problem, said], [null, ['connect_agent {}']]);
  });
});
