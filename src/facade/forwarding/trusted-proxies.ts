/**
 * Who the client is and how it came, told from the connection and, for trusted peers only, from what they say.
 * Pure; opens nothing.
 */
import { BlockList, isIP } from 'node:net';

/** What a request said about its way, as received. */
export interface ReceivedForwarded {
  readonly for?: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
}

/** How a request came to the facade; the values of the headers that a side gets. */
export interface Provenance {
  /** The client's address: the peer, or behind trusted proxies the last address that is none of theirs. */
  readonly address: string;
  /** Value of `X-Forwarded-For`: begins with the above. */
  readonly forwardedFor: string;
  /** Value of `X-Forwarded-Proto`. */
  readonly proto: string;
  /** Value of `X-Forwarded-Host`; empty when the client named no host. */
  readonly host: string;
}

export interface TrustedProxies {
  /** Whether entries sent by this peer are believed. */
  trusts(address: string): boolean;
}

/**
 * @param entries addresses or CIDR ranges, IPv4 or IPv6
 * @throws TypeError when an entry is neither (settings are checked before)
 */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  if (entries.length === 0) return { trusts: () => false };
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return {
    trusts: (address) => {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [written = '', length] = entry.split('/');
  const plain = plainAddress(written);
  // A range written for IPv4-mapped addresses is the IPv4 range, unless it reaches beyond them.
  const prefix = length === undefined || plain === written ? Number(length) : Number(length) - MAPPED_PREFIX;
  const address = prefix < 0 ? written : plain;
  const family = isIP(address);
  if (family === 0) throw new TypeError(`trustedProxies: ${entry} is not an address or CIDR range`);
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (length === undefined) list.addAddress(address, type);
  else list.addSubnet(address, prefix < 0 ? Number(length) : prefix, type);
}

/** Bits before the IPv4 address in `::ffff:0:0/96` (RFC 4291 2.5.5.2). */
const MAPPED_PREFIX = 96;

/** An IPv4 address that came over an IPv6 socket, such as `::ffff:10.0.0.1`, is that IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * What the sides are told. From a peer that is not trusted nothing is taken over. Of a trusted peer's `X-Forwarded-For` the part that
 * trusted proxies vouch for is kept, and the peer appended: the sides count by the first entry, which would else be what the client
 * itself wrote. Its `X-Forwarded-Proto` and `-Host` are kept alone, because the legacy reads their last entry as the outer address
 * (contract/agents-http.md, DPoP `htu`).
 *
 * @param peer address of the connection, undefined when it is gone already
 * @param secure the connection to the facade is TLS
 * @param host the `Host` header as sent
 */
export function provenanceOf(
  peer: string | undefined,
  secure: boolean,
  host: string,
  received: ReceivedForwarded,
  trusted: TrustedProxies,
): Provenance {
  const address = plainAddress(peer ?? 'unknown');
  const proto = secure ? 'https' : 'http';
  if (!trusted.trusts(address)) return { address, forwardedFor: address, proto, host };
  const chain = vouchedFor(address, received.for ?? '', trusted);
  return {
    address: chain[0] ?? address,
    forwardedFor: chain.join(', '),
    proto: received.proto ?? proto,
    host: received.host ?? host,
  };
}

/** From the client to the peer. Each entry was written by what stands right of it, so the first that is not trusted is the last believed. */
function vouchedFor(peer: string, forwardedFor: string, trusted: TrustedProxies): readonly string[] {
  const chain = [peer];
  for (const entry of forwardedFor.split(',').reverse()) {
    const written = entry.trim();
    if (written === '') continue;
    const address = addressIn(written);
    if (address === undefined) break;
    chain.push(address);
    if (!trusted.trusts(address)) break;
  }
  return chain.reverse();
}

/** Some proxies write the client's port too. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/;

function addressIn(entry: string): string | undefined {
  const [, bracketed, plain] = WITH_PORT.exec(entry) ?? [];
  const address = plainAddress(bracketed ?? plain ?? entry);
  return isIP(address) === 0 ? undefined : address;
}
