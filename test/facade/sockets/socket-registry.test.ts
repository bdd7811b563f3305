import assert from 'node:assert/strict';
import { SocketRegistry } from '../../../src/facade/sockets/socket-registry.js';

const FACTS = {
  side: 'legacy',
  transport: 'websocket',
  agentContext: 'SYSTEM',
  userAgent: 'x',
  address: '10.0.0.1',
} as const;

function setUp({ now = (): number => 0 } = {}) {
  const told: string[] = [];
  const registry = new SocketRegistry({
    wallClock: () => 0,
    now,
    metrics: {
      socketOpened: (side, transport) => told.push(`opened ${side} ${transport}`),
      socketClosed: (side, transport, reason) => told.push(`closed ${side} ${transport} ${reason}`),
    },
  });
  const closed: string[] = [];
  const control = {
    close: (reason: string) => void closed.push(reason),
    bytesUp: () => 3,
    bytesDown: () => 5,
    messageBytesUp: () => 2,
  };
  return { registry, told, closed, control };
}

describe('SocketRegistry', () => {
  it('counts what was sent over sockets that have ended too: what one sent must not hide what another no longer counts', () => {
    const { registry, control } = setUp();
    const first = registry.add(FACTS, control);
    assert.equal(registry.messageBytesUp(), 2);
    first.ended('closed');
    first.ended('closed');
    assert.equal(registry.messageBytesUp(), 2);
    registry.add(FACTS, control);
    assert.equal(registry.messageBytesUp(), 4);
  });

  it('lists open sockets, oldest first, by side and up to a limit', () => {
    const { registry, control } = setUp();
    registry.add(FACTS, control);
    registry.add({ ...FACTS, side: 'engine' }, control);
    registry.add({ ...FACTS, transport: 'polling' }, control);
    assert.deepEqual(
      registry.list({ side: 'legacy' }).map(({ id }) => id),
      [1, 3],
    );
    assert.deepEqual(
      registry.list({ limit: 2 }).map(({ id }) => id),
      [1, 2],
    );
    const entry = { id: 2, ...FACTS, side: 'engine', openedAt: '1970-01-01T00:00:00.000Z', bytesUp: 3, bytesDown: 5 };
    assert.deepEqual(registry.list({ side: 'engine' }), [entry]);
  });

  it('counts and tells each end once', () => {
    const { registry, control, told } = setUp();
    const socket = registry.add(FACTS, control);
    assert.deepEqual(registry.counts().legacy, { websocket: 1, polling: 0 });
    socket.ended('side-closed');
    socket.ended('again');
    assert.deepEqual(registry.counts().legacy, { websocket: 0, polling: 0 });
    assert.deepEqual(told, ['opened legacy websocket', 'closed legacy websocket side-closed']);
  });

  it('reaches a socket by id, and says when it is gone', () => {
    const { registry, control, closed } = setUp();
    const socket = registry.add(FACTS, control);
    assert.equal(registry.close(socket.id, 'drained'), true);
    socket.ended('drained');
    assert.equal(registry.close(socket.id, 'drained'), false);
    assert.deepEqual(closed, ['drained']);
  });

  it('counts bridged sessions among those of the legacy, and follows them to another transport', () => {
    const { registry, control, told } = setUp();
    registry.add(FACTS, control);
    const session = registry.add({ ...FACTS, transport: 'polling', bridged: true }, control);
    assert.deepEqual(registry.counts().legacy, { websocket: 1, polling: 1 });
    assert.deepEqual(registry.bridgedCounts(), { websocket: 0, polling: 1 });
    session.moved('websocket');
    session.moved('websocket');
    assert.deepEqual(registry.counts().legacy, { websocket: 2, polling: 0 });
    assert.deepEqual(registry.bridgedCounts(), { websocket: 1, polling: 0 });
    assert.equal(registry.list()[1]?.transport, 'websocket');
    session.ended('client-closed');
    session.moved('polling');
    assert.deepEqual(registry.bridgedCounts(), { websocket: 0, polling: 0 });
    assert.deepEqual(registry.counts().legacy, { websocket: 1, polling: 0 });
    assert.deepEqual(told.slice(2), [
      'closed legacy polling upgraded',
      'opened legacy websocket',
      'closed legacy websocket client-closed',
    ]);
    assert.deepEqual(registry.ids('legacy'), [1]);
  });

  it('tells who a bridged session says it is, and how many events it sends, lately', () => {
    let now = 1_000;
    let events = 0;
    const { registry, control } = setUp({ now: () => now });
    const agent = { ...control, events: () => events, agentId: () => 'pc-1' };
    registry.add({ ...FACTS, bridged: true, agentGuid: 'G' }, agent);
    const look = (at: number, sent: number) => {
      [now, events] = [at, sent];
      const [entry] = registry.list();
      assert.deepEqual([entry?.agentId, entry?.agentGuid, entry?.events], ['pc-1', 'G', sent]);
      return entry?.eventsPerSecond;
    };
    assert.equal(look(1_000, 0), 0);
    assert.equal(look(3_000, 10), 5);
    assert.equal(look(11_000, 20), 2);
    assert.equal(look(12_000, 31), 31 / 11);
    assert.equal(look(21_000, 40), 2);
    assert.equal(look(31_000, 45), 0.5);
  });

  it('tells no events of tunnels, which nobody reads', () => {
    const { registry, control } = setUp();
    registry.add(FACTS, control);
    assert.deepEqual(
      ['agentId', 'events', 'eventsPerSecond'].filter((key) => key in (registry.list()[0] ?? {})),
      [],
    );
  });
});
