/** What keeps effects from being told: one union of codes, one class. */
export type EffectsErrorCode =
  /** A dry run's reply that is no envelope; the message names the field. */
  | 'reply_unreadable'
  /** There is no file, or it is none that can be read. */
  | 'database_absent'
  /** The file, or its -wal or -shm, can't be opened by this user, or is no database. */
  | 'database_unreadable'
  /** No process has the database open in WAL mode, since it has no -wal and -shm: opening it here would make these as this user's. */
  | 'database_not_open'
  /** The file is not in WAL mode: a snapshot of it would lock its writers out. */
  | 'database_not_wal'
  /** Somebody holds the whole file. */
  | 'database_locked'
  /** As many observations as may be are open. */
  | 'observer_busy'
  /** The observation was open for longer than a snapshot may be. */
  | 'observation_expired'
  /** The thread did not answer in time. */
  | 'observer_timeout'
  /** The observer, or this observation, was closed. */
  | 'observer_closed'
  /** The thread ended, or met what it has no word for. */
  | 'observer_failed';

export class EffectsError extends Error {
  readonly code: EffectsErrorCode;
  readonly detail: string;

  constructor(code: EffectsErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = 'EffectsError';
    this.code = code;
    this.detail = detail;
  }
}
