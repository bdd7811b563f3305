"""Sites and which device belongs to which. None of it asks who is calling."""

import sqlite3

from flask import Blueprint, jsonify, request

from values import integer_or, now_seconds

_SITES = """SELECT s.id, s.name, s.description, s.created_at,
                   (SELECT COUNT(*) FROM device_sites d WHERE d.site_id = s.id) AS device_count
            FROM sites s"""


def _site(row):
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"] or "",
        "created_at": row["created_at"] or 0,
        "device_count": row["device_count"],
    }


def _refused(text, status=400):
    return jsonify({"error": text}), status


def routes(legacy):
    blueprint = Blueprint("sites", __name__)
    database = legacy.database

    def body():
        return request.get_json(silent=True) or {}

    @blueprint.get("/api/sites")
    def listed():
        return jsonify({"sites": [_site(row) for row in database.rows(f"{_SITES} ORDER BY LOWER(s.name)")]})

    @blueprint.post("/api/sites")
    def make():
        data = body()
        name, description = (data.get("name") or "").strip(), (data.get("description") or "").strip()
        if not name:
            return _refused("name is required")
        try:
            with database.transaction() as connection:
                site_id = connection.execute(
                    "INSERT INTO sites(name, description, created_at) VALUES (?, ?, ?)",
                    (name, description, now_seconds()),
                ).lastrowid
        except sqlite3.IntegrityError:
            return _refused("name already exists", 409)
        return jsonify(_site(database.row(f"{_SITES} WHERE s.id = ?", site_id)))

    @blueprint.post("/api/sites/rename")
    def rename():
        data = body()
        name, site_id = (data.get("new_name") or "").strip(), integer_or(data.get("id"), None)
        if site_id is None:
            return _refused("invalid id")
        if not name:
            return _refused("new_name is required")
        try:
            with database.transaction() as connection:
                changed = connection.execute("UPDATE sites SET name = ? WHERE id = ?", (name, site_id)).rowcount
        except sqlite3.IntegrityError:
            return _refused("name already exists", 409)
        if not changed:
            return _refused("site not found", 404)
        return jsonify(_site(database.row(f"{_SITES} WHERE s.id = ?", site_id)))

    @blueprint.post("/api/sites/delete")
    def delete():
        ids = body().get("ids") or []
        if not isinstance(ids, list) or not all(isinstance(i, (int, str)) for i in ids):
            return _refused("ids must be a list")
        wanted = [number for number in (integer_or(i, None) for i in ids) if number is not None]
        marks = ", ".join("?" for _ in wanted)
        with database.transaction() as connection:
            connection.execute(f"DELETE FROM device_sites WHERE site_id IN ({marks})", wanted)
            deleted = connection.execute(f"DELETE FROM sites WHERE id IN ({marks})", wanted).rowcount
        return jsonify({"status": "ok", "deleted": deleted})

    @blueprint.post("/api/sites/assign")
    def assign():
        data = body()
        site_id, hostnames = integer_or(data.get("site_id"), None), data.get("hostnames") or []
        if site_id is None:
            return _refused("invalid site_id")
        if not isinstance(hostnames, list) or not all(isinstance(h, str) and h.strip() for h in hostnames):
            return _refused("hostnames must be a list of strings")
        try:
            with database.transaction() as connection:
                if connection.execute("SELECT 1 FROM sites WHERE id = ?", (site_id,)).fetchone() is None:
                    return _refused("site not found", 404)
                connection.executemany(
                    """INSERT INTO device_sites(device_hostname, site_id, assigned_at) VALUES (?, ?, ?)
                       ON CONFLICT(device_hostname) DO UPDATE
                       SET site_id = excluded.site_id, assigned_at = excluded.assigned_at""",
                    [(hostname.strip(), site_id, now_seconds()) for hostname in hostnames],
                )
        except OverflowError as error:
            return _refused(str(error), 500)
        return jsonify({"status": "ok"})

    @blueprint.get("/api/sites/device_map")
    def device_map():
        asked = {part.strip() for part in request.args.get("hostnames", "").split(",")} - {""}
        rows = database.rows(
            """SELECT d.device_hostname AS hostname, s.id, s.name FROM device_sites d
               JOIN sites s ON s.id = d.site_id"""
        )
        mapping = {
            row["hostname"]: {"site_id": row["id"], "site_name": row["name"]}
            for row in rows
            if not asked or row["hostname"] in asked
        }
        return jsonify({"mapping": mapping})

    return blueprint
