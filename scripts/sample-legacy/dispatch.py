"""Sends one occurrence of a job to one host: the run's row first, then what the agents are told, then the links (contract: scheduler 7.4)."""

import json

from assemblies import PLAYBOOKS, SCRIPTS, read_document
from orders import add_activity, playbook_payload, script_payload
from script_variables import overrides_of
from server_playbooks import ServerPlaybooks
from values import now_seconds

_ON_SERVER = ("ssh", "winrm")


class Dispatcher:
    def __init__(self, legacy):
        self._database = legacy.database
        self._assemblies = legacy.assemblies
        self._socketio = legacy.socketio
        self._server_playbooks = ServerPlaybooks(legacy)

    def dispatch(self, job, hostname, occurrence):
        now = now_seconds()
        run_id = self._add_run(job["id"], hostname, occurrence, now)
        context = (job["execution_context"] or "").strip().lower() or "system"
        if context in _ON_SERVER and not job["credential_id"]:
            self._fail_run(run_id, now)
            return
        components = json.loads(job["components_json"] or "[]")
        links = [self._run_script(c, hostname, context) for c in _of_type(components, "script")]
        for component in _of_type(components, "ansible"):
            links.append(self._run_playbook(component, hostname, context, job, run_id))
        self._link(run_id, [link for link in links if link], now)
        print(f"scheduler: dispatched job={job['id']} host={hostname} occurrence={occurrence}", flush=True)

    def _add_run(self, job_id, hostname, occurrence, now):
        with self._database.transaction() as connection:
            return connection.execute(
                """INSERT INTO scheduled_job_runs(job_id, target_hostname, scheduled_ts, started_ts, status, created_at, updated_at)
                   VALUES (?, ?, ?, ?, 'Running', ?, ?)""",
                (job_id, hostname, occurrence, now, now, now),
            ).lastrowid

    def _fail_run(self, run_id, now):
        with self._database.transaction() as connection:
            connection.execute(
                """UPDATE scheduled_job_runs SET status = 'Failed', finished_ts = ?, updated_at = ?,
                   error = 'Credential required for remote execution' WHERE id = ?""",
                (now, now, run_id),
            )

    def _run_script(self, component, hostname, context):
        """Legacy quirk: a file that is missing, or no PowerShell, is passed over without a word."""
        path = _path_of(component, "path", "script_path")
        if path and not path.startswith(f"{SCRIPTS}/"):
            path = f"{SCRIPTS}/{path}"
        file = path and self._assemblies.file_of(self._assemblies.root, path)
        if not file:
            return None
        document = read_document(file, "powershell")
        if document["type"] != "powershell":
            return None
        overrides = {**overrides_of(component.get("variable_values")), **_listed_values(component)}
        payload = script_payload(document, file, path, overrides, context)
        activity = add_activity(self._database, hostname, payload, now_seconds())
        self._socketio.emit("quick_job_run", {"job_id": activity, "target_hostname": hostname, **payload})
        return activity, "script", payload["script_type"], path, payload["script_name"]

    def _run_playbook(self, component, hostname, context, job, run_id):
        path = _path_of(component, "path").lstrip("/")
        file = path and self._assemblies.file_of(self._assemblies.island("ansible"), path)
        if not file:
            return None
        overrides = {**_listed_values(component), **overrides_of(component.get("variable_values"))}
        payload = playbook_payload(read_document(file, "ansible"), file, overrides)
        name = payload["playbook_name"]
        shown = {"script_path": path, "script_name": name, "script_type": "ansible"}
        activity = add_activity(self._database, hostname, shown, now_seconds())
        of_job = {"activity_job_id": activity, "scheduled_job_id": job["id"], "scheduled_run_id": run_id}
        if context in _ON_SERVER:
            of_host = {"run_id": payload["run_id"], "hostname": hostname, "playbook_path": path, "playbook_name": name}
            self._server_playbooks.start({**of_host, **of_job}, job["credential_id"])
        else:
            self._socketio.emit("ansible_playbook_run", {**payload, **of_job, "target_hostname": hostname})
        return activity, "ansible", "ansible", path, name

    def _link(self, run_id, links, now):
        with self._database.transaction() as connection:
            connection.executemany(
                """INSERT INTO scheduled_job_run_activity(
                     run_id, activity_id, component_kind, script_type, component_path, component_name, created_at)
                   VALUES (?, ?, ?, ?, ?, ?, ?)""",
                [(run_id, *link, now) for link in links],
            )


def _of_type(components, kind):
    return [one for one in components if isinstance(one, dict) and one.get("type") == kind]


def _path_of(component, *names):
    text = next((component[name] for name in names if component.get(name)), "")
    return text.strip().replace("\\", "/")


def _listed_values(component):
    listed = component.get("variables") if isinstance(component.get("variables"), list) else []
    given = [one for one in listed if isinstance(one, dict) and "value" in one]
    return overrides_of({str(one.get("name") or ""): one["value"] for one in given})
