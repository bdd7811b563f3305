"""What was run on a device (contract: operators 8). Anyone may read and clear it."""

from flask import Blueprint, jsonify

_LISTED = "id script_name script_path script_type ran_at status".split()


def routes(legacy):
    blueprint = Blueprint("activity", __name__)
    database = legacy.database

    @blueprint.get("/api/device/activity/<hostname>")
    def history(hostname):
        rows = database.rows(
            "SELECT * FROM activity_history WHERE hostname = ? ORDER BY ran_at DESC, id DESC", hostname
        )
        return jsonify(
            {
                "history": [
                    {
                        **{name: row[name] for name in _LISTED},
                        "has_stdout": bool(row["stdout"]),
                        "has_stderr": bool(row["stderr"]),
                    }
                    for row in rows
                ]
            }
        )

    @blueprint.delete("/api/device/activity/<hostname>")
    def clear(hostname):
        with database.transaction() as connection:
            connection.execute("DELETE FROM activity_history WHERE hostname = ?", (hostname,))
        return jsonify({"status": "ok"})

    @blueprint.get("/api/device/activity/job/<int:job_id>")
    def one(job_id):
        try:
            row = database.row("SELECT * FROM activity_history WHERE id = ?", job_id)
        except OverflowError as error:
            return jsonify({"error": str(error)}), 500
        if row is None:
            return jsonify({"error": "Not found"}), 404
        shown = {name: row[name] for name in (*_LISTED, "hostname")}
        return jsonify({**shown, "stdout": row["stdout"] or "", "stderr": row["stderr"] or ""})

    return blueprint
