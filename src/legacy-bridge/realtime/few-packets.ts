/**
 * Bounds the packets in one body of long polling. The package engine.io takes a body apart into as many objects as it has separators:
 * one of the longest that it takes would need more memory than a process has.
 */

interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

interface PayloadParser {
  decodePayload(payload: string): readonly Packet[];
}

/** A transport of engine.io, with what the package keeps to itself. */
interface Taking {
  parser: PayloadParser;
}

/** More than any client has to say at once. */
const MOST_PACKETS = 10_000;
const SEPARATOR = '\u001e';
/** As the package's own parser says it: the session ends. */
const REFUSED: readonly Packet[] = [{ type: 'error', data: 'parser error' }];

/** @param transport one of polling that was just made, for protocol 4 */
export function takeFewPackets(transport: object): void {
  const taking = transport as Taking;
  const { parser } = taking;
  if (typeof parser?.decodePayload !== 'function')
    throw new TypeError('engine.io’s polling transport has no parser of payloads');
  taking.parser = {
    ...parser,
    decodePayload: (payload) => (hasFew(payload) ? parser.decodePayload(payload) : REFUSED),
  };
}

function hasFew(payload: string): boolean {
  let count = 1;
  for (let at = payload.indexOf(SEPARATOR); at >= 0; at = payload.indexOf(SEPARATOR, at + 1)) {
    count += 1;
    if (count > MOST_PACKETS) return false;
  }
  return true;
}
