/** Takes the links of facades, on the Unix socket alone (docs/decisions/socket-bridge-link.md). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { BRIDGE_PATH } from '../../../legacy-bridge/realtime/bridge-protocol.js';
import { BridgeLink, type BridgeLinkParts } from './bridge-link.js';
import { pathOf, type RealtimeListener } from './realtime-listener.js';

export interface BridgeServerOptions extends BridgeLinkParts {
  readonly maxMessageBytes: number;
}

/** A character may take six in JSON. */
const ESCAPED = 6;
const LARGEST_FRAME = 2 ** 31 - 1;
const ROOM_FOR_FIELDS = 1_000_000;
const GOODBYE_MS = 1000;

export class BridgeServer implements RealtimeListener {
  readonly #options: BridgeServerOptions;
  readonly #server: WebSocketServer;
  readonly #links = new Set<BridgeLink>();
  #isClosing = false;

  constructor(options: BridgeServerOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: Math.min(ESCAPED * options.maxMessageBytes + ROOM_FOR_FIELDS, LARGEST_FRAME),
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
      const link = new BridgeLink(webSocket, this.#options);
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
