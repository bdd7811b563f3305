import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { unfinishedBytesOf } from '../../../src/legacy-bridge/realtime/unfinished-bytes.js';

describe('what was read of a message that is not whole yet', () => {
  it('is what a connection brought since the last packet, and nothing once it has ended', () => {
    const connection = { bytesRead: 100 };
    const transport: { socket: { _socket: { bytesRead: number } | null } } = { socket: { _socket: connection } };
    const session = Object.assign(new EventEmitter(), { transport });
    const unfinishedBytes = unfinishedBytesOf(session);
    connection.bytesRead = 150;
    assert.equal(unfinishedBytes(), 50);
    session.emit('packet');
    assert.equal(unfinishedBytes(), 0);
    connection.bytesRead = 170;
    assert.equal(unfinishedBytes(), 20);
    transport.socket._socket = null;
    assert.equal(unfinishedBytes(), 0);
  });
});
