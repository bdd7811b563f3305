/** Who did what and why: acts that are no version of the table, and both kinds in one list. Append-only. */
import type { Database, Statement } from 'better-sqlite3';

/** An act to be kept. */
export interface NewAuditEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly who: string;
  /** A word, such as `sockets-drain`. Versions of the table have `flip`, `rollback`, `edit` or `start`. */
  readonly action: string;
  /** What exactly, in a line. No secrets. */
  readonly detail: string;
  readonly why: string;
}

export interface AuditEntry extends NewAuditEntry {
  /** The version that the act made; undefined for acts that are no version of the table. */
  readonly version: number | undefined;
}

interface AuditRow extends NewAuditEntry {
  readonly version: number | null;
  /** JSON of a version's changes. */
  readonly changes: string | null;
}

export class AuditRepository {
  readonly #insert: Statement<[NewAuditEntry]>;
  readonly #list: Statement<[number], AuditRow>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT INTO audit (at, who, action, detail, why) VALUES (:at, :who, :action, :detail, :why)',
    );
    this.#list = database.prepare(
      `SELECT * FROM (
         SELECT at, who, action, detail, why, NULL AS version, NULL AS changes, id AS place FROM audit
         UNION ALL
         SELECT at, who, cause, '', why, version, changes, version FROM table_versions
       ) ORDER BY at DESC, version IS NULL, place DESC LIMIT ?`,
    );
  }

  /** Keeps an act that is no version of the table. @throws when facade.db can not be written */
  recordAudit({ at, who, action, detail, why }: NewAuditEntry): void {
    this.#insert.run({ at, who, action, detail, why });
  }

  /** Newest first. */
  listAudit(limit: number): readonly AuditEntry[] {
    return this.#list.all(limit).map(({ at, who, action, detail, why, version, changes }) => ({
      at,
      who,
      action,
      detail: changes === null ? detail : changesInWords(changes),
      why,
      version: version ?? undefined,
    }));
  }
}

function changesInWords(json: string): string {
  const changes = JSON.parse(json) as { id: string; from: string; to: string }[];
  if (changes.length === 0) return 'no row moved';
  const shown = changes.slice(0, 10).map(({ id, from, to }) => `${id}: ${from} -> ${to}`);
  return changes.length > 10 ? `${shown.join(', ')} and ${changes.length - 10} more` : shown.join(', ');
}
