/**
 * What the facade does with a header, by its name. Pure; knows names only, never values.
 * Both directions and the tunnels use this one list.
 */

/**
 * - `keep`: passed as it came.
 * - `hop`: meant for one connection only (RFC 9110 7.6.1) and dropped.
 * - `internal`: the facade's own, or a spelling that WSGI would read as one of the protected names; dropped.
 * - the rest: read by the facade, see `readRequestHead`.
 */
export type HeaderClass =
  | 'keep'
  | 'hop'
  | 'internal'
  | 'forwarded'
  | 'forwarded-for'
  | 'forwarded-proto'
  | 'forwarded-host'
  | 'request-id'
  | 'agent-context'
  | 'connection'
  | 'transfer-encoding'
  | 'content-length'
  | 'host'
  | 'trailer'
  | 'expect';

/** Without a prototype: a header may be called `constructor`. */
const CLASSES: Readonly<Record<string, HeaderClass>> = {
  __proto__: null as never,
  connection: 'connection',
  'transfer-encoding': 'transfer-encoding',
  'content-length': 'content-length',
  host: 'host',
  trailer: 'trailer',
  expect: 'expect',
  'keep-alive': 'hop',
  te: 'hop',
  upgrade: 'hop',
  'http2-settings': 'hop',
  'proxy-connection': 'hop',
  'proxy-authenticate': 'hop',
  'proxy-authentication-info': 'hop',
  'proxy-authorization': 'hop',
  // Not hop-by-hop by any RFC, but WSGI and CGI programs read it as the variable HTTP_PROXY.
  proxy: 'hop',
  forwarded: 'forwarded',
  'x-real-ip': 'forwarded',
  'x-forwarded-port': 'forwarded',
  'x-forwarded-prefix': 'forwarded',
  'x-forwarded-server': 'forwarded',
  'x-forwarded-for': 'forwarded-for',
  'x-forwarded-proto': 'forwarded-proto',
  'x-forwarded-host': 'forwarded-host',
  'x-request-id': 'request-id',
  'x-borealis-agent-context': 'agent-context',
};

const INTERNAL_PREFIXES = ['x-facade-', 'x-borealis-facade-'];

/** Spellings seen so far. Bounded, because clients choose the names. */
const known = new Map<string, HeaderClass>();
const MOST_KNOWN = 1024;

/** @param name as spelled in the message */
export function headerClass(name: string): HeaderClass {
  const seen = known.get(name);
  if (seen !== undefined) return seen;
  const found = classify(name.toLowerCase());
  if (known.size < MOST_KNOWN) known.set(name, found);
  return found;
}

function classify(name: string): HeaderClass {
  const exact = CLASSES[name];
  if (exact !== undefined) return exact;
  // WSGI turns `-` into `_` (PEP 3333), so `X_Forwarded_For` would reach the legacy as `X-Forwarded-For`.
  const asRead = name.replaceAll('_', '-');
  if (INTERNAL_PREFIXES.some((prefix) => asRead.startsWith(prefix))) return 'internal';
  const disguised = asRead === name ? undefined : CLASSES[asRead];
  return disguised === undefined || disguised === 'agent-context' ? 'keep' : 'internal';
}

/**
 * Names that a `Connection` header lists besides the ones that are dropped anyway; undefined when there are none.
 * @param before names of an earlier `Connection` header of the same message, added to
 */
export function namesInConnection(value: string, before?: Set<string>): Set<string> | undefined {
  if (value === 'keep-alive' || value === 'close') return before;
  let names = before;
  for (const part of value.split(',')) {
    const name = part.trim().toLowerCase();
    if (name === '' || name === 'keep-alive' || name === 'close' || name === 'upgrade') continue;
    names ??= new Set();
    names.add(name);
  }
  return names;
}
