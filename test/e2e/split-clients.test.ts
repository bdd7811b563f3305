/** The packet bridge on the wire. What clients see of it at each stage: sockets-clients.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { startFlaskSocketio } from '../kit/flask-socketio.js';
import { startSocketFacade } from '../kit/flask-socketio-facade.js';

describe('a WebSocket at stage split', () => {
  it('gets its open packet not in one read with the 101', async () => {
    const legacy = await startFlaskSocketio();
    const facade = await startSocketFacade({ legacy: { url: legacy.url }, stage: 'split' });
    const socket = connectTcp(facade.port, '127.0.0.1');
    socket.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    const [packet] = (await once(socket, 'data')) as [Buffer];
    assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 .*\r\n\r\n$/s);
    assert.match(packet.toString('latin1'), /0\{"sid":"/);
    socket.destroy();
    await facade.close();
    await legacy.kill();
  });
});
