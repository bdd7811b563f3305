import assert from 'node:assert/strict';
import type { EventClient } from '../../../../src/engine/services/event-hub.js';
import { EventHub } from '../../../../src/engine/services/event-hub.js';
import type { CollectorFact } from '../../../../src/engine/services/relay/agent-words.js';
import { PresenceRelay } from '../../../../src/engine/services/relay/presence-relay.js';
import type { PresenceEvent } from '../../../../src/legacy-bridge/realtime/client-events.js';

const nobody = { send: () => undefined };

describe('PresenceRelay', () => {
  let said: string[];
  let now: number;
  let relay: PresenceRelay;
  let waiting: (() => void)[];
  const start = (perSecond = 1000) => {
    relay = new PresenceRelay({
      perSecond,
      monotonic: () => now,
      say: (event, json) => {
        said.push(`${event} ${json}`);
        for (const wake of waiting.splice(0)) wake();
      },
    });
  };
  const joined = (): EventClient => new EventHub().join('id', nobody);
  const tell = (
    client: EventClient,
    agentId: string,
    event: PresenceEvent,
    json: string,
    facts: readonly CollectorFact[] = [],
  ) => relay.told({ client, event, agentId, json, facts });
  const until = async (count: number) => {
    while (said.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  beforeEach(() => {
    said = [];
    waiting = [];
    now = 1_000_000;
    start();
  });
  afterEach(() => relay.down());

  it('says what it is told while the legacy hears', async () => {
    relay.up();
    const client = joined();
    tell(client, 'a', 'connect_agent', '1');
    tell(client, 'a', 'agent_heartbeat', '2');
    tell(client, 'b', 'agent_heartbeat', '3');
    await until(3);
    assert.deepEqual(said, ['connect_agent 1', 'agent_heartbeat 2', 'agent_heartbeat 3']);
    assert.equal(relay.waiting, 0);
  });

  it('tells a legacy that was reached anew all that is known of those who are there, who they are first', async () => {
    const [here, gone] = [joined(), joined()];
    tell(here, 'a', 'agent_heartbeat', '1');
    tell(here, 'a', 'collector_status', '2');
    tell(here, 'a', 'connect_agent', '3');
    tell(here, 'a', 'agent_heartbeat', '4');
    tell(gone, 'b', 'connect_agent', '5');
    gone.leave();
    relay.left(gone);
    for (let times = 1; times <= 2; times += 1) {
      relay.up();
      await until(3 * times);
      relay.down();
    }
    const once = ['connect_agent 3', 'collector_status 2', 'agent_heartbeat 4'];
    assert.deepEqual(said, [...once, ...once]);
    assert.equal(relay.size, 1);
  });

  it('says no collector’s report again that no longer counts', async () => {
    const client = joined();
    tell(client, 'a', 'collector_status', 'old');
    now += 300_001;
    tell(client, 'a', 'connect_agent', 'new');
    relay.up();
    await until(1);
    tell(client, 'a', 'agent_heartbeat', 'last');
    await until(2);
    assert.deepEqual(said, ['connect_agent new', 'agent_heartbeat last']);
  });

  it('says again, besides a collector’s newest report, the newest that says more, in order and once each', async () => {
    const client = joined();
    const report = (json: string, ...facts: CollectorFact[]) => tell(client, 'a', 'collector_status', json, facts);
    report('1 both', 'active', 'last_user');
    report('2 active', 'active');
    tell(client, 'a', 'agent_heartbeat', '3');
    report('4 nothing');
    report('5 nothing');
    relay.up();
    await until(4);
    report('6 nothing');
    await until(5);
    assert.deepEqual(said, [
      'collector_status 1 both',
      'collector_status 2 active',
      'agent_heartbeat 3',
      'collector_status 5 nothing',
      'collector_status 6 nothing',
    ]);
    relay.down();
    report('7 both', 'active', 'last_user');
    relay.up();
    await until(7);
    assert.deepEqual(said.slice(5), ['agent_heartbeat 3', 'collector_status 7 both']);
    assert.deepEqual([relay.size, relay.waiting], [1, 0]);
  });

  it('does not say the report again that says more, once it no longer counts', async () => {
    const client = joined();
    tell(client, 'a', 'collector_status', 'old', ['active']);
    now += 300_001;
    tell(client, 'a', 'collector_status', 'new');
    relay.up();
    await until(1);
    assert.deepEqual([said, relay.waiting], [['collector_status new'], 0]);
  });

  it('says what counts of reports that wait, not the newest alone', async () => {
    start(20);
    const client = joined();
    relay.up();
    tell(client, 'a', 'connect_agent', '1');
    tell(client, 'a', 'collector_status', '2 active', ['active']);
    tell(client, 'a', 'collector_status', '3 nothing');
    await until(3);
    assert.deepEqual(said, ['connect_agent 1', 'collector_status 2 active', 'collector_status 3 nothing']);
  });

  it('keeps to a rate of less than an event a turn, and makes up for what an agent said at once', async () => {
    const elapsed = async (perSecond: number, agents: number, events: readonly PresenceEvent[]) => {
      start(perSecond);
      const client = joined();
      for (let number = 0; number < agents; number += 1)
        for (const event of events) tell(client, `a${number}`, event, '1');
      const before = performance.now();
      relay.up();
      await until(agents * events.length);
      relay.down();
      said = [];
      return performance.now() - before;
    };
    const slow = await elapsed(10, 6, ['agent_heartbeat']);
    assert.ok(slow >= 450, `6 events of 10 a second within ${slow} ms`);
    const whole = await elapsed(20, 4, ['connect_agent', 'agent_heartbeat', 'collector_status']);
    assert.ok(whole >= 400, `12 events of 20 a second within ${whole} ms`);
  });

  it('keeps to its rate, and of what waits says the newest, those first who wait longest', async () => {
    start(200);
    const clients = Array.from({ length: 30 }, joined);
    relay.up();
    for (const [number, client] of clients.entries()) tell(client, `a${number}`, 'agent_heartbeat', 'old');
    for (const [number, client] of clients.entries()) tell(client, `a${number}`, 'agent_heartbeat', `${number}`);
    assert.ok(said.length <= 10, `${said.length} at once, of 200 a second`);
    await until(31);
    assert.deepEqual(said.slice(1), [
      ...clients.slice(1).map((_client, number) => `agent_heartbeat ${number + 1}`),
      'agent_heartbeat 0',
    ]);
  });

  it('still says what somebody said who left, and then forgets him', async () => {
    relay.up();
    const [first, second] = [joined(), joined()];
    tell(first, 'a', 'connect_agent', '1');
    tell(second, 'b', 'connect_agent', '2');
    second.leave();
    relay.left(second);
    assert.equal(relay.size, 2);
    await until(2);
    assert.deepEqual([said.at(-1), relay.size], ['connect_agent 2', 1]);
  });

  it('knows an agent for as long as one of its connections is there', () => {
    const [old, next] = [joined(), joined()];
    tell(old, 'a', 'connect_agent', '1');
    tell(next, 'a', 'connect_agent', '2');
    old.leave();
    relay.left(old);
    assert.equal(relay.size, 1);
    next.leave();
    relay.left(next);
    assert.equal(relay.size, 0);
  });

  it('remembers nothing of who has left before his event was done', () => {
    const client = joined();
    client.leave();
    tell(client, 'a', 'connect_agent', '1');
    assert.equal(relay.size, 0);
  });

  it('lets no client use up what is remembered of others', () => {
    const long = 'x'.repeat(8_000);
    for (let number = 0; number < 3; number += 1) {
      const hostile = joined();
      for (let agent = 0; agent < 1_000; agent += 1) tell(hostile, `h${number}-${agent}`, 'connect_agent', long);
    }
    assert.equal(relay.size, 3 * 8);
    for (let agent = 0; agent < 1_000; agent += 1)
      assert.ok(tell(joined(), `real-${agent}`, 'agent_heartbeat', '{"agent_id":"real"}'));
  });

  it('counts what a client says in another one’s place as its own', async () => {
    const [first, second] = [joined(), joined()];
    const long = 'x'.repeat(8_000);
    for (let round = 0; round < 10; round += 1)
      for (let agent = 0; agent < 8; agent += 1)
        for (const client of [first, second]) tell(client, `a${round}-${agent}`, 'connect_agent', long);
    relay.up();
    while (relay.waiting > 0) await until(said.length + 1);
    assert.ok(said.length <= 16, `${said.length} of two clients`);
  });

  it('has who stays answer for what was said by those who left, as far as there is room', async () => {
    const stays = joined();
    const long = 'x'.repeat(8_000);
    for (let agent = 0; agent < 20; agent += 1) tell(stays, `a${agent}`, 'agent_heartbeat', `${agent}`);
    for (let agent = 0; agent < 20; agent += 1) {
      const leaves = joined();
      tell(leaves, `a${agent}`, 'connect_agent', long);
      leaves.leave();
      relay.left(leaves);
    }
    relay.up();
    await until(27);
    const longOnes = said.filter((word) => word.startsWith('connect_agent'));
    assert.deepEqual([longOnes.length, said.length, relay.size, relay.waiting], [7, 27, 20, 0]);
    relay.left(stays);
    assert.equal(relay.size, 0);
  });

  it('takes no more from a client of whom too much is to be said, and goes on once it is said', async () => {
    const client = joined();
    const long = 'x'.repeat(8_000);
    start(20);
    relay.up();
    const taken = Array.from({ length: 12 }, (_none, number) => tell(client, `a${number}`, 'connect_agent', long));
    // The first was said at once, and left room for another.
    assert.deepEqual(taken.indexOf(false), 9);
    assert.ok(tell(joined(), 'b', 'connect_agent', long));
    await until(2);
    assert.equal(tell(client, 'c', 'connect_agent', long), true);
  });

  it('gives the room of a client back with what it said', () => {
    const client = joined();
    const long = 'x'.repeat(8_000);
    for (let times = 0; times < 100; times += 1) {
      assert.ok(tell(client, 'a', 'connect_agent', long));
      assert.ok(tell(client, 'a', 'collector_status', long, times % 2 === 0 ? ['active'] : ['last_user']));
    }
    relay.left(client);
    assert.equal(relay.size, 0);
    for (let agent = 0; agent < 8; agent += 1) assert.ok(tell(client, `b${agent}`, 'connect_agent', long));
    assert.equal(relay.size, 8);
  });

  it('is bounded: in the length of one word, in all, and in the agents of one client', () => {
    const client = joined();
    const long = 'x'.repeat(8_000);
    assert.equal(tell(client, 'a', 'connect_agent', `${long}x`), false);
    for (let number = 0; number < 1_001; number += 1) tell(client, `a${number}`, 'connect_agent', '1');
    assert.equal(relay.size, 1_000);
    let taken = 0;
    for (let number = 0; number < 9_000; number += 1)
      if (tell(joined(), `b${number}`, 'connect_agent', long)) taken += 1;
    assert.equal(taken, 7_999);
  });
});
