"""Looking up the build that an agent runs, in memory and then in the table. Anyone may ask."""

from flask import Blueprint, jsonify, request

from values import agent_guid


def routes(legacy):
    blueprint = Blueprint("hashes", __name__)

    @blueprint.get("/api/agent/hash")
    def agent_hash():
        guid = agent_guid(request.args.get("agent_guid"))
        agent_id = (request.args.get("agent_id") or request.args.get("id") or "").strip()
        found = (guid and _by_guid(legacy, guid)) or (agent_id and _by_agent_id(legacy, agent_id))
        if not found:
            return jsonify({"error": "agent hash not found"}), 404
        return jsonify({name: value for name, value in found.items() if value is not None})

    return blueprint


def _by_guid(legacy, guid):
    for agent_id, entry in legacy.registry.entries.items():
        if entry.get("agent_guid") == guid:
            if entry.get("agent_hash"):
                return _from_memory(agent_id, entry)
            break
    row = legacy.database.row("SELECT * FROM devices WHERE LOWER(guid) = ?", guid.lower())
    return row and _from_row(row, row["agent_id"] or None)


def _by_agent_id(legacy, agent_id):
    entry = legacy.registry.entries.get(agent_id)
    if entry and entry.get("agent_hash"):
        return _from_memory(agent_id, entry)
    cut = agent_id.lower().find("-agent", 1)
    row = None
    if cut > 0:
        row = legacy.database.row(
            """SELECT * FROM devices WHERE LOWER(hostname) = ?
               ORDER BY LOWER(COALESCE(agent_id, '')) = ? DESC, rowid""",
            agent_id[:cut].lower(),
            agent_id.lower(),
        )
    row = row or legacy.database.row("SELECT * FROM devices WHERE agent_id = ?", agent_id)
    return _from_row(row, agent_id) if row and (row["agent_hash"] or "").strip() else None


def _from_memory(agent_id, entry):
    return {
        "agent_id": agent_id,
        "agent_hash": entry["agent_hash"],
        "agent_guid": entry.get("agent_guid"),
        "hostname": entry.get("hostname"),
        "source": "memory",
    }


def _from_row(row, agent_id):
    return {
        "agent_id": agent_id,
        "agent_hash": (row["agent_hash"] or "").strip(),
        "agent_guid": agent_guid(row["guid"]) or None,
        "hostname": row["hostname"],
        "source": "database",
    }
