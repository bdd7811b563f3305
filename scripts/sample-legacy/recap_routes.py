"""Recaps of playbook runs: reported, listed, read (contract: assemblies 9). Anyone may."""

import json
import os

from flask import Blueprint, jsonify, request

from recaps import listed_recap, shown_recap, tell_of_recap
from values import integer_or, now_seconds

DEFAULT_LIMIT = 50
_TEXTS = "run_id hostname agent_id playbook_path playbook_name status".split()
_NUMBERS = "scheduled_job_id scheduled_run_id activity_job_id started_ts finished_ts".split()
_NEWEST = "ORDER BY COALESCE(updated_at, created_at, 0) DESC, id DESC"


def routes(legacy):
    blueprint = Blueprint("recaps", __name__)
    database = legacy.database

    @blueprint.post("/api/ansible/recap/report")
    def report():
        data = request.get_json(silent=True) or {}
        texts = {name: (data.get(name) or "").strip() or None for name in _TEXTS}
        if texts["run_id"] is None:
            return jsonify({"error": "run_id is required"}), 400
        if texts["playbook_name"] is None:
            texts["playbook_name"] = os.path.basename(texts["playbook_path"] or "") or None
        numbers = {name: integer_or(data.get(name), None) for name in _NUMBERS}
        given = {**texts, **numbers, "recap_text": data.get("recap_text"), "recap_json": _stored_json(data)}
        try:
            with database.transaction() as connection:
                _keep(connection, given)
                _mirror_in_activity(connection, given)
                _mirror_in_run(connection, given)
            row = database.row("SELECT * FROM ansible_play_recaps WHERE run_id = ?", given["run_id"])
            recap = shown_recap(row)
            tell_of_recap(legacy.socketio, recap)
            return jsonify(recap)
        except Exception as error:  # noqa: BLE001 -- the legacy answers with the exception's text.
            return jsonify({"error": str(error)}), 500

    @blueprint.get("/api/ansible/recaps")
    def listed():
        hostname = request.args.get("hostname", "").strip()
        limit = integer_or(request.args.get("limit", DEFAULT_LIMIT), DEFAULT_LIMIT)
        condition, values = ("WHERE hostname = ?", (hostname,)) if hostname else ("", ())
        try:
            rows = database.rows(f"SELECT * FROM ansible_play_recaps {condition} {_NEWEST} LIMIT ?", *values, limit)
        except OverflowError as error:
            return jsonify({"error": str(error)}), 500
        return jsonify({"recaps": [listed_recap(row) for row in rows]})

    @blueprint.get("/api/ansible/recap/<int:recap_id>")
    def read(recap_id):
        try:
            row = database.row("SELECT * FROM ansible_play_recaps WHERE id = ?", recap_id)
            return jsonify(shown_recap(row)) if row else _missing()
        except (ValueError, OverflowError) as error:
            return jsonify({"error": str(error)}), 500

    @blueprint.get("/api/ansible/run_for_activity/<int:activity_id>")
    def run_for_activity(activity_id):
        try:
            row = database.row(f"SELECT * FROM ansible_play_recaps WHERE activity_job_id = ? {_NEWEST}", activity_id)
        except OverflowError as error:
            return jsonify({"error": str(error)}), 500
        return jsonify({"run_id": row["run_id"], "status": row["status"] or ""}) if row else _missing()

    return blueprint


def _missing():
    return jsonify({"error": "Not found"}), 404


def _stored_json(data):
    value = data.get("recap_json")
    if value is None:
        return None
    if not value:
        return "{}"
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
        return value
    except ValueError:
        return "{}"


def _keep(connection, given):
    """A new row, or what was given in the one that is there."""
    now, run_id = now_seconds(), given["run_id"]
    if connection.execute("SELECT 1 FROM ansible_play_recaps WHERE run_id = ?", (run_id,)).fetchone():
        sets = ", ".join(f"{name} = COALESCE(?, {name})" for name in given)
        connection.execute(
            f"UPDATE ansible_play_recaps SET {sets}, updated_at = ? WHERE run_id = ?", (*given.values(), now, run_id)
        )
        return
    row = {**given, "created_at": now, "updated_at": now}
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO ansible_play_recaps({names}) VALUES ({marks})", tuple(row.values()))


def _mirror_in_activity(connection, given):
    if given["activity_job_id"]:
        connection.execute(
            "UPDATE activity_history SET status = COALESCE(?, status), stdout = COALESCE(?, stdout) WHERE id = ?",
            (given["status"], given["recap_text"], given["activity_job_id"]),
        )


def _mirror_in_run(connection, given):
    """Legacy quirk: a report without a status ends the run as a success."""
    job_id, run_id = given["scheduled_job_id"], given["scheduled_run_id"]
    if not job_id or not run_id:
        return
    now, status = now_seconds(), given["status"] or "Success"
    if status.lower() == "running":
        connection.execute(
            """UPDATE scheduled_job_runs SET status = 'Running', started_ts = COALESCE(started_ts, ?), updated_at = ?
               WHERE id = ? AND job_id = ?""",
            (given["started_ts"] or now, now, run_id, job_id),
        )
        return
    connection.execute(
        """UPDATE scheduled_job_runs SET status = ?, finished_ts = COALESCE(?, finished_ts, ?), updated_at = ?
           WHERE id = ? AND job_id = ?""",
        (status, given["finished_ts"], now, now, run_id, job_id),
    )
