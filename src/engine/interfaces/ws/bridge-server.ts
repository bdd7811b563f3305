/** Takes the links of facades, on the Unix socket alone (docs/decisions/socket-bridge-link.md). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { BRIDGE_PATH } from '../../../legacy-bridge/realtime/bridge-protocol.js';
import { BridgeLink, type BridgeLinkParts } from './bridge-link.js';
import { pathOf, type RealtimeListener } from './realtime-listener.js';

/** How long messages of its clients may be, the facade knows: over one that is too long here, all of them would lose the link. */
const LARGEST_FRAME = 2 ** 31 - 1;
const GOODBYE_MS = 1000;

export class BridgeServer implements RealtimeListener {
  readonly #parts: BridgeLinkParts;
  readonly #server: WebSocketServer;
  readonly #links = new Set<BridgeLink>();
  #isClosing = false;

  constructor(parts: BridgeLinkParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: LARGEST_FRAME,
    });
  }

  request(): boolean {
    return false;
  }

  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    // What the facade passes on from its clients has this header; what it says itself has not.
    if (pathOf(message) !== BRIDGE_PATH || message.headers['x-forwarded-for'] !== undefined || this.#isClosing)
      return false;
    socket.on('error', () => undefined);
    this.#server.handleUpgrade(message, socket, head, (webSocket) => {
      const link = new BridgeLink(webSocket, this.#parts);
      this.#links.add(link);
      webSocket.once('close', () => void link.idle().then(() => this.#links.delete(link)));
    });
    return true;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#links].map((link) => link.finish()));
    const cut = setTimeout(() => {
      for (const client of this.#server.clients) client.terminate();
    }, GOODBYE_MS);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearTimeout(cut);
  }
}
