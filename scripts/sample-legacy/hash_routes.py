"""The builds that agents run: looked up in memory and then in the table, reported, listed (contract: agents-http 8). Anyone may ask."""

from flask import Blueprint, jsonify, request

import device_rows
from values import agent_guid


def routes(legacy):
    blueprint = Blueprint("hashes", __name__)

    @blueprint.route("/api/agent/hash", methods=["GET", "POST"])
    def agent_hash():
        # Legacy quirk: HEAD, which comes with GET, is taken for a report.
        return _look_up(legacy) if request.method == "GET" else _report(legacy)

    @blueprint.get("/api/agent/hash_list")
    def hash_list():
        return jsonify({"agents": _listed(legacy)})

    return blueprint


def _look_up(legacy):
    guid = agent_guid(request.args.get("agent_guid"))
    agent_id = (request.args.get("agent_id") or request.args.get("id") or "").strip()
    if not guid and not agent_id:
        data = request.get_json(silent=True) or {}
        guid = agent_guid(data.get("agent_guid"))
        agent_id = (data.get("agent_id") or data.get("id") or "").strip()
    found = (guid and _by_guid(legacy, guid)) or (agent_id and _by_agent_id(legacy, agent_id))
    if not found:
        return jsonify({"error": "agent hash not found"}), 404
    return jsonify({name: value for name, value in found.items() if value is not None})


def _report(legacy):
    data = request.get_json(silent=True) or {}
    agent_id, agent_hash, guid = ((data.get(name) or "").strip() for name in ("agent_id", "agent_hash", "agent_guid"))
    guid = agent_guid(guid)
    if not agent_hash or not (agent_id or guid):
        return jsonify({"error": "agent_hash and agent_guid or agent_id required"}), 400
    try:
        return jsonify(_store(legacy, agent_id, agent_hash, guid))
    except Exception:  # noqa: BLE001 -- the legacy tells no more.
        return jsonify({"error": "internal error"}), 500


def _store(legacy, agent_id, agent_hash, guid):
    row = guid and legacy.database.row("SELECT * FROM devices WHERE LOWER(guid) = ?", guid.lower())
    if not row and not agent_id:
        return {"status": "ignored", "agent_guid": guid, "agent_hash": agent_hash}
    row = row or _row_of_host(legacy, agent_id)
    if not row:
        return {"status": "ignored", "agent_id": agent_id, "agent_hash": agent_hash}
    guid = guid or agent_guid(row["guid"])
    document = device_rows.stored_document(row)
    if agent_id:
        document["summary"]["agent_id"] = agent_id
    with legacy.database.transaction() as connection:
        device_rows.upsert(
            connection,
            row["hostname"],
            document,
            description=row["description"] or "",
            created_at=row["created_at"],
            agent_hash=agent_hash,
            guid=guid,
        )
    agent_id = agent_id or (row["agent_id"] or "").strip()
    legacy.registry.learn_hash(agent_id, row["hostname"], agent_hash, guid)
    told = {"agent_id": agent_id, "hostname": row["hostname"], "agent_guid": guid}
    return {"status": "ok", "agent_hash": agent_hash, **{name: value for name, value in told.items() if value}}


def _listed(legacy):
    """Rows, then entries; those that share an id, a guid or a hostname are one record."""
    records = []
    for row in legacy.database.rows("SELECT * FROM devices"):
        _merge(records, _from_row(row, row["agent_id"] or None))
    for agent_id, entry in legacy.registry.entries.items():
        if not legacy.registry.is_hidden_helper(agent_id, entry):
            _merge(records, _from_memory(agent_id, entry))
    shown = [{name: value or None for name, value in record.items()} for record in records]
    return sorted(shown, key=lambda record: [(record[name] or "").lower() for name in ("hostname", "agent_id")])


def _merge(records, new):
    def shares(record):
        names = ("agent_id", "agent_guid", "hostname")
        return any(new[name] and (record[name] or "").lower() == new[name].lower() for name in names)

    known = next((record for record in records if shares(record)), None)
    if known is None:
        records.append(new)
        return
    for name, value in new.items():
        known[name] = known[name] or value
    if new["source"] == "memory":
        known["agent_hash"] = new["agent_hash"] or known["agent_hash"]
        known["source"] = "memory"


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
    row = _row_of_host(legacy, agent_id)
    row = row or legacy.database.row("SELECT * FROM devices WHERE agent_id = ?", agent_id)
    return _from_row(row, agent_id) if row and (row["agent_hash"] or "").strip() else None


def _row_of_host(legacy, agent_id):
    """The row of the host that the agent id begins with; of several, one of the id itself."""
    cut = agent_id.lower().find("-agent", 1)
    if cut < 1:
        return None
    return legacy.database.row(
        """SELECT * FROM devices WHERE LOWER(hostname) = ?
           ORDER BY LOWER(COALESCE(agent_id, '')) = ? DESC, rowid""",
        agent_id[:cut].lower(),
        agent_id.lower(),
    )


def _from_memory(agent_id, entry):
    return {
        "agent_id": agent_id,
        "agent_hash": entry.get("agent_hash"),
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
