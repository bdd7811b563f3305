/** From a side's raw answer headers to those that the client gets. Pure. */
import { headerClass, namesInConnection } from './header-class.js';

/** Name of the header that says which side answered. */
export const SERVED_BY_HEADER = 'X-Facade-Served-By';

/** The headers of an answer, read. */
export interface AnswerHead {
  /** Flat name-value list: names spelled as the side did, in order, duplicates kept. */
  readonly headers: string[];
  /** Announced length of the body; undefined when it is framed otherwise. */
  readonly length: number | undefined;
  /** The side used chunked coding, so trailers may follow. */
  readonly chunked: boolean;
  /** Value of `Trailer`, which is passed on only when the client's answer is chunked too. */
  readonly trailer: string | undefined;
}

/** @param raw names and values in turn, as undici hands them over */
export function readAnswerHead(raw: readonly Buffer[]): AnswerHead {
  let headers: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let trailer: string | undefined;
  let listed: Set<string> | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = text(raw[at]);
    const value = text(raw[at + 1]);
    switch (headerClass(name)) {
      case 'hop':
      case 'internal':
        break;
      case 'connection':
        listed = namesInConnection(value, listed);
        break;
      case 'transfer-encoding':
        chunked = true;
        break;
      case 'trailer':
        trailer = value;
        break;
      case 'content-length':
        length = Number(value);
        headers.push(name, value);
        break;
      default:
        headers.push(name, value);
    }
  }
  if (listed !== undefined) headers = withoutListed(headers, listed);
  return { headers, length, chunked, trailer };
}

/** Trailer fields that may go on: none that frames, routes or belongs to one connection (RFC 9110 6.5.1). */
export function readTrailers(raw: readonly (Buffer | string)[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = text(raw[at]);
    if (headerClass(name) === 'keep' && name.toLowerCase() !== 'set-cookie') trailers.push([name, text(raw[at + 1])]);
  }
  return trailers;
}

function withoutListed(headers: readonly string[], listed: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    if (headerClass(name) === 'content-length' || !listed.has(name.toLowerCase()))
      kept.push(name, headers[at + 1] as string);
  }
  return kept;
}

/** Header bytes are latin1 on the wire and stay the same bytes on the way out. */
function text(part: Buffer | string | undefined): string {
  if (part === undefined) return '';
  return typeof part === 'string' ? part : part.toString('latin1');
}
