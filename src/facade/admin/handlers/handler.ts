/** What an operation's handler is given and gives. */

export interface AdminCall {
  /** Path parameters, checked and converted. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Query parameters, checked and converted; absent ones have their default or are missing. */
  readonly query: Readonly<Record<string, unknown>>;
  /** The body, checked against the operation's schema. */
  readonly body: unknown;
  /** Aborts when the caller left before the answer. */
  readonly signal: AbortSignal;
}

export interface AdminReply {
  /** Default 200. */
  readonly status?: number;
  /** Given as JSON. */
  readonly json?: unknown;
  /** Given as it is, under the media type. */
  readonly text?: { readonly type: string; readonly content: string };
}

/** Throws `AdminError`, `TableError` or `SocketError` to refuse. */
export type AdminHandler = (call: AdminCall) => AdminReply | Promise<AdminReply>;

/** Name for the audit of who asked. */
export function auditName(who: string | undefined): string {
  return `${who ?? 'unnamed'} via admin API`;
}
