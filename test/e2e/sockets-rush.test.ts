import assert from 'node:assert/strict';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { openWireClients } from '../kit/ws-client.js';

/** An agent gives up an attempt when `40` is not answered within this (contract: agent-protocol, 6.2). */
const AGENT_PATIENCE_MS = 1_000;

describe('three hundred agents that come at once', () => {
  let legacy: FlaskSocketio;
  let facade: SocketFacade;
  before(async () => {
    legacy = await startFlaskSocketio();
    facade = await startSocketFacade({ legacy: { url: legacy.url } });
  });
  after(async () => {
    await facade.close();
    await legacy.kill();
  });

  it('are all joined within an agent’s patience', async () => {
    const clients = await openWireClients(facade.url, 300);
    const slowest = Math.max(...clients.map(({ joinedMs }) => joinedMs));
    assert.ok(slowest < AGENT_PATIENCE_MS, `the slowest waited ${Math.round(slowest)} ms for its 40`);
    assert.equal(facade.sockets.registry.counts().legacy.websocket, 300);
    for (const { socket } of clients) socket.terminate();
  });
});
