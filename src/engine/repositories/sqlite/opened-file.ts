/**
 * Whether a path still leads to the database that was opened by it. Somebody may put another file there, a backup say: whoever has the
 * old one open then goes on with a file that nobody else sees.
 */
import { statSync } from 'node:fs';

/** `missing`: no file is there; maybe one is about to be. */
export type FileState = 'same' | 'missing' | 'replaced';

export class OpenedFile {
  readonly #path: string;
  readonly #opened: string;

  /** @param path of a file that was opened just now */
  constructor(path: string) {
    this.#path = path;
    this.#opened = identityOf(path) ?? '';
  }

  state(): FileState {
    const now = identityOf(this.#path);
    if (now === undefined) return 'missing';
    return now === this.#opened ? 'same' : 'replaced';
  }
}

/** A file that is written over in place keeps it. @returns undefined when there is none */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}
