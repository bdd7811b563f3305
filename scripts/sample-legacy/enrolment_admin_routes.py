"""Install codes and approvals, for operators with the role admin (contract: agents-http 9)."""

import secrets
import uuid
from datetime import datetime, timedelta, timezone

from flask import Blueprint, jsonify, request

import operators as operators_module
from enrolment_finish import HOSTNAME_LENGTH, HOSTNAME_TRIES
from values import canonical_guid, integer_or, iso

TTL_HOURS = (1, 3, 6, 12, 24)
MOST_USES = 10
_CODE_FIELDS = "id code expires_at created_by_user_id used_at used_by_guid max_uses use_count last_used_at".split()
_APPROVAL_FIELDS = (
    "id approval_reference guid hostname_claimed ssl_key_fingerprint_claimed enrollment_code_id status client_nonce"
    " server_nonce created_at updated_at approved_by_user_id approved_by_username"
).split()
_CODE_FILTERS = {
    "active": "WHERE use_count < max_uses AND expires_at > ?",
    "expired": "WHERE use_count < max_uses AND expires_at <= ?",
    "used": "WHERE use_count >= max_uses",
}


def routes(legacy, operators):
    blueprint = Blueprint("enrolment_admin", __name__, url_prefix="/api/admin")
    database = legacy.database

    def caller_id():
        name = (operators.caller() or ("",))[0]
        user = operators_module.find_user(database, name or "")
        return str(user["id"]) if user else name or "system"

    @blueprint.get("/enrollment-codes")
    @operators.admin_only
    def codes():
        where = _CODE_FILTERS.get(request.args.get("status"), "")
        params = [iso()] if "?" in where else []
        rows = database.rows(f"SELECT * FROM enrollment_install_codes {where} ORDER BY expires_at", *params)
        return jsonify({"codes": [{name: row[name] for name in _CODE_FIELDS} for row in rows]})

    @blueprint.post("/enrollment-codes")
    @operators.admin_only
    def make_code():
        data = request.get_json(force=True, silent=True) or {}
        hours = int(data.get("ttl_hours") or 1)
        if hours not in TTL_HOURS:
            return jsonify({"error": "invalid_ttl"}), 400
        uses = data.get("max_uses")
        uses = min(MOST_USES, max(1, integer_or(data.get("allowed_uses") if uses is None else uses, 2)))
        made = {
            "id": str(uuid.uuid4()),
            "code": "-".join(secrets.token_hex(2).upper() for _ in range(8)),
            "expires_at": iso(datetime.now(timezone.utc) + timedelta(hours=hours)),
            "max_uses": uses,
        }
        values = (made["id"], made["code"], made["expires_at"], caller_id(), uses)
        with database.transaction() as connection:
            connection.execute(
                """INSERT INTO enrollment_install_codes(id, code, expires_at, created_by_user_id, max_uses)
                   VALUES (?, ?, ?, ?, ?)""",
                values,
            )
            connection.execute(
                """INSERT INTO enrollment_install_codes_persistent(id, code, expires_at, created_by_user_id, max_uses, created_at)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                (*values, iso()),
            )
        return jsonify({**made, "use_count": 0, "last_used_at": None})

    @blueprint.delete("/enrollment-codes/<code_id>")
    @operators.admin_only
    def delete_code(code_id):
        with database.transaction() as connection:
            deleted = connection.execute(
                "DELETE FROM enrollment_install_codes WHERE id = ? AND use_count = 0", (code_id,)
            ).rowcount
            if not deleted:
                return jsonify({"error": "not_found"}), 404
            connection.execute(
                """UPDATE enrollment_install_codes_persistent
                   SET is_active = 0, archived_at = COALESCE(archived_at, ?) WHERE id = ?""",
                (iso(), code_id),
            )
        return jsonify({"status": "deleted"})

    @blueprint.get("/device-approvals")
    @operators.admin_only
    def approvals():
        status = (request.args.get("status") or "").strip().lower()
        where, params = ("", ()) if status in ("", "all") else ("WHERE LOWER(a.status) = ?", (status,))
        with database.transaction() as connection:
            rows = connection.execute(
                f"""SELECT a.*, u.username AS approved_by_username FROM device_approvals a
                    LEFT JOIN users u ON CAST(u.id AS TEXT) = a.approved_by_user_id
                      OR LOWER(u.username) = LOWER(a.approved_by_user_id) {where} ORDER BY a.created_at""",
                params,
            ).fetchall()
            return jsonify({"approvals": [_shown_approval(connection, row) for row in rows]})

    @blueprint.post("/device-approvals/<approval_id>/approve")
    @operators.admin_only
    def approve(approval_id):
        data = request.get_json(force=True, silent=True) or {}
        guid = data.get("guid")
        asked = data.get("conflict_resolution")
        resolution = asked.strip().lower() if isinstance(asked, str) else ""
        with database.transaction() as connection:
            row, refusal = _pending(connection, approval_id)
            if refusal:
                return refusal
            guid = canonical_guid(str(guid).strip()) if guid else canonical_guid(row["guid"])
            conflict = _conflict(connection, row["hostname_claimed"], guid)
            if conflict and conflict["fingerprint"] == row["ssl_key_fingerprint_claimed"].lower():
                guid, resolution = conflict["guid"], resolution or "auto_merge_fingerprint"
            elif conflict and resolution == "overwrite":
                guid = conflict["guid"]
            elif conflict and resolution != "coexist":
                return jsonify({"error": "conflict_resolution_required", "hostname": row["hostname_claimed"]}), 409
            _decide(connection, approval_id, "approved", guid, caller_id())
        return jsonify({"status": "approved", **({"conflict_resolution": resolution} if resolution else {})})

    @blueprint.post("/device-approvals/<approval_id>/deny")
    @operators.admin_only
    def deny(approval_id):
        with database.transaction() as connection:
            row, refusal = _pending(connection, approval_id)
            if refusal:
                return refusal
            _decide(connection, approval_id, "denied", canonical_guid(row["guid"]), caller_id())
        return jsonify({"status": "denied"})

    return blueprint


def _pending(connection, approval_id):
    """(row, None), or (None, the answer that refuses)."""
    row = connection.execute("SELECT * FROM device_approvals WHERE id = ?", (approval_id,)).fetchone()
    if row is None:
        return None, (jsonify({"error": "not_found"}), 404)
    if (row["status"] or "").strip().lower() != "pending":
        return None, (jsonify({"error": "approval_not_pending"}), 409)
    return row, None


def _decide(connection, approval_id, status, guid, by):
    connection.execute(
        "UPDATE device_approvals SET status = ?, guid = ?, approved_by_user_id = ?, updated_at = ? WHERE id = ?",
        (status, guid or None, by, iso(), approval_id),
    )


def _conflict(connection, hostname, guid):
    """Another device that has the claimed hostname, or None."""
    if not hostname:
        return None
    row = connection.execute(
        """SELECT d.guid, d.ssl_key_fingerprint, m.site_id, s.name AS site_name FROM devices d
           LEFT JOIN device_sites m ON m.device_hostname = d.hostname LEFT JOIN sites s ON s.id = m.site_id
           WHERE d.hostname = ?""",
        (hostname,),
    ).fetchone()
    if row is None:
        return None
    stored = canonical_guid(row["guid"])
    if stored and stored == guid:
        return None
    fingerprint = (row["ssl_key_fingerprint"] or "").strip().lower() or None
    return {"guid": stored, "fingerprint": fingerprint, "site_id": row["site_id"], "site_name": row["site_name"] or ""}


def _shown_approval(connection, row):
    shown = {name: row[name] for name in _APPROVAL_FIELDS}
    conflict = _conflict(connection, row["hostname_claimed"], canonical_guid(row["guid"]))
    match = bool(conflict) and conflict["fingerprint"] == (row["ssl_key_fingerprint_claimed"] or "").lower()
    prompt = bool(conflict) and not match
    shown["hostname_conflict"] = conflict and {
        "guid": conflict["guid"],
        "ssl_key_fingerprint": conflict["fingerprint"],
        "site_id": conflict["site_id"],
        "site_name": conflict["site_name"],
        "fingerprint_match": match,
        "requires_prompt": prompt,
    }
    shown["alternate_hostname"] = _alternate(connection, row) if prompt else None
    shown["conflict_requires_prompt"] = prompt
    shown["fingerprint_match"] = match
    return shown


def _alternate(connection, row):
    base = (row["hostname_claimed"] or "")[:HOSTNAME_LENGTH]
    for n in range(1, HOSTNAME_TRIES + 1):
        if connection.execute("SELECT 1 FROM devices WHERE hostname = ?", (f"{base}-{n}",)).fetchone() is None:
            return f"{base}-{n}"
    return canonical_guid(row["guid"]) or f"{base}-{HOSTNAME_TRIES + 1}"
