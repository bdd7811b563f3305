"""Opens the SQLite file as the legacy does, creates its tables, its first operator, and prunes once a day."""

import hashlib
import sqlite3
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from values import iso, now_seconds

SCHEMA = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
DEFAULT_PASSWORD = hashlib.sha512(b"Password").hexdigest()


class Database:
    """A connection per use, closed afterwards: never one kept across requests."""

    def __init__(self, path):
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def connect(self):
        # The legacy's own pragmas. Foreign keys stay off: its deletions rely on that.
        connection = sqlite3.connect(self.path, timeout=5)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    @contextmanager
    def transaction(self):
        """Commits when the block ends, rolls back when it raises, closes either way."""
        connection = self.connect()
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def rows(self, sql, *params):
        with self.transaction() as connection:
            return connection.execute(sql, params).fetchall()

    def row(self, sql, *params):
        with self.transaction() as connection:
            return connection.execute(sql, params).fetchone()

    def prepare(self):
        with self.transaction() as connection:
            connection.executescript(SCHEMA)
        with self.transaction() as connection:
            _ensure_admin(connection)
        self.prune()

    def prune(self):
        """Unused codes that expired go first, so an approval on such a code lives until it is a day old."""
        now = iso()
        with self.transaction() as connection:
            expired = "use_count = 0 AND expires_at < ?"
            connection.execute(
                f"""UPDATE enrollment_install_codes_persistent SET is_active = 0, archived_at = COALESCE(archived_at, ?)
                    WHERE id IN (SELECT id FROM enrollment_install_codes WHERE {expired})""",
                (now, now),
            )
            connection.execute(f"DELETE FROM enrollment_install_codes WHERE {expired}", (now,))
            connection.execute(
                """UPDATE device_approvals SET status = 'expired', updated_at = ?
                   WHERE status = 'pending' AND (created_at < ? OR EXISTS (
                     SELECT 1 FROM enrollment_install_codes c WHERE c.id = device_approvals.enrollment_code_id
                       AND (c.expires_at < ? OR c.use_count >= c.max_uses)))""",
                (now, iso(datetime.now(timezone.utc) - timedelta(hours=24)), now),
            )


def _ensure_admin(connection):
    if connection.execute("SELECT 1 FROM users WHERE LOWER(role) = 'admin'").fetchone():
        return
    now = now_seconds()
    if connection.execute("SELECT 1 FROM users WHERE LOWER(username) = 'admin'").fetchone():
        connection.execute("UPDATE users SET role = 'Admin', updated_at = ? WHERE LOWER(username) = 'admin'", (now,))
        return
    connection.execute(
        """INSERT INTO users(username, display_name, password_sha512, role, created_at, updated_at)
           VALUES ('admin', 'Administrator', ?, 'Admin', ?, ?)""",
        (DEFAULT_PASSWORD, now, now),
    )
