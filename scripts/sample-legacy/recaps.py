"""Recaps of playbook runs: how they are shown, and what everyone is told of them (contract: assemblies 9)."""

import json

_TEXTS = "run_id hostname agent_id playbook_path playbook_name status recap_text".split()
_NUMBERS = "id scheduled_job_id scheduled_run_id activity_job_id started_ts finished_ts created_at updated_at".split()
_LISTED = "id run_id hostname playbook_name status created_at updated_at started_ts finished_ts".split()


def shown_recap(row):
    """Raises ValueError when the stored JSON is none."""
    text = (row["recap_json"] or "").strip()
    shown = {**{name: row[name] or "" for name in _TEXTS}, **{name: row[name] for name in _NUMBERS}}
    return {**shown, "recap_json": json.loads(text) if text else None}


def listed_recap(row):
    return {name: (row[name] or "") if name in _TEXTS else row[name] for name in _LISTED}


def tell_of_recap(socketio, recap):
    """To everyone: the recap as it is shown, and that its activity changed."""
    socketio.emit("ansible_recap_update", recap)
    if recap["activity_job_id"]:
        news = {"hostname": recap["hostname"], "activity_id": recap["activity_job_id"], "status": recap["status"]}
        socketio.emit("device_activity_changed", {**news, "change": "updated", "source": "ansible"})
