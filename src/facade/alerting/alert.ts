/** What the facade tells the outside unasked: the events, and the form in which they go out. */

/** Every event with its severity and meaning; docs/operations/monitoring.md has the payloads. */
export const ALERT_EVENTS = {
  guard_moved_back: {
    severity: 'warning',
    meaning: 'The guard moved a row or group back: the engine misbehaved. The legacy answers now.',
  },
  guard_blocked: {
    severity: 'critical',
    meaning: 'A row should go back and can not. Clients are still with an engine that misbehaves.',
  },
  table_rejected: {
    severity: 'warning',
    meaning: 'The table file on disk breaks a rule. The last good table stays in force, and flips are refused.',
  },
  engine_ended: {
    severity: 'warning',
    meaning:
      'The engine that the facade supervises ended and is started again. Told at most once in five minutes, with how often it happened.',
  },
} as const satisfies Record<string, { readonly severity: 'warning' | 'critical'; readonly meaning: string }>;

export type AlertEvent = keyof typeof ALERT_EVENTS;

/** Something to tell. */
export interface Alert {
  readonly event: AlertEvent;
  /** One or two sentences for a person. No secrets. */
  readonly text: string;
  /** The same for programs; JSON values. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The body of each delivery. */
export interface AlertMessage extends Alert {
  /** Form of this body. Fields are only ever added. */
  readonly version: 1;
  /** The same in each try to deliver it, so that a receiver can drop what it has. */
  readonly id: string;
  /** When it happened. ISO 8601, UTC. */
  readonly at: string;
  readonly severity: 'warning' | 'critical';
  /** Which facade tells it: its version, and the name of its machine. */
  readonly facade: { readonly version: string; readonly host: string };
}
