import assert from 'node:assert/strict';
import type { EventFate } from '../../../../src/facade/sockets/split/engine-link.js';
import type { WholePacket } from '../../../../src/facade/sockets/split/packet-assembler.js';
import { LONGEST_TURN_MS, PacketRouter } from '../../../../src/facade/sockets/split/packet-router.js';
import type { EventRow } from '../../../../src/facade/table/table-snapshot.js';
import { eventRow } from '../../../kit/flask-socketio-facade.js';

/** A router whose link takes what it is given, or not; all that it does becomes a line. */
class World {
  readonly lines: string[] = [];
  readonly fates: ((fate: EventFate) => void)[] = [];
  isUp = true;
  now = 0;
  /** Clients that wait for the legacy's answer to their `40`. */
  greeting = 0;
  rows: readonly EventRow[] = [eventRow('engine')];
  readonly router = new PacketRouter({
    session: 's',
    client: { method: 'GET', path: '/socket.io/', headers: {}, address: '10.0.0.1' },
    table: () => ({
      sockets: { stage: 'split', relay: true, events: new Map(this.rows.map((row) => [row.event, row])) },
    }),
    link: {
      event: ({ use, messages }, settled) => {
        if (!this.isUp) return false;
        this.lines.push(`engine ${use} ${String(messages[0])}`);
        this.fates.push(settled);
        return true;
      },
      joined: (_session, socket) => this.lines.push(`joined ${socket}`),
      left: () => this.lines.push('left'),
    },
    metrics: {
      eventHandled: (event, side, fate) => this.lines.push(`count ${event} ${side} ${fate}`),
      socketLinkChanged: () => {},
    },
    shadow: undefined,
    legacyMessageBytes: 1_000,
    now: () => this.now,
    joining: () => {
      this.greeting += 1;
      return () => {
        this.greeting -= 1;
      };
    },
    toLegacy: ([text]) => this.lines.push(`legacy ${String(text)}`),
    toClient: ([text]) => this.lines.push(`client ${String(text)}`),
    refuse: (reason) => this.lines.push(`refuse ${reason}`),
    settled: () => this.lines.push('settled'),
  });

  join(): this {
    this.router.dispatch(['0'], 0);
    this.router.legacySaid('0{"sid":"a"}');
    this.lines.length = 0;
    return this;
  }

  send(...packet: [string, ...(Buffer | string)[]]): readonly string[] {
    const from = this.lines.length;
    if (!this.router.dispatch(packet as WholePacket, 0)) this.lines.push('waits');
    return this.lines.slice(from);
  }

  done(outcome: 'handled' | 'unknown' | 'refused' | 'failed', ack?: string): readonly string[] {
    const from = this.lines.length;
    const done = {
      type: 'done',
      number: 1,
      outcome,
      attachments: 0,
      ms: 1,
      ...(ack === undefined ? {} : { ack }),
    } as const;
    this.fates.shift()?.({ done, attachments: [] });
    return this.lines.slice(from);
  }
}

describe('where packets go', () => {
  it('tells that the legacy owes the client an answer to its `40`, until it has given one', () => {
    const world = new World();
    world.router.dispatch(['0'], 0);
    assert.equal(world.greeting, 1);
    world.router.legacySaid('0{"sid":"a"}');
    assert.equal(world.greeting, 0);
  });

  it('a client that joins and leaves over and over is owed one answer at most, and none once it has left or gone', () => {
    const world = new World();
    for (let round = 0; round < 40; round += 1) {
      world.send('0');
      assert.equal(world.greeting, 1);
      world.send('1');
      assert.equal(world.greeting, 0);
    }
    // Out at the legacy's word while it still joins.
    world.send('0');
    world.router.close();
    world.router.close();
    assert.equal(world.greeting, 0);
  });

  it('the legacy gets what is no event of a row: other types, other namespaces, unknown events, nonsense', () => {
    const world = new World().join();
    for (const text of ['2["other"]', '2/x,["engine"]', '3["engine"]', '2{"engine":1}', 'nonsense', '2[1]'])
      assert.equal(world.send(text)[0], `legacy ${text}`);
    assert.equal(world.send('2["constructor"]')[1], 'count other legacy passed');
  });

  it('until the client has joined, the engine’s events wait; before it has asked and after it has left they are nobody’s', () => {
    const world = new World();
    assert.deepEqual(world.send('2["engine"]'), ['count engine engine ignored']);
    assert.deepEqual(world.send('0{}'), ['legacy 0{}']);
    assert.deepEqual(world.send('2["engine"]'), ['waits']);
    world.router.legacySaid('0{"sid":"a"}');
    assert.deepEqual(world.lines.slice(-2), ['joined a', 'settled']);
    assert.equal(world.send('2["engine"]')[0], 'engine handle 2["engine"]');
    assert.deepEqual(world.send('1'), ['left', 'legacy 1']);
    assert.deepEqual(world.send('2["engine"]'), ['count engine engine ignored']);
  });

  it('a legacy that refuses to let it join lets nothing wait for ever', () => {
    const world = new World();
    world.send('0');
    world.router.legacySaid('4"no"');
    assert.equal(world.lines.at(-1), 'settled');
    assert.deepEqual(world.send('2["engine"]'), ['count engine engine ignored']);
  });

  it('joining again is told as leaving and joining', () => {
    const world = new World().join();
    world.router.legacySaid('0{"sid":"b"}');
    assert.deepEqual(world.lines, ['left', 'joined b', 'settled']);
    world.router.legacySaid('0/x,{"sid":"c"}');
    assert.equal(world.router.socket, 'b');
  });

  it('what the engine refuses or does not know falls back, unless the legacy has had its copy or the row says none', () => {
    for (const outcome of ['refused', 'unknown'] as const) {
      const world = new World().join();
      world.send('25["engine"]');
      assert.deepEqual(world.done(outcome), [
        `count engine engine ${outcome}`,
        'legacy 25["engine"]',
        'count engine legacy fallback',
        'settled',
      ]);
      world.rows = [eventRow('engine', { both: true })];
      assert.deepEqual(world.send('25["engine"]').slice(1), ['legacy 2["engine"]', 'count engine legacy copied']);
      assert.deepEqual(world.done(outcome), [`count engine engine ${outcome}`, 'settled']);
      world.rows = [eventRow('engine', { fallback: 'none' })];
      world.send('25["engine"]');
      assert.equal(world.done(outcome)[1], 'count engine engine dropped');
    }
  });

  it('a handler that failed, and a link that ended, send nothing anywhere', () => {
    const world = new World().join();
    world.send('25["engine"]');
    assert.deepEqual(world.done('failed'), ['count engine engine failed', 'settled']);
    world.send('25["engine"]');
    const from = world.lines.length;
    world.fates.shift()?.('lost');
    assert.deepEqual(world.lines.slice(from), ['count engine engine lost', 'settled']);
  });

  it('back at the legacy, an event waits for those of its name at the engine, but no longer than its turn', () => {
    const world = new World().join();
    world.send('2["engine",1]');
    world.rows = [];
    assert.deepEqual(world.send('2["engine",2]'), ['waits']);
    assert.equal(world.send('2["other",1]')[0], 'legacy 2["other",1]');
    world.now = LONGEST_TURN_MS;
    assert.equal(world.send('2["engine",2]')[0], 'legacy 2["engine",2]');
    world.now = 0;
    assert.deepEqual(world.done('handled'), ['count engine engine handled', 'settled']);
    assert.equal(world.send('2["engine",3]')[0], 'legacy 2["engine",3]');
  });

  describe('an engine that was reached anew', () => {
    const PRESENCE = ['connect_agent', 'agent_heartbeat', 'collector_status'];
    const retold = (world: World): readonly string[] => {
      const from = world.lines.length;
      world.router.retell();
      return world.lines.slice(from);
    };

    it('learns the last of what a client said of being there, of each event and agent, also what it could not be told', () => {
      const world = new World().join();
      world.rows = PRESENCE.map((event) => eventRow(event, { stage: 'legacy', both: true }));
      world.send('2["connect_agent",{"agent_id":"a"}]');
      world.send('2["agent_heartbeat",{"agent_id":"a","n":1}]');
      world.send('2["connect_agent",{"agent_id":"b"}]');
      world.isUp = false;
      world.send('2["agent_heartbeat",{"agent_id":"a","n":2}]');
      world.send('2["agent_heartbeat",{"agent_id":5}]');
      world.isUp = true;
      assert.deepEqual(retold(world), [
        'engine learn 2["connect_agent",{"agent_id":"a"}]',
        'engine learn 2["connect_agent",{"agent_id":"b"}]',
        'engine learn 2["agent_heartbeat",{"agent_id":"a","n":2}]',
      ]);
    });

    it('learns nothing that it would not be told now, nothing of a collector that counts no longer, and nothing of who has left', () => {
      const world = new World().join();
      world.rows = PRESENCE.map((event) => eventRow(event));
      for (const event of PRESENCE) world.send(`2["${event}",{"agent_id":"a"}]`);
      world.now = 300_001;
      assert.deepEqual(retold(world), [
        'engine learn 2["connect_agent",{"agent_id":"a"}]',
        'engine learn 2["agent_heartbeat",{"agent_id":"a"}]',
      ]);
      world.rows = [eventRow('connect_agent', { stage: 'legacy' })];
      assert.deepEqual(retold(world), []);
      world.rows = PRESENCE.map((event) => eventRow(event));
      world.send('1');
      assert.deepEqual(retold(world), []);
    });

    it('must hear it from the client itself where that said more than is remembered', () => {
      const world = new World().join();
      world.rows = [eventRow('agent_heartbeat')];
      for (let agent = 0; agent < 30; agent += 1) world.send(`2["agent_heartbeat",{"agent_id":"${agent}"}]`);
      world.send('2["agent_heartbeat",{"agent_id":"0"}]');
      assert.equal(world.router.mustRegisterAnew, false);
      world.isUp = false;
      world.send(`2["agent_heartbeat",{"agent_id":"30"}]`);
      assert.equal(world.router.mustRegisterAnew, true);
      world.rows = [];
      // Its turn has come, whatever the engine is at.
      world.now = 5_000;
      world.send('2["agent_heartbeat",{"agent_id":"0"}]');
      assert.equal(world.router.mustRegisterAnew, false);
    });
  });

  it('both means both also where the engine can not be told, and nothing falls back', () => {
    const world = new World().join();
    world.rows = [eventRow('engine', { both: true, fallback: 'none' })];
    world.isUp = false;
    assert.deepEqual(world.send('217["engine",1]'), [
      'count engine engine dropped',
      'legacy 2["engine",1]',
      'count engine legacy copied',
    ]);
  });

  it('texts in an attachment’s place and messages too long for the legacy end the connection', () => {
    const world = new World().join();
    assert.deepEqual(world.send('51-["engine"]', 'text'), ['refuse protocol-error']);
    assert.deepEqual(world.send(`2["other","${'x'.repeat(1_000)}"]`), ['refuse legacy-message-size']);
    world.isUp = false;
    assert.deepEqual(world.send(`2["engine","${'x'.repeat(1_000)}"]`), ['refuse legacy-message-size']);
  });
});
