"""Running a script on some hosts now (contract: assemblies 6). Hosts are told one by one, so a bad one leaves the earlier ones told."""

import re

from flask import Blueprint, jsonify, request

from assemblies import SCRIPTS, read_document
from orders import add_activity, script_payload
from script_variables import overrides_of
from values import now_seconds


def routes(legacy):
    blueprint = Blueprint("quick_runs", __name__)
    assemblies = legacy.assemblies

    def tell(hostname, activity, payload):
        legacy.socketio.emit("quick_job_run", {"job_id": activity, "target_hostname": hostname, **payload})
        change = {"hostname": str(hostname), "activity_id": activity, "change": "created", "source": "quick_job"}
        legacy.socketio.emit("device_activity_changed", change)

    @blueprint.post("/api/scripts/quick_run")
    def quick_run():
        data = request.get_json(silent=True) or {}
        path = (data.get("script_path") or "").strip()
        run_mode = (data.get("run_mode") or "system").strip().lower()
        hostnames = data.get("hostnames")
        if not path or not isinstance(hostnames, list) or not hostnames:
            return jsonify({"error": "Missing script_path or hostnames[]"}), 400
        file = assemblies.file_of(assemblies.root, path) if _is_below_scripts(path) else None
        if file is None:
            return jsonify({"error": "Script not found"}), 404
        document = read_document(file, "powershell")
        if document["type"] != "powershell":
            kind = document["type"]
            error = f"Unsupported script type '{kind}'. Only powershell is supported for Quick Job currently."
            return jsonify({"error": error}), 400
        payload = script_payload(document, file, path, overrides_of(data.get("variable_values")), run_mode)
        now = now_seconds()
        results = []
        for hostname in hostnames:
            try:
                activity = add_activity(legacy.database, hostname, payload, now)
            except Exception as error:  # noqa: BLE001 -- the legacy answers with the driver's text.
                return jsonify({"error": f"DB insert failed: {error}"}), 500
            tell(hostname, activity, payload)
            results.append({"hostname": hostname, "job_id": activity, "status": "Running"})
        return jsonify({"results": results})

    return blueprint


def _is_below_scripts(path):
    return re.split(r"[/\\]", path.lstrip("/\\"), maxsplit=1)[0] == SCRIPTS
