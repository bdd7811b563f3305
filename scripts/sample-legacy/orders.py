"""What agents are told to run, to every connected client, and the rows that say so (contract: assemblies 6; scheduler 7.4)."""

import base64
import uuid

from assemblies import shown_name
from script_variables import fill


def script_payload(document, file, path, overrides, run_mode):
    """All of `quick_job_run` that is the same on every host. Nothing is signed."""
    text, environment, variables = fill(document["script"], document["variables"], overrides)
    return {
        "script_type": document["type"],
        "script_name": shown_name(document, file),
        "script_path": path,
        "script_content": base64.b64encode(text.encode()).decode(),
        "script_encoding": "base64",
        "environment": environment,
        "variables": variables,
        "timeout_seconds": document["timeout_seconds"],
        "files": document["files"],
        "run_mode": run_mode,
        "admin_user": "",
        "admin_pass": "",
    }


def playbook_payload(document, file, overrides):
    """All of `ansible_playbook_run` that is the same on every host."""
    return {
        "run_id": uuid.uuid4().hex,
        "playbook_name": shown_name(document, file),
        "playbook_content": base64.b64encode(document["script"].encode()).decode(),
        "playbook_encoding": "base64",
        "connection": "winrm",
        "variables": document["variables"],
        "files": document["files"],
        "variable_values": overrides,
    }


def add_activity(database, hostname, payload, now):
    """Id of the row of a script that a host is told to run, committed."""
    names = (payload["script_path"], payload["script_name"], payload["script_type"])
    with database.transaction() as connection:
        return connection.execute(
            """INSERT INTO activity_history(hostname, script_path, script_name, script_type, ran_at, status, stdout, stderr)
               VALUES (?, ?, ?, ?, ?, 'Running', '', '')""",
            (hostname, *names, now),
        ).lastrowid
