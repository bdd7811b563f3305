"""Scheduled jobs, their runs and their devices (contract: scheduler 2 to 5). Nothing here dispatches."""

import json
from datetime import datetime

from flask import Blueprint, jsonify, request

from job_view import shown_job, targets_of
from values import integer_or, now_seconds

_RUN = "id scheduled_ts started_ts finished_ts".split()
_LINK = "component_kind script_type component_path component_name".split()


def routes(legacy):
    blueprint = Blueprint("jobs", __name__)
    database = legacy.database

    def guarded(work):
        """What fails once the request has been read is told in JSON, with Python's own words."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            return jsonify({"error": str(error)}), 500

    def one(job_id):
        with database.transaction() as connection:
            row = connection.execute("SELECT * FROM scheduled_jobs WHERE id = ?", (job_id,)).fetchone()
            return (jsonify({"job": shown_job(connection, row)}), 200) if row else _missing()

    def write(sql, *params):
        with database.transaction() as connection:
            return connection.execute(sql, params)

    @blueprint.get("/api/scheduled_jobs")
    def listed():
        def work():
            with database.transaction() as connection:
                rows = connection.execute("SELECT * FROM scheduled_jobs ORDER BY created_at DESC, id").fetchall()
                return jsonify({"jobs": [shown_job(connection, row) for row in rows]})

        return guarded(work)

    @blueprint.post("/api/scheduled_jobs")
    def create():
        fields = _new_job(_body())
        if not (fields["name"] and json.loads(fields["components_json"]) and json.loads(fields["targets_json"])):
            return jsonify({"error": "name, components, targets required"}), 400
        now = now_seconds()
        fields = {**fields, "created_at": now, "updated_at": now}
        names, marks = ", ".join(fields), ", ".join("?" for _ in fields)
        sql = f"INSERT INTO scheduled_jobs({names}) VALUES ({marks})"
        return guarded(lambda: one(write(sql, *fields.values()).lastrowid))

    @blueprint.get("/api/scheduled_jobs/<int:job_id>")
    def read(job_id):
        return guarded(lambda: one(job_id))

    @blueprint.put("/api/scheduled_jobs/<int:job_id>")
    def change(job_id):
        fields = _changed_job(_body())
        if not fields:
            return jsonify({"error": "no fields to update"}), 400
        return guarded(lambda: update(job_id, fields))

    @blueprint.post("/api/scheduled_jobs/<int:job_id>/toggle")
    def toggle(job_id):
        enabled = int(bool(_body().get("enabled", True)))
        return guarded(lambda: update(job_id, {"enabled": enabled}))

    def update(job_id, fields):
        fields = {**fields, "updated_at": now_seconds()}
        sets = ", ".join(f"{name} = ?" for name in fields)
        changed = write(f"UPDATE scheduled_jobs SET {sets} WHERE id = ?", *fields.values(), job_id).rowcount
        return one(job_id) if changed else _missing()

    @blueprint.delete("/api/scheduled_jobs/<int:job_id>")
    def delete(job_id):
        def work():
            deleted = write("DELETE FROM scheduled_jobs WHERE id = ?", job_id).rowcount
            return (jsonify({"status": "ok"}), 200) if deleted else _missing()

        return guarded(work)

    @blueprint.get("/api/scheduled_jobs/<int:job_id>/runs")
    def runs(job_id):
        retention = legacy.settings.job_history_days
        days = max(1, integer_or(request.args.get("days", retention), retention))

        def work():
            found = database.rows(
                """SELECT * FROM scheduled_job_runs
                   WHERE job_id = ? AND COALESCE(finished_ts, started_ts, scheduled_ts, 0) >= ?
                   ORDER BY COALESCE(started_ts, scheduled_ts, 0) DESC, id DESC LIMIT 500""",
                job_id,
                now_seconds() - days * 86400,
            )
            return jsonify({"runs": [_shown_run(row) for row in found]})

        return guarded(work)

    @blueprint.delete("/api/scheduled_jobs/<int:job_id>/runs")
    def clear(job_id):
        def work():
            latest = database.row("SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ?", job_id)[0]
            if not latest:
                return jsonify({"status": "ok", "cleared": 0})
            older = "DELETE FROM scheduled_job_runs WHERE job_id = ? AND COALESCE(scheduled_ts, 0) < ?"
            cleared = write(older, job_id, latest).rowcount
            return jsonify({"status": "ok", "cleared": cleared, "kept_occurrence": latest})

        return guarded(work)

    @blueprint.get("/api/scheduled_jobs/<int:job_id>/devices")
    def devices(job_id):
        def work():
            asked = request.args.get("occurrence")
            occurrence = int(asked) if asked else None
            job = database.row("SELECT targets_json FROM scheduled_jobs WHERE id = ?", job_id)
            if job is None:
                return _missing()
            if occurrence is None:
                latest = "SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ?"
                occurrence = database.row(latest, job_id)[0] or None
            shown = [_device(legacy, job_id, occurrence, host) for host in targets_of(job["targets_json"])]
            return jsonify({"occurrence": occurrence, "devices": shown})

        return guarded(work)

    return blueprint


def _missing():
    return jsonify({"error": "not found"}), 404


def _body():
    return request.get_json(silent=True) or {}


def _new_job(data):
    duration = data.get("duration") or {}
    return {
        "name": (data.get("name") or "").strip(),
        "components_json": json.dumps(data.get("components") or []),
        "targets_json": json.dumps(data.get("targets") or []),
        **_schedule(data),
        "duration_stop_enabled": int(bool(duration.get("stopAfterEnabled") or data.get("duration_stop_enabled"))),
        "expiration": duration.get("expiration") or data.get("expiration") or "no_expire",
        "execution_context": _context(data),
        "credential_id": integer_or(data.get("credential_id"), None),
        "enabled": int(bool(data.get("enabled", True))),
    }


def _changed_job(data):
    """Only what the request names; whoever names the type sets the start too."""
    duration, fields = data.get("duration") or {}, {}
    if "name" in data:
        fields["name"] = (data.get("name") or "").strip()
    for name in ("components", "targets"):
        if name in data:
            fields[f"{name}_json"] = json.dumps(data.get(name) or [])
    if "schedule" in data or "schedule_type" in data:
        fields.update(_schedule(data))
    if "duration" in data or "duration_stop_enabled" in data:
        stops = duration.get("stopAfterEnabled") or data.get("duration_stop_enabled")
        fields["duration_stop_enabled"] = int(bool(stops))
    if "expiration" in data or "expiration" in duration:
        fields["expiration"] = duration.get("expiration") or data.get("expiration") or "no_expire"
    if "execution_context" in data:
        fields["execution_context"] = _context(data)
    if "credential_id" in data:
        fields["credential_id"] = integer_or(data["credential_id"], None)
    if "enabled" in data:
        fields["enabled"] = int(bool(data["enabled"]))
    return fields


def _schedule(data):
    schedule = data.get("schedule", {})
    kind = (schedule.get("type") or data.get("schedule_type") or "immediately").strip().lower()
    return {"schedule_type": kind, "start_ts": _start(schedule.get("start") or data.get("start"))}


def _context(data):
    return (data.get("execution_context") or "system").strip().lower()


def _start(value):
    """Epoch seconds; texts without a zone are local time."""
    if not value:
        return None
    if isinstance(value, (int, float)):
        return int(value)
    try:
        return int(datetime.fromisoformat(str(value).strip().replace("Z", "+00:00")).timestamp())
    except ValueError:
        return None


def _shown_run(row):
    return {**{name: row[name] for name in _RUN}, "status": row["status"] or "", "error": row["error"] or ""}


def _device(legacy, job_id, occurrence, host):
    database = legacy.database
    run = database.row(
        """SELECT * FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ? AND target_hostname = ?
           ORDER BY id DESC LIMIT 1""",
        *(job_id, occurrence, host),
    )
    site = database.row(
        "SELECT s.name FROM device_sites d JOIN sites s ON s.id = d.site_id WHERE d.device_hostname = ?", host
    )
    activities = _activities(database, run["id"]) if run else []
    return {
        "hostname": host,
        "online": legacy.registry.collects(host),
        "site": site["name"] if site else "",
        "job_status": (run["status"] if run else None) or "Pending",
        "ran_on": (run["started_ts"] or run["finished_ts"]) if run else None,
        "activities": activities,
        "has_stdout": any(activity["has_stdout"] for activity in activities),
        "has_stderr": any(activity["has_stderr"] for activity in activities),
    }


def _activities(database, run_id):
    rows = database.rows(
        """SELECT l.*, a.stdout, a.stderr FROM scheduled_job_run_activity l
           LEFT JOIN activity_history a ON a.id = l.activity_id WHERE l.run_id = ? ORDER BY l.id""",
        run_id,
    )
    return [
        {
            "activity_id": row["activity_id"],
            **{name: row[name] or "" for name in _LINK},
            "has_stdout": bool(row["stdout"]),
            "has_stderr": bool(row["stderr"]),
        }
        for row in rows
    ]
