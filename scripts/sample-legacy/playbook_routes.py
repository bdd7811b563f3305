"""Running a playbook on some hosts now: through their agents, or on the server (contract: assemblies 8)."""

import os

from flask import Blueprint, jsonify, request

from assemblies import read_document
from orders import add_activity, playbook_payload
from script_variables import overrides_of
from server_playbooks import ServerPlaybooks
from values import now_seconds

_ON_SERVER = ("ssh", "linux", "unix")
_BY_AGENTS = ("winrm", "psrp")


def routes(legacy):
    blueprint = Blueprint("playbook_runs", __name__)
    server_playbooks = ServerPlaybooks(legacy)

    def run_on(hostname, path, document, file, overrides, credential):
        payload = playbook_payload(document, file, overrides)
        target, name, run_id = str(hostname), payload["playbook_name"], payload["run_id"]
        shown = {"script_path": path, "script_name": name, "script_type": "ansible"}
        activity = add_activity(legacy.database, target, shown, now_seconds())
        on_server = credential is not None and _kind_of(credential) in _ON_SERVER
        if on_server:
            of_host = {"run_id": run_id, "hostname": target, "playbook_path": path, "playbook_name": name}
            server_playbooks.start({**of_host, "activity_job_id": activity}, credential["id"])
        else:
            told = {**payload, "target_hostname": target, "activity_job_id": activity}
            legacy.socketio.emit("ansible_playbook_run", told)
        change = {"hostname": target, "activity_id": activity, "change": "created", "source": "ansible"}
        legacy.socketio.emit("device_activity_changed", change)
        execution = "server" if on_server else "agent"
        run = {"hostname": hostname, "run_id": run_id, "status": "Queued", "activity_job_id": activity}
        return {**run, "execution": execution}

    @blueprint.post("/api/ansible/quick_run")
    def quick_run():
        data = request.get_json(silent=True) or {}
        path = (data.get("playbook_path") or "").strip()
        hostnames = data.get("hostnames")
        if not path or not isinstance(hostnames, list) or not hostnames:
            return _refused("Missing playbook_path or hostnames[]")
        try:
            credential_id = _credential_id(data)
        except (TypeError, ValueError):
            return _refused("Invalid credential_id")
        credential = None
        if credential_id is not None:
            credential = legacy.database.row("SELECT * FROM credentials WHERE id = ?", credential_id)
            if credential is None:
                return _refused("Credential not found", 404)
            kind = _kind_of(credential)
            if kind not in (*_ON_SERVER, *_BY_AGENTS):
                return _refused(f"Credential connection '{kind}' not supported")
        folder = legacy.assemblies.island("ansible")
        file = os.path.normpath(os.path.join(folder, path.replace("\\", "/").strip("/")))
        if not file.startswith(folder):
            return _refused("invalid path")
        if not os.path.isfile(file):
            return _refused("Playbook not found", 404)
        document = read_document(file, "ansible")
        overrides = {**overrides_of(data.get("variable_values")), **_secrets_of(legacy, credential)}
        return jsonify({"results": [run_on(host, path, document, file, overrides, credential) for host in hostnames]})

    return blueprint


def _credential_id(data):
    """None where no credential counts."""
    given = data.get("credential_id")
    wanted = int(given) if given not in (None, "", "null") else 0
    account = data.get("use_service_account")
    uses_account = wanted <= 0 if account is None else bool(account)
    return None if uses_account or wanted <= 0 else wanted


def _kind_of(credential):
    return (credential["connection_type"] or "").strip().lower() or "ssh"


def _secrets_of(legacy, credential):
    """Legacy quirk: what these hold is sent to everyone, and the transport is never another."""
    if credential is None or _kind_of(credential) not in _BY_AGENTS:
        return {}
    return {
        "__borealis_winrm_username": credential["username"] or "",
        "__borealis_winrm_password": legacy.passwords.open(credential["password_encrypted"]),
        "__borealis_winrm_transport": "ntlm",
    }


def _refused(text, status=400):
    return jsonify({"error": text}), status
