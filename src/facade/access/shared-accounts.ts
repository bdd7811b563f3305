/**
 * What database.db says of operators and devices at this moment. Opened for reading only, on first use; nothing is cached: a
 * deleted account, a lowered role and a revoked device count with the next request. A look costs some ten microseconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import Database, { type Statement } from 'better-sqlite3';
import {
  type DatabaseIdentity,
  databaseIdentity,
  fileIdentity,
} from '../../legacy-bridge/database/database-identity.js';
import { AccessUnavailableError } from './access-verdict.js';

/** An operator's account. */
export interface Account {
  readonly username: string;
  /** As stored; null counts as `User`. */
  readonly role: string | null;
}

/** What decides whether a device is let in. */
export interface DeviceRow {
  readonly fingerprint: string | null;
  readonly tokenVersion: number | string | null;
  readonly status: string | null;
}

/** Names that differ in the case of ASCII letters are one to the legacy, and the first that was made counts; so does the engine. */
const FIND_ACCOUNT = `
  SELECT CAST(username AS TEXT) AS username, CAST(role AS TEXT) AS role
  FROM users WHERE LOWER(username) = LOWER(:name) ORDER BY rowid LIMIT 1`;
/** Device tokens name their guid exactly (contract/agents-http.md 1.5). Columns hold what somebody has put there, bytes too. */
const FIND_DEVICE = `
  SELECT CAST(ssl_key_fingerprint AS TEXT) AS fingerprint, CAST(status AS TEXT) AS status,
    CASE typeof(token_version) WHEN 'blob' THEN CAST(token_version AS TEXT) ELSE token_version END AS tokenVersion
  FROM devices WHERE guid = :guid`;

const LOOK_EVERY_MS = 1000;
/** In WAL, a reader is kept out only while the file is recovered or leaves that mode. */
const MOST_TRIES = 5;
const PAUSE_MS = 20;

interface Opened {
  readonly database: Database.Database;
  readonly identity: DatabaseIdentity;
  readonly account: Statement<[{ name: string }], Account>;
  readonly device: Statement<[{ guid: string }], DeviceRow>;
}

export class SharedAccounts {
  readonly #file: string;
  readonly #monotonic: () => number;
  #opened: Opened | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param monotonic milliseconds */
  constructor(file: string, monotonic: () => number) {
    this.#file = file;
    this.#monotonic = monotonic;
  }

  /** @throws AccessUnavailableError */
  findAccount(name: string): Promise<Account | undefined> {
    return this.#read(({ account }) => account.get({ name }));
  }

  /** @throws AccessUnavailableError */
  findDevice(guid: string): Promise<DeviceRow | undefined> {
    return this.#read(({ device }) => device.get({ guid }));
  }

  /** Any account, to ask a side in its name; undefined when there is none. @throws AccessUnavailableError */
  anyAccount(): Promise<Account | undefined> {
    return this.#read(({ database }) =>
      database.prepare<[], Account>('SELECT username, role FROM users ORDER BY rowid LIMIT 1').get(),
    );
  }

  close(): void {
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  async #read<T>(look: (opened: Opened) => T): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return look(this.#current());
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!code.startsWith('SQLITE_') && !/^E[A-Z]+$/.test(code)) throw error;
        if (code.startsWith('SQLITE_BUSY') && attempt < MOST_TRIES) {
          await pause(PAUSE_MS);
          continue;
        }
        this.close();
        throw new AccessUnavailableError(`the database ${this.#file} can not be read (${code})`, error);
      }
    }
  }

  /** A file that was put in the place of the open one or of those beside it, as by a restore, is opened anew within a second. */
  #current(): Opened {
    const now = this.#monotonic();
    if (this.#opened !== undefined && now - this.#lookedAt < LOOK_EVERY_MS) return this.#opened;
    if (this.#opened?.identity !== databaseIdentity(this.#file)) {
      this.close();
      this.#opened = openReader(this.#file);
    }
    this.#lookedAt = now;
    return this.#opened;
  }
}

function openReader(file: string): Opened {
  const main = fileIdentity(file);
  // timeout 0: SQLite's own wait would stop the event loop, and with it all traffic.
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const account = database.prepare<[{ name: string }], Account>(FIND_ACCOUNT);
    const device = database.prepare<[{ guid: string }], DeviceRow>(FIND_DEVICE);
    // SQLite has read the schema for these, so that the files beside are the ones that it reads.
    return { database, identity: databaseIdentity(file, main), account, device };
  } catch (error) {
    database.close();
    throw error;
  }
}
