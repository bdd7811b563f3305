/** What keeps effects from being told: one union of codes, one class. */
export const EFFECTS_ERROR_CODES = {
  reply_unreadable: 'A dry run gave no envelope; the message names the field.',
  database_absent: 'There is no file, or it is none that can be read.',
  database_unreadable: "The file, or its -wal or -shm, can't be opened by this user, or is no database.",
  database_not_open:
    "No process has the database open in WAL mode, since it has no -wal and -shm: opening it here would make these as this user's.",
  database_not_wal: 'The file is not in WAL mode: a snapshot of it would lock its writers out.',
  database_locked: 'Somebody holds the whole file.',
  effects_too_large: 'What the engine names of the database is more than one observation tells.',
  observer_busy: 'As many observations as may be are open.',
  observation_expired: 'The observation was open for longer than a snapshot may be.',
  observer_timeout: 'The thread was silent for too long.',
  observer_closed: 'The observer, or this observation, was closed.',
  observer_failed: 'The thread ended, or met what it has no word for.',
} as const;

export type EffectsErrorCode = keyof typeof EFFECTS_ERROR_CODES;

export function isEffectsErrorCode(code: string): code is EffectsErrorCode {
  return Object.hasOwn(EFFECTS_ERROR_CODES, code);
}

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
