/** The schema of facade.db, step by step. Steps are only ever added; `user_version` counts those that a file has had. */
export const FACADE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE table_versions (
     version INTEGER PRIMARY KEY,
     at      TEXT NOT NULL,
     who     TEXT NOT NULL,
     why     TEXT NOT NULL,
     cause   TEXT NOT NULL CHECK (cause IN ('flip', 'rollback', 'edit', 'start')),
     changes TEXT NOT NULL,
     diff    TEXT NOT NULL,
     digest  TEXT NOT NULL,
     text    TEXT NOT NULL
   ) STRICT;
   CREATE TRIGGER table_versions_are_kept BEFORE DELETE ON table_versions
     BEGIN SELECT RAISE(ABORT, 'versions of the table are append-only'); END;
   CREATE TRIGGER table_versions_stay BEFORE UPDATE ON table_versions
     BEGIN SELECT RAISE(ABORT, 'versions of the table are append-only'); END;
   CREATE TABLE audit (
     id     INTEGER PRIMARY KEY,
     at     TEXT NOT NULL,
     who    TEXT NOT NULL,
     action TEXT NOT NULL,
     detail TEXT NOT NULL,
     why    TEXT NOT NULL
   ) STRICT;
   CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
   CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;`,
  // Comparisons. Written by the store's worker alone; times are epoch milliseconds.
  `CREATE TABLE comparison_periods (
     id          INTEGER PRIMARY KEY AUTOINCREMENT,
     row         TEXT NOT NULL,
     answered_by TEXT NOT NULL CHECK (answered_by IN ('legacy', 'engine')),
     rules       TEXT NOT NULL,
     build       TEXT NOT NULL,
     started_at  INTEGER NOT NULL,
     last_at     INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX comparison_periods_by_row ON comparison_periods (row, id);
   CREATE TABLE comparison_cells (
     period  INTEGER NOT NULL,
     verdict TEXT NOT NULL,
     reason  TEXT NOT NULL,
     status  TEXT NOT NULL,
     caller  TEXT NOT NULL,
     count   INTEGER NOT NULL,
     PRIMARY KEY (period, verdict, reason, status, caller)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_shapes (
     period  INTEGER NOT NULL,
     shape   TEXT NOT NULL,
     verdict TEXT NOT NULL,
     count   INTEGER NOT NULL,
     PRIMARY KEY (period, shape, verdict)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_differences (
     period  INTEGER NOT NULL,
     kind    TEXT NOT NULL,
     path    TEXT NOT NULL,
     count   INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     PRIMARY KEY (period, kind, path)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_latencies (
     period INTEGER NOT NULL,
     side   TEXT NOT NULL,
     bucket INTEGER NOT NULL,
     count  INTEGER NOT NULL,
     PRIMARY KEY (period, side, bucket)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_passes (
     period    INTEGER NOT NULL,
     passed_by TEXT NOT NULL,
     rule      TEXT NOT NULL,
     count     INTEGER NOT NULL,
     last_at   INTEGER NOT NULL,
     PRIMARY KEY (period, passed_by, rule)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_drops (
     row     TEXT NOT NULL,
     period  INTEGER NOT NULL,
     reason  TEXT NOT NULL,
     count   INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     PRIMARY KEY (row, period, reason)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_seen (
     row     TEXT NOT NULL,
     what    TEXT NOT NULL CHECK (what IN ('read-status', 'write-status', 'read-caller', 'write-caller')),
     value   TEXT NOT NULL,
     count   INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     PRIMARY KEY (row, what, value)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_pairs (
     id        INTEGER PRIMARY KEY AUTOINCREMENT,
     period    INTEGER NOT NULL,
     row       TEXT NOT NULL,
     at        INTEGER NOT NULL,
     verdict   TEXT NOT NULL,
     signature TEXT NOT NULL,
     method    TEXT NOT NULL,
     target    TEXT NOT NULL,
     status    INTEGER NOT NULL,
     bytes     INTEGER NOT NULL,
     document  BLOB NOT NULL
   ) STRICT;
   CREATE INDEX comparison_pairs_by_row ON comparison_pairs (row, verdict, signature, id);
   CREATE TABLE comparison_pair_paths (
     pair INTEGER NOT NULL,
     kind TEXT NOT NULL,
     path TEXT NOT NULL,
     PRIMARY KEY (pair, kind, path)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE comparison_noise (
     id    INTEGER PRIMARY KEY CHECK (id = 1),
     at    INTEGER NOT NULL,
     state TEXT NOT NULL
   ) STRICT;`,
  // The guard's. Times are epoch milliseconds.
  `CREATE TABLE guard_holds (
     target     TEXT PRIMARY KEY,
     row        TEXT NOT NULL,
     cause      TEXT NOT NULL,
     evidence   TEXT NOT NULL,
     from_stage TEXT NOT NULL,
     to_stage   TEXT NOT NULL,
     moved_at   INTEGER NOT NULL,
     until      INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE guard_records (
     row      TEXT PRIMARY KEY,
     requests INTEGER NOT NULL,
     errors   INTEGER NOT NULL,
     timeouts INTEGER NOT NULL
   ) STRICT;`,
  // What comparisons could not look at, in words.
  `CREATE TABLE comparison_unseen (
     period  INTEGER NOT NULL,
     what    TEXT NOT NULL,
     count   INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     PRIMARY KEY (period, what)
   ) STRICT, WITHOUT ROWID;`,
];
