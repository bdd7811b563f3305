/** What takes some of the listener's requests and upgrades for itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface RealtimeListener {
  /** @returns false when it is not for it: nothing was done */
  request(message: IncomingMessage, response: ServerResponse): boolean;
  /** As `request`. */
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Ends all connections, and waits for what their events still do. */
  close(): Promise<void>;
}

/** The path of a request's target, without its query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Each is asked in turn. */
export function inTurn(listeners: readonly RealtimeListener[]): RealtimeListener {
  return {
    request: (message, response) => listeners.some((listener) => listener.request(message, response)),
    upgrade: (message, socket, head) => listeners.some((listener) => listener.upgrade(message, socket, head)),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
