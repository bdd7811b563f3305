/**
 * Who the client is and how it addressed the server, when one proxy stands before the engine. Forwarded headers count only
 * from a peer that is the facade: the Unix socket, or this machine (the legacy trusts one hop; assemblies-and-runs 12).
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface PeerFacts {
  /** Address of the client; `unknown` on a socket without a forwarded address. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** Host, with port unless it is the scheme's own. */
  readonly host: string;
}

export interface PeerInput {
  readonly headers: IncomingHttpHeaders;
  /** The connection's address; undefined for a Unix socket. */
  readonly remoteAddress: string | undefined;
  readonly overSocket: boolean;
  readonly encrypted: boolean;
}

export function peerFacts({ headers, remoteAddress, overSocket, encrypted }: PeerInput): PeerFacts {
  const trusted = overSocket || isLoopback(remoteAddress);
  const forwarded = (name: string): string | undefined => (trusted ? lastEntry(headers[name]) : undefined);
  const proto = forwarded('x-forwarded-proto')?.toLowerCase();
  const own = encrypted ? 'https' : 'http';
  // The facade names a WebSocket's scheme too; its URL is the page's.
  const scheme = proto === 'https' || proto === 'wss' ? 'https' : proto === 'http' || proto === 'ws' ? 'http' : own;
  const host = forwarded('x-forwarded-host') ?? headers.host ?? 'localhost';
  return {
    // The facade writes it anew, so that the first entry is its own, or that of a proxy which its operator trusts.
    address: (trusted ? firstEntry(headers['x-forwarded-for']) : undefined) ?? plainAddress(remoteAddress) ?? 'unknown',
    scheme,
    host: withoutDefaultPort(host, scheme),
  };
}

/** True for addresses of this machine, IPv4 within IPv6 included. */
export function isLoopback(address: string | undefined): boolean {
  const plain = plainAddress(address);
  return plain !== undefined && (plain === '::1' || /^127(?:\.\d{1,3}){3}$/.test(plain));
}

function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

/** Of whom the request comes, as the legacy's limits count (agents-http 1.7). */
function firstEntry(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(',') : value;
  return text?.split(',', 1)[0]?.trim() || undefined;
}

/** The entry that the nearest proxy wrote. */
function lastEntry(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(',') : value;
  const entry = text?.split(',').at(-1)?.trim();
  return entry === '' ? undefined : entry;
}

function withoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  const port = scheme === 'https' ? ':443' : ':80';
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}
