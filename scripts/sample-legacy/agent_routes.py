"""What an enrolled device calls: script request, heartbeat and details (contract: agents-http 7.1 to 7.3)."""

import json
import uuid

from flask import Blueprint, g, jsonify, request

import device_rows
from device_auth import device_only
from values import agent_guid, canonical_guid, iso, now_seconds

HEARTBEAT_MS = 15000
SCRIPT_MS = 30000
QUARANTINED_SCRIPT_MS = 60000


def routes(legacy):
    blueprint = Blueprint("agents", __name__)
    admitted = device_only(legacy)

    @blueprint.post("/api/agent/script/request")
    @admitted
    def script_request():
        quarantined = g.device.quarantined
        return jsonify(
            {
                "status": "quarantined" if quarantined else "idle",
                "poll_after_ms": QUARANTINED_SCRIPT_MS if quarantined else SCRIPT_MS,
                "sig_alg": "ed25519",
                "signing_key": legacy.material.signing_key,
            }
        )

    @blueprint.post("/api/agent/heartbeat")
    @admitted
    def heartbeat():
        data = request.get_json(force=True, silent=True) or {}
        changes = _heartbeat_changes(data)
        with legacy.database.transaction() as connection:
            _write_heartbeat(connection, g.device.guid, changes)
        return jsonify({"status": "ok", "poll_after_ms": HEARTBEAT_MS})

    @blueprint.post("/api/agent/details")
    @admitted
    def details():
        data = request.get_json(silent=True) or {}
        document = data.get("details")
        hostname = data.get("hostname")
        if not hostname and isinstance(document, dict):
            hostname = (document.get("summary") or {}).get("hostname")
        if not hostname or not isinstance(document, dict):
            return jsonify({"error": "invalid payload"}), 400
        try:
            return _store_details(legacy, data, hostname, document)
        except Exception as error:  # noqa: BLE001 -- the legacy answers with the exception's text.
            return jsonify({"error": str(error)}), 500

    return blueprint


def _heartbeat_changes(data):
    """Columns that the body sets, besides the clock."""
    changes = {"last_seen": now_seconds()}
    hostname = data.get("hostname")
    if isinstance(hostname, str) and hostname.strip():
        changes["hostname"] = hostname.strip()
    inventory = data.get("inventory")
    for name in (*device_rows.LISTS, "cpu") if isinstance(inventory, dict) else ():
        if inventory.get(name) is not None:
            changes[name] = json.dumps(inventory[name])
    metrics = data.get("metrics") if isinstance(data.get("metrics"), dict) else {}
    for name in ("last_user", "operating_system"):
        if metrics.get(name):
            changes[name] = str(metrics[name])
    if metrics.get("uptime") is not None:
        try:
            changes["uptime"] = int(metrics["uptime"])
        except (TypeError, ValueError, OverflowError):
            pass
    for name in ("external_ip", "internal_ip", "device_type"):
        if data.get(name):
            changes[name] = str(data[name])
    return changes


def _write_heartbeat(connection, guid, changes):
    canonical = canonical_guid(guid)
    rows = connection.execute("SELECT guid FROM devices WHERE UPPER(guid) = ?", (canonical,)).fetchall()
    guids = [row["guid"] for row in rows]
    stored = guid if guid in guids or not guids else guids[0]
    taken = "hostname" in changes and connection.execute(
        "SELECT 1 FROM devices WHERE hostname = ? AND guid IS NOT ?", (changes["hostname"], stored)
    ).fetchone()
    if taken:
        del changes["hostname"]
    columns = ", ".join(f"{name} = ?" for name in changes)
    connection.execute(f"UPDATE devices SET {columns} WHERE guid = ?", (*changes.values(), stored))
    if stored != canonical and canonical not in guids:
        # Legacy quirk: the row takes the canonical spelling, which its device's token does not have.
        connection.execute("UPDATE devices SET guid = ? WHERE guid = ?", (canonical, stored))


def _store_details(legacy, data, hostname, document):
    device = g.device
    guid = agent_guid(device.guid)
    agent_hash = data["agent_hash"].strip() if isinstance(data.get("agent_hash"), str) else ""
    with legacy.database.transaction() as connection:
        row = device_rows.find_by_hostname(connection, hostname)
        if row is not None and row["guid"] and agent_guid(row["guid"]) != guid:
            return jsonify({"error": "guid_mismatch"}), 403
        document = {**document, "summary": _completed(legacy, data, hostname, document, agent_hash, device, row)}
        merged = deep_merge(device_rows.stored_document(row), document)
        device_rows.upsert(
            connection,
            hostname,
            merged,
            description=(row["description"] if row else "") or "",
            created_at=row["created_at"] if row else None,
            agent_hash=agent_hash or (row["agent_hash"] if row else None),
            guid=guid,
        )
        record_key(connection, guid, device.fingerprint)
    legacy.registry.learn_details(merged["summary"], hostname, agent_hash or None, guid)
    return jsonify({"status": "ok"})


def _completed(legacy, data, hostname, document, agent_hash, device, row):
    """The sent summary with what the call itself tells."""
    summary = document.get("summary", {})
    if data.get("agent_id") and not summary.get("agent_id"):
        summary["agent_id"] = data["agent_id"]
    if not summary.get("hostname"):
        summary["hostname"] = hostname
    if agent_hash:
        summary["agent_hash"] = agent_hash
    summary["agent_guid"] = device.guid
    if not summary.get("last_seen"):
        entry = legacy.registry.entries.get(summary.get("agent_id")) or {}
        summary["last_seen"] = entry.get("last_seen") or (row["last_seen"] if row else None)
    return summary


def deep_merge(base, changes):
    """Objects merge at every depth, lists replace when not empty, null and the empty text are skipped."""
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict):
            merged[key] = deep_merge(merged.get(key) or {}, value)
        elif value or (value not in (None, "") and not isinstance(value, list)):
            merged[key] = value
    return merged


def record_key(connection, guid, fingerprint):
    """The key the device called with, on its row and among its keys."""
    now = iso()
    connection.execute(
        "UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = COALESCE(key_added_at, ?) WHERE guid = ?",
        (fingerprint, now, guid),
    )
    record_device_key(connection, guid, fingerprint, now)


def record_device_key(connection, guid, fingerprint, now):
    connection.execute(
        "INSERT OR IGNORE INTO device_keys(id, guid, ssl_key_fingerprint, added_at) VALUES (?, ?, ?, ?)",
        (str(uuid.uuid4()), guid, fingerprint, now),
    )
