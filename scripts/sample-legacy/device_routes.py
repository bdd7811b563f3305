"""Reading devices as the web interface does, and removing those that have no agent."""

from flask import Blueprint, jsonify, request

import device_rows
from values import agent_guid

_DETAILS = (
    "details summary description created_at agent_hash agent_guid memory network software storage cpu device_type domain"
    " external_ip internal_ip last_reboot last_seen last_user operating_system uptime agent_id"
).split()


def routes(legacy, operators):
    blueprint = Blueprint("devices", __name__)
    database = legacy.database

    def listed(where="", *params):
        sites = {
            row["device_hostname"]: row
            for row in database.rows(
                """SELECT d.device_hostname, s.id, s.name, s.description FROM device_sites d
                   JOIN sites s ON s.id = d.site_id"""
            )
        }
        rows = database.rows(f"SELECT * FROM devices {where} ORDER BY rowid", *params)
        return [device_rows.listed_device(row, sites.get(row["hostname"])) for row in rows]

    @blueprint.get("/api/devices")
    def devices():
        return jsonify({"devices": listed()})

    @blueprint.get("/api/agent_devices")
    @operators.admin_only
    def agent_devices():
        return jsonify({"devices": listed("WHERE TRIM(COALESCE(connection_type, '')) = ''")})

    @blueprint.get("/api/devices/<guid>")
    def device(guid):
        found = listed("WHERE LOWER(guid) = ?", agent_guid(guid).lower())
        if not found:
            return jsonify({"error": "not found"}), 404
        return jsonify(found[0])

    @blueprint.get("/api/device/details/<hostname>")
    def details(hostname):
        row = database.row("SELECT * FROM devices WHERE hostname = ?", hostname)
        if row is None:
            return jsonify({})
        shown = device_rows.device_object(row)
        return jsonify({name: shown[name] for name in _DETAILS})

    @blueprint.post("/api/device/description/<hostname>")
    def describe(hostname):
        """An unknown hostname gets a row, and an empty text keeps the old one: both as the legacy does."""
        data = request.get_json(silent=True) or {}
        text = (data.get("description") or "").strip()
        with database.transaction() as connection:
            device_rows.rewrite(connection, hostname, description=text)
        return jsonify({"status": "ok"})

    @blueprint.delete("/api/<any(ssh, winrm):kind>_devices/<hostname>")
    @operators.admin_only
    def remove_remote(kind, hostname):
        hostname = hostname.strip()
        with database.transaction() as connection:
            row = device_rows.find_by_hostname(connection, hostname)
            if row is None or (row["connection_type"] or "").strip().lower() != kind:
                return jsonify({"error": "device not found"}), 404
            connection.execute("DELETE FROM device_sites WHERE device_hostname = ?", (hostname,))
            connection.execute("DELETE FROM devices WHERE hostname = ?", (hostname,))
        return jsonify({"status": "ok"})

    return blueprint
