/** Splits a request target. Pure; changes no byte of the path or query. */

/** A request target, split. */
export interface RequestTarget {
  /** Path and query, byte for byte. */
  readonly target: string;
  /** Path alone. */
  readonly path: string;
  /** Host and port of an absolute-form target (RFC 9112 3.2.2). */
  readonly authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/([^/?#@\\]+)([/?].*)?$/i;

/** @returns undefined for targets that are neither a path nor an http(s) URL without user information */
export function readTarget(url: string): RequestTarget | undefined {
  if (url.charCodeAt(0) === SLASH) return split(url, undefined);
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined) return undefined;
  return split(rest.startsWith('/') ? rest : `/${rest}`, authority);
}

const SLASH = 0x2f;

function split(target: string, authority: string | undefined): RequestTarget {
  const query = target.indexOf('?');
  return { target, path: query === -1 ? target : target.slice(0, query), authority };
}
