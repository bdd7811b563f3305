/** What a request did besides answering, in the one form that both sides' effects are told in. */

/** A column's value: what JSON has no form for is written as an object. */
export type ColumnValue =
  | string
  | number
  | null
  /** Decimal digits of an integer beyond 2^53. */
  | { readonly integer: string }
  /** A real that JSON would turn into an integer or into nothing: `1.0`, `Infinity`. */
  | { readonly real: string }
  /** Base64 of a BLOB. */
  | { readonly blob: string };

/** A row by column. */
export type EffectRow = Readonly<Record<string, ColumnValue>>;

/** One row that is not what it was before the request. Several changes of one row count as one, from first to last. */
export interface RowChange {
  readonly table: string;
  readonly rowId: number;
  readonly change: 'insert' | 'update' | 'delete';
  /** Undefined for an insert. */
  readonly before: EffectRow | undefined;
  /** Undefined for a delete. */
  readonly after: EffectRow | undefined;
}

/** A Socket.IO event that the request caused. */
export interface EmittedEvent {
  readonly event: string;
  /** Null for every client. */
  readonly room: string | null;
  /** To the client alone whose event caused it; `room` is then null. */
  readonly toSender?: true;
  /** JSON. */
  readonly payload: unknown;
}

/** `method` of a playbook that would have been begun on the server; its `url` is `ssh://HOST/PATH`. */
export const PLAYBOOK_CALL = 'PLAY';

/** A call that the request would have made to another machine. */
export interface OutgoingCall {
  readonly method: string;
  readonly url: string;
}

/** Effects of one request at one side. */
export interface Effects {
  readonly rows: readonly RowChange[];
  readonly events: readonly EmittedEvent[];
  readonly calls: readonly OutgoingCall[];
}
