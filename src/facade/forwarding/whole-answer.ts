/**
 * Ends an answer whose whole body is at hand, in one write. Node would write head and body as two pieces of a `writev`,
 * which costs more than anything else in a small answer's way through the facade.
 */
import type { ServerResponse } from 'node:http';

/** Bodies up to this size are joined with their head; for larger ones the copy costs more than it saves. */
const LARGEST_JOINED = 16 * 1024;

/** What Node keeps of a head that is written but not sent yet. Not documented: without it, the body goes the usual way. */
interface PendingHead {
  _header?: unknown;
  _headerSent?: unknown;
}

/** @param res with its head written by `writeHead` and its `Content-Length` the length of what is given here, or of the rest */
export function endWithBody(res: ServerResponse, body: Buffer): void {
  const pending = res as PendingHead;
  if (body.length <= LARGEST_JOINED && pending._headerSent === false && typeof pending._header === 'string') {
    // Heads are written as latin1, so each byte of the body stays what it is.
    pending._header += body.toString('latin1');
    res.end();
  } else res.end(body);
}
