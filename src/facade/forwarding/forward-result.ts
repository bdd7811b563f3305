/** What came of forwarding one request to one side. Forwarding returns this; it does not throw. */
import type { ForwardError } from './forward-error.js';

export type ForwardResult =
  | {
      readonly outcome: 'answered';
      readonly status: number;
      /** Milliseconds from dispatch to the answer's head. */
      readonly headMs: number;
      readonly bytesUp: number;
      readonly bytesDown: number;
    }
  | {
      readonly outcome: 'failed';
      readonly error: ForwardError;
      /** The head of an answer already went to the client: nothing can be answered any more, the connection was closed. */
      readonly answerStarted: boolean;
      /** No byte of the request can have reached the side: it may be sent elsewhere, whatever its method. */
      readonly neverSent: boolean;
      /** Bytes of the client's body were read, so the request can't be sent again. */
      readonly bodyConsumed: boolean;
      readonly status?: number;
      readonly bytesUp: number;
      readonly bytesDown: number;
    };
