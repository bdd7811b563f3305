/** Why facade.db can't be used. */
export const STORE_ERROR_CODES = {
  store_unusable:
    'facade.db can not be opened: its directory is absent or not writable, or the file is damaged or no database.',
  store_too_new:
    'facade.db was written by a newer release. Start that release, or give this one another state directory.',
} as const;

export type StoreErrorCode = keyof typeof STORE_ERROR_CODES;

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, detail: string, cause?: unknown) {
    super(`${STORE_ERROR_CODES[code]} (${detail})`, { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}
