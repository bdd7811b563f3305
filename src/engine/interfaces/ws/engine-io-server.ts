/**
 * Engine.IO as agents can bear it: no packet ever tells a client to stay away. A connection that the server ends is ended below, at
 * its transport (agent-protocol 6.2).
 */
import type { IncomingMessage } from 'node:http';
import { Server, type Socket, type Transport } from 'engine.io';
import { takeFewPackets } from '../../../legacy-bridge/realtime/few-packets.js';
import { countBodies } from '../../../legacy-bridge/realtime/unfinished-bytes.js';

export interface EngineIoSettings {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly maxMessageBytes: number;
}

/** Long enough for a client to read in between on a busy machine too. */
const AFTER_UPGRADE_MS = 30;

export class EngineIoServer extends Server {
  constructor({ pingIntervalMs, pingTimeoutMs, maxMessageBytes }: EngineIoSettings) {
    super({
      pingInterval: pingIntervalMs,
      pingTimeout: pingTimeoutMs,
      maxHttpBufferSize: maxMessageBytes,
      transports: ['polling', 'websocket'],
      allowUpgrades: true,
      allowEIO3: false,
      perMessageDeflate: false,
      httpCompression: { threshold: 1024 },
      cookie: false,
    });
    // The legacy says nothing of caching.
    this.on('headers', (headers: Record<string, string>) => {
      delete headers['cache-control'];
    });
  }

  /**
   * A session begins a moment after its upgrade was answered: with both in one segment, clients that only listen once they are
   * connected would miss the first packet.
   */
  override async generateId(request: IncomingMessage): Promise<string> {
    if ('websocket' in request) await new Promise((resolve) => setTimeout(resolve, AFTER_UPGRADE_MS));
    return await super.generateId(request);
  }

  protected override createTransport(
    name: Parameters<Server['createTransport']>[0],
    request: IncomingMessage,
  ): Transport {
    const transport = super.createTransport(name, request);
    if (name === 'polling') {
      takeFewPackets(transport);
      countBodies(transport);
      closeQuietly(transport as unknown as Polling);
    }
    return transport;
  }
}

/** What is needed of a polling transport's inside. */
interface Polling {
  readonly dataReq?: IncomingMessage | null;
  doClose(done?: () => void): void;
  onClose(): void;
}

/** In place of answering a poll with the packet `1`: it is answered with nothing, and the next one finds no session. */
function closeQuietly(transport: Polling): void {
  transport.doClose = (done) => {
    transport.dataReq?.destroy();
    done?.();
    transport.onClose();
  };
}

/** What a WebSocket has not sent yet; 0 for polling, whose packets wait in the session. */
export function unsentBytes({ transport }: Socket): number {
  return (transport as { readonly socket?: { readonly bufferedAmount?: number } }).socket?.bufferedAmount ?? 0;
}

/** Ends a connection without waiting for its client. */
export function cutConnection({ transport }: Socket): void {
  const socket = (transport as { readonly socket?: { terminate?(): void } }).socket;
  transport.close();
  socket?.terminate?.();
}
