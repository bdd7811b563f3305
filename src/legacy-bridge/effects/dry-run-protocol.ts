/**
 * How the facade asks the engine for a dry run, and what it hears: the client's request unchanged with one header more, over
 * the engine's Unix socket; the reply is always 200 with an envelope around the answer. docs/decisions/dry-run-over-the-socket.md.
 */
import type { Effects } from './effects.js';

/** On the request: asks for a dry run. On the reply: it is an envelope, not a client's answer. The facade strips it from clients. */
export const DRY_RUN_HEADER = 'x-facade-dry-run';
/** On a GET that stands for a HEAD, whose reply could hold no envelope: its value is `HEAD`. */
export const DRY_RUN_METHOD_HEADER = 'x-facade-dry-run-method';
/** Value of the first. An engine that knows another refuses with 400 and runs nothing. */
export const DRY_RUN_VERSION = '1';

/** Why there is nothing to compare. What had been written was undone. */
export type NotRunReason =
  /** The handler declares that it can't be dry-run; `detail` says why. */
  | 'not_dry_runnable'
  /** The engine does not serve this route. */
  | 'not_served'
  /** Another process, or the engine's own writes, held the database for longer than a dry run waits. */
  | 'database_busy'
  /** The database can't be opened, read or written. */
  | 'database_unavailable'
  /** It held the database for as long as a dry run may, and was rolled back. */
  | 'lock_timeout'
  /** It changed more rows, or more bytes of them, than are told. */
  | 'effects_too_large'
  /** The answer is longer than an envelope holds. */
  | 'answer_too_large'
  /** As many dry runs as may be are under way. */
  | 'too_many';

export const NOT_RUN_REASONS: readonly NotRunReason[] = Object.freeze([
  'not_dry_runnable',
  'not_served',
  'database_busy',
  'database_unavailable',
  'lock_timeout',
  'effects_too_large',
  'answer_too_large',
  'too_many',
]);

/** What the engine would have answered. */
export interface DryRunAnswer {
  readonly status: number;
  /** Names in lower case, in order; `set-cookie` once per line. Without what the connection adds, such as `date`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export type DryRunReply =
  | {
      readonly outcome: 'run';
      readonly answer: DryRunAnswer;
      readonly effects: Effects;
      /** What could not be recorded, in words; empty when all was. */
      readonly notSeen: readonly string[];
      /** Milliseconds in the engine, its own waiting included. */
      readonly ms: number;
      /** Milliseconds for which the database was locked; 0 when nothing was written. */
      readonly lockMs: number;
    }
  | {
      readonly outcome: 'not-run';
      readonly reason: NotRunReason;
      /** For a person; empty when the reason says it all. */
      readonly detail: string;
      readonly ms: number;
      readonly lockMs: number;
    };

/** The method of the message that asks for a dry run of `method`, and the headers to be added to the client's. */
export function dryRunRequest(method: string): {
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
} {
  const asked = [DRY_RUN_HEADER, DRY_RUN_VERSION] as const;
  return method === 'HEAD'
    ? { method: 'GET', headers: [asked, [DRY_RUN_METHOD_HEADER, 'HEAD']] }
    : { method, headers: [asked] };
}

/** The reply's JSON. */
export function encodeDryRunReply(reply: DryRunReply): Buffer {
  const { ms, lockMs } = reply;
  if (reply.outcome === 'not-run')
    return Buffer.from(JSON.stringify({ dryRun: { not: reply.reason, detail: reply.detail }, ms, lockMs }));
  const { status, headers, body } = reply.answer;
  const answer = { status, headers, body: body.toString('base64') };
  return Buffer.from(
    JSON.stringify({ dryRun: true, answer, effects: reply.effects, notSeen: reply.notSeen, ms, lockMs }),
  );
}
