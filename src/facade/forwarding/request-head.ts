/**
 * Reads a request's raw headers once: what the facade must know of them, and the list that a side gets.
 * Pure; never changes the request.
 */
import { OVERRIDE_HEADER } from '../override/override.js';
import { headerClass, namesInConnection } from './header-class.js';
import { requestIdFrom } from './request-id.js';
import { type Provenance, provenanceOf, type TrustedProxies } from './trusted-proxies.js';

/** A request's head, read. */
export interface RequestHead {
  readonly requestId: string;
  readonly provenance: Provenance;
  /** Length of the body that the client announced; `chunked` when it names none. 0: no body. */
  readonly bodyLength: number | 'chunked';
  /** The request carries `X-Borealis-Agent-Context`: an agent sent it. */
  readonly fromAgent: boolean;
  /** `X-Facade-Override`, which no side gets; several are joined, and so are none that could be good. */
  readonly override: string | undefined;
  /** Flat name-value list for a side: names spelled as sent, in order, duplicates kept, the facade's own added at the end. */
  readonly headers: string[];
}

/** Why a head can't be served: two servers could read it differently. */
export type HeadProblem = 'host_missing' | 'host_duplicate' | 'host_mismatch' | 'framing_ambiguous';

/** Facts of the connection and the request line that headers are read against. */
export interface HeadSource {
  readonly rawHeaders: readonly string[];
  /** Minor version of HTTP/1. */
  readonly httpVersionMinor: number;
  readonly peer: string | undefined;
  readonly secure: boolean;
  /** Authority of an absolute-form target, which the `Host` header must repeat. */
  readonly authority?: string | undefined;
}

/** Mutable while the list is walked. */
interface Reading {
  readonly headers: string[];
  host: string | undefined;
  hosts: number;
  length: string | undefined;
  lengths: number;
  coding: string | undefined;
  requestId: string | undefined;
  fromAgent: boolean;
  override: string | undefined;
  for: string | undefined;
  proto: string | undefined;
  forwardedHost: string | undefined;
  listed: Set<string> | undefined;
}

const OVERRIDE = OVERRIDE_HEADER.toLowerCase();

/** @returns the head, or the problem that makes it ambiguous */
export function readRequestHead(source: HeadSource, trusted: TrustedProxies): RequestHead | HeadProblem {
  const reading = walk(source.rawHeaders);
  const problem = problemOf(reading, source);
  if (problem !== undefined) return problem;
  const host = reading.host ?? '';
  const provenance = provenanceOf(
    source.peer,
    source.secure,
    host,
    { for: reading.for, proto: reading.proto, host: reading.forwardedHost },
    trusted,
  );
  const requestId = requestIdFrom(reading.requestId);
  // RFC 9110 7.6.1: what `Connection` lists goes before anything of ours is added, so it can't name ours.
  const headers = reading.listed === undefined ? reading.headers : withoutListed(reading.headers, reading.listed);
  headers.push('X-Forwarded-For', provenance.forwardedFor, 'X-Forwarded-Proto', provenance.proto);
  if (provenance.host !== '') headers.push('X-Forwarded-Host', provenance.host);
  headers.push('X-Request-Id', requestId);
  const bodyLength = reading.coding === undefined ? Number(reading.length ?? 0) : 'chunked';
  const { fromAgent, override } = reading;
  return { requestId, provenance, bodyLength, fromAgent, override, headers };
}

function walk(raw: readonly string[]): Reading {
  const reading: Reading = {
    headers: [],
    host: undefined,
    hosts: 0,
    length: undefined,
    lengths: 0,
    coding: undefined,
    requestId: undefined,
    fromAgent: false,
    override: undefined,
    for: undefined,
    proto: undefined,
    forwardedHost: undefined,
    listed: undefined,
  };
  for (let at = 0; at + 1 < raw.length; at += 2) take(reading, raw[at] as string, raw[at + 1] as string);
  return reading;
}

function take(reading: Reading, name: string, value: string): void {
  switch (headerClass(name)) {
    case 'keep':
      reading.headers.push(name, value);
      return;
    case 'host':
      reading.host = value;
      reading.hosts += 1;
      reading.headers.push(name, value);
      return;
    case 'content-length':
      reading.length = value;
      reading.lengths += 1;
      reading.headers.push(name, value);
      return;
    case 'agent-context':
      reading.fromAgent = true;
      reading.headers.push(name, value);
      return;
    case 'transfer-encoding':
      reading.coding = joined(reading.coding, value);
      return;
    case 'request-id':
      reading.requestId = value;
      return;
    case 'connection':
      reading.listed = namesInConnection(value, reading.listed);
      return;
    case 'forwarded-for':
      reading.for = joined(reading.for, value);
      return;
    case 'forwarded-proto':
      reading.proto = joined(reading.proto, value);
      return;
    case 'forwarded-host':
      reading.forwardedHost = joined(reading.forwardedHost, value);
      return;
    case 'internal':
      if (name.toLowerCase() === OVERRIDE) reading.override = joined(reading.override, value);
      return;
    default: // hop, forwarded, trailer, expect: not for a side
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function problemOf(reading: Reading, source: HeadSource): HeadProblem | undefined {
  if (reading.hosts > 1) return 'host_duplicate'; // RFC 9112 3.2
  if (reading.hosts === 0 && source.httpVersionMinor >= 1) return 'host_missing';
  if (source.authority !== undefined && reading.host?.toLowerCase() !== source.authority.toLowerCase())
    return 'host_mismatch';
  if (reading.coding === undefined)
    return reading.length === undefined || (reading.lengths === 1 && /^\d{1,15}$/.test(reading.length))
      ? undefined
      : 'framing_ambiguous';
  // RFC 9112 6.1: two framings, an unknown coding, or a coding from an HTTP/1.0 client can be read in two ways.
  const chunkedAlone = reading.coding.trim().toLowerCase() === 'chunked';
  return reading.lengths > 0 || !chunkedAlone || source.httpVersionMinor < 1 ? 'framing_ambiguous' : undefined;
}

/** Framing and `Host` stay whatever a client lists: their removal would change what the message is. */
function withoutListed(headers: readonly string[], listed: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    const lower = name.toLowerCase();
    if (lower === 'host' || lower === 'content-length' || !listed.has(lower))
      kept.push(name, headers[at + 1] as string);
  }
  return kept;
}
