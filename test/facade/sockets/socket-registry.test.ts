import assert from 'node:assert/strict';
import { SocketRegistry } from '../../../src/facade/sockets/socket-registry.js';

const FACTS = {
  side: 'legacy',
  transport: 'websocket',
  agentContext: 'SYSTEM',
  userAgent: 'x',
  address: '10.0.0.1',
} as const;

function setUp() {
  const told: string[] = [];
  const registry = new SocketRegistry({
    wallClock: () => 0,
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
});
