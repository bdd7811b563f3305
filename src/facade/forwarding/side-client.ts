/**
 * One connection to a side, as undici's `Client`, that tells exchanges which connection carried them:
 * only then is it known whether a connection was reused, and whether it broke.
 */
import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';

/** The life of one connection, from its opening on. */
export interface Connection {
  /** Answers completed on it. */
  served: number;
  /** The transport reported an error on it (a reset, say). */
  broken: boolean;
}

/** A handler that wants to know its connection. */
export interface ConnectionAware {
  /** Asked for at the moment of sending: the client's connection then. */
  connection: (() => Connection) | undefined;
}

export class SideClient extends Client {
  #connection: Connection = { served: 0, broken: false };
  readonly #current = (): Connection => this.#connection;

  constructor(origin: string, options: Client.Options, connector: buildConnector.connector) {
    const watched: buildConnector.connector = (target, callback) =>
      connector(target, (...result: Parameters<buildConnector.Callback>) => {
        // undici's own connector leaves the socket out when it reports an error.
        if (result[0] === null) this.#watch(result[1]);
        callback(...result);
      });
    super(origin, { ...options, connect: watched });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('connection' in handler) (handler as ConnectionAware).connection = this.#current;
    return super.dispatch(options, handler);
  }

  #watch(socket: Socket): void {
    const connection = { served: 0, broken: false };
    this.#connection = connection;
    socket.once('error', () => {
      connection.broken = true;
    });
  }
}
