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
];
