/** Reads the request target of a Socket.IO request. Reads only: what goes to a side is the target as it came. */

/** Where the legacy serves Socket.IO (contract: sockets, 1); not below a prefix, whatever address agents dial. */
export const SOCKET_PATH = '/socket.io/';

export interface SocketTarget {
  readonly path: string;
  /** The Engine.IO session that the request belongs to; undefined when it opens one. */
  readonly sid: string | undefined;
}

export type SocketTargetProblem = 'socket_path_unknown' | 'path_ambiguous';

/** @returns the target's parts, or why no side may be asked for it */
export function readSocketTarget(target: string): SocketTarget | SocketTargetProblem {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (!path.startsWith(SOCKET_PATH)) return 'socket_path_unknown';
  // Dot segments, encoded ones too, and backslashes lead out of /socket.io/ in some servers and not in others.
  if (/\\|#|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return 'path_ambiguous';
  return { path, sid: mark < 0 ? undefined : firstSid(target.slice(mark + 1)) };
}

/** The first `sid`, which is the one that the legacy reads when there are several. */
function firstSid(query: string): string | undefined {
  return new URLSearchParams(query).get('sid') || undefined;
}
