/**
 * Requests that ask for an upgrade. Node hands these over without a response and takes its parser off the connection;
 * those that are not for a tunnel are served as plain requests (RFC 9110 7.8 lets a server ignore `Upgrade`).
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whether this is a WebSocket handshake for Socket.IO, the only upgrade that is passed on. */
export function isSocketUpgrade(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === 'websocket' && req.url?.startsWith('/socket.io/') === true;
}

/** A response on the bare connection of an upgrade request. The connection ends with it, since nobody parses what follows. */
export function responseFor(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  res.once('finish', () => {
    res.detachSocket(socket as Socket);
    socket.end();
    res.emit('close');
  });
  return res;
}
