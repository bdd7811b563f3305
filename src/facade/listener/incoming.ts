/** One accepted request on its way through the facade: what all later steps may need, read once. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFacts } from '../decision/client-key.js';
import type { RequestHead } from '../forwarding/request-head.js';

export interface Incoming {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** Path and query, byte for byte as sent. */
  readonly target: string;
  /** Raw path. */
  readonly path: string;
  readonly head: RequestHead;
  readonly expectsContinue: boolean;
  /** Monotonic milliseconds at which the head was there. */
  readonly startedAt: number;
}

/** The facts that a decision may depend on; headers are joined only when somebody asks. */
export function factsOf(incoming: Incoming): RequestFacts {
  return new LazyFacts(incoming);
}

class LazyFacts implements RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly #req: IncomingMessage;

  constructor({ req, method, path, head }: Incoming) {
    this.method = method;
    this.path = path;
    this.address = head.provenance.address;
    this.#req = req;
  }

  get headers(): RequestFacts['headers'] {
    return this.#req.headers;
  }
}
