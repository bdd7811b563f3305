"""Playbooks that the server runs itself (contract: assemblies 8; scheduler 7.4), as where `ansible-playbook` is not installed: each fails.

Proceeds beside the tick that started it.
"""

from recaps import shown_recap, tell_of_recap
from values import now_seconds

_NO_TOOL = "[Errno 2] No such file or directory: 'ansible-playbook'"


class ServerPlaybooks:
    def __init__(self, legacy):
        self._legacy = legacy
        self._database = legacy.database

    def start(self, recap, credential_id):
        """`recap` has the columns that tell what is run, and where."""
        now = now_seconds()
        row = {**recap, "agent_id": "server", "status": "Running", "recap_text": "", "recap_json": ""}
        row.update(started_ts=now, created_at=now, updated_at=now)
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        with self._database.transaction() as connection:
            connection.execute(f"INSERT INTO ansible_play_recaps({names}) VALUES ({marks})", tuple(row.values()))
        self._legacy.socketio.start_background_task(self._run, recap, credential_id)

    def _run(self, recap, credential_id):
        error = self._reason_to_fail(credential_id)
        now = now_seconds()
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE activity_history SET status = 'Failed', stdout = '', stderr = ?, ran_at = ? WHERE id = ?",
                (error, now, recap["activity_job_id"]),
            )
            connection.execute(
                """UPDATE ansible_play_recaps SET status = 'Failed', recap_json = '{}', finished_ts = ?, updated_at = ?
                   WHERE run_id = ?""",
                (now, now, recap["run_id"]),
            )
            connection.execute(
                "UPDATE scheduled_job_runs SET status = 'Failed', error = ?, finished_ts = ?, updated_at = ? WHERE id = ?",
                (error, now, now, recap.get("scheduled_run_id")),
            )
        row = self._database.row("SELECT * FROM ansible_play_recaps WHERE run_id = ?", recap["run_id"])
        tell_of_recap(self._legacy.socketio, shown_recap(row))

    def _reason_to_fail(self, credential_id):
        credential = self._database.row("SELECT connection_type FROM credentials WHERE id = ?", credential_id)
        if credential is None:
            return "Credential not found"
        kind = (credential["connection_type"] or "ssh").lower()
        return _NO_TOOL if kind == "ssh" else f"Unsupported credential connection type '{kind}' for server execution"
