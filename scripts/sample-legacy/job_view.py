"""A scheduled job as it is shown: what is stored, what its runs come to, and when it runs next (contract: scheduler 2)."""

import json

from next_run import next_run
from values import now_seconds

_COUNTED = {
    "Running": "running",
    "Success": "success",
    "Failed": "failed",
    "Expired": "expired",
    "Timed Out": "timed_out",
}


def shown_job(connection, row):
    latest = connection.execute(
        "SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ?", (row["id"],)
    ).fetchone()[0]
    latest = latest or None
    runs = connection.execute(
        "SELECT status FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ?", (row["id"], latest)
    ).fetchall()
    statuses = [run["status"] for run in runs]
    targets = json.loads(row["targets_json"] or "[]")
    return {
        "id": row["id"],
        "name": row["name"],
        "components": json.loads(row["components_json"] or "[]"),
        "targets": targets,
        "schedule_type": row["schedule_type"] or "immediately",
        "start_ts": row["start_ts"],
        "duration_stop_enabled": bool(row["duration_stop_enabled"]),
        "expiration": row["expiration"] or "no_expire",
        "execution_context": row["execution_context"] or "system",
        "credential_id": row["credential_id"],
        "enabled": bool(row["enabled"]),
        "created_at": row["created_at"] or 0,
        "updated_at": row["updated_at"] or 0,
        "latest_occurrence": latest,
        "last_run_ts": latest,
        "last_status": _last_status(statuses, row["start_ts"]),
        "result_counts": _counts(statuses, targets, latest),
        "next_run_ts": next_run(row["schedule_type"], row["start_ts"], latest, now_seconds()),
    }


def targets_of(stored):
    """Hosts as text; broken JSON names none."""
    try:
        members = json.loads(stored or "[]") or []
    except ValueError:
        members = []
    return [str(member) for member in members if isinstance(member, (str, int))]


def _last_status(statuses, start):
    for status in ("Running", "Timed Out", "Expired", "Success"):
        if status in statuses:
            return status
    return "Scheduled" if start else ""


def _counts(statuses, targets, latest):
    counts = {name: statuses.count(status) for status, name in _COUNTED.items()}
    total = len(targets) if targets is not None else 0
    pending = max(0, total - sum(counts.values())) if latest else 0
    return {**counts, "pending": pending, "total_targets": total}
