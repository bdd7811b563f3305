/**
 * What a path means to the legacy: Werkzeug's matching rules, over a trie, for any kind of endpoint.
 * Used by the facade (endpoint = row of the migration table) and by the engine (endpoint = handler).
 * Never touches the network, the file system or a database.
 */

/** Outcome of a match. `params` are percent-decoded texts by name. */
export type UrlMatch<T> =
  | { readonly kind: 'match'; readonly endpoint: T; readonly params: Readonly<Record<string, string>> }
  /** The path exists under other methods; `allow` lists them, HEAD and OPTIONS included, sorted. */
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  /** The path exists with single slashes in place of doubled ones, or with a slash at its end (Werkzeug answers 308); `path` is decoded. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'not-found' };

/** Immutable map from method and path to endpoint. Matching cost does not grow with the number of rules. */
export interface UrlMap<T> {
  /**
   * @param method as in the request line (case-sensitive, RFC 9110 9.1)
   * @param path raw path of the request target: no query, percent-encoding as sent
   */
  match(method: string, path: string): UrlMatch<T>;
  /** What an answer to OPTIONS puts into `Allow`: the methods of every rule that matches the path, sorted. Empty when none does or one takes every method. */
  allowedMethods(path: string): readonly string[];
}
