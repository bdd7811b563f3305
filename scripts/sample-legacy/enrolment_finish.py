"""The writes that make an approved device a member, all in the caller's transaction (contract: agents-http 3.2)."""

import secrets
import uuid
from datetime import datetime, timedelta, timezone

from material import ACCESS_SECONDS
from token_routes import hash_of
from values import canonical_guid, integer_or, iso, now_seconds

REFRESH_DAYS = 30
HOSTNAME_LENGTH = 253
HOSTNAME_TRIES = 49


def finish(connection, material, approval):
    """Device, key, code, approval and refresh token; gives what the device gets besides the server's material."""
    now = iso()
    guid = canonical_guid(approval["guid"]) if approval["guid"] else str(uuid.uuid4()).upper()
    fingerprint = approval["ssl_key_fingerprint_claimed"]
    version = _device(connection, guid, approval["hostname_claimed"], fingerprint, now)
    _key(connection, guid, fingerprint, now)
    if approval["enrollment_code_id"]:
        _spend_code(connection, approval["enrollment_code_id"], guid, now)
    connection.execute(
        "UPDATE device_approvals SET guid = ?, status = 'completed', updated_at = ? WHERE id = ?",
        (guid, now, approval["id"]),
    )
    refresh_token = secrets.token_urlsafe(48)
    expires = (datetime.now(timezone.utc) + timedelta(days=REFRESH_DAYS)).replace(microsecond=0)
    connection.execute(
        "INSERT INTO refresh_tokens(id, guid, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), guid, hash_of(refresh_token), now, iso(expires)),
    )
    return {
        "guid": guid,
        "access_token": material.access_token(guid, fingerprint, version),
        "expires_in": ACCESS_SECONDS,
        "refresh_token": refresh_token,
        "token_type": "Bearer",
    }


def _device(connection, guid, claimed, fingerprint, now):
    """Makes or updates the row; gives the version for its tokens."""
    row = connection.execute("SELECT * FROM devices WHERE UPPER(guid) = ?", (guid,)).fetchone()
    if row is None:
        seen = now_seconds()
        connection.execute(
            """INSERT INTO devices(guid, hostname, created_at, last_seen, ssl_key_fingerprint, token_version, status, key_added_at)
               VALUES (?, ?, ?, ?, ?, 1, 'active', ?)""",
            (guid, _free_hostname(connection, claimed, guid), seen, seen, fingerprint, now),
        )
        return 1
    version = int(row["token_version"] or 1)
    stored = (row["ssl_key_fingerprint"] or "").strip().lower()
    if not stored:
        connection.execute(
            "UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = ? WHERE guid = ?", (fingerprint, now, guid)
        )
    elif stored != fingerprint.strip().lower():
        version += 1
        # Legacy quirk: these name the guid in capitals, so a row stored in lower case stays as it is.
        connection.execute(
            """UPDATE devices SET ssl_key_fingerprint = ?, key_added_at = ?, token_version = ?, status = 'active'
               WHERE guid = ?""",
            (fingerprint, now, version, guid),
        )
        connection.execute("UPDATE refresh_tokens SET revoked_at = ? WHERE guid = ? AND revoked_at IS NULL", (now, guid))
    return version


def _free_hostname(connection, claimed, guid):
    wanted = str(claimed or "").strip()[:HOSTNAME_LENGTH]
    if not wanted:
        return guid
    for suffix in ("", *(f"-{n}" for n in range(1, HOSTNAME_TRIES + 1))):
        row = connection.execute("SELECT guid FROM devices WHERE hostname = ?", (wanted + suffix,)).fetchone()
        if row is None or canonical_guid(row["guid"]) == guid:
            return wanted + suffix
    return guid


def _key(connection, guid, fingerprint, now):
    connection.execute(
        "INSERT OR IGNORE INTO device_keys(id, guid, ssl_key_fingerprint, added_at) VALUES (?, ?, ?, ?)",
        (str(uuid.uuid4()), guid, fingerprint, now),
    )
    connection.execute(
        "UPDATE device_keys SET retired_at = ? WHERE guid = ? AND ssl_key_fingerprint != ? AND retired_at IS NULL",
        (now, guid, fingerprint),
    )


def _spend_code(connection, code_id, guid, now):
    code = connection.execute("SELECT * FROM enrollment_install_codes WHERE id = ?", (code_id,)).fetchone()
    used = integer_or(code["use_count"] or 0, 0) + 1 if code else 1
    consumed = code is None or used >= max(1, integer_or(code["max_uses"], 1))
    connection.execute(
        "UPDATE enrollment_install_codes SET use_count = ?, used_by_guid = ?, last_used_at = ? WHERE id = ?",
        (used, guid, now, code_id),
    )
    connection.execute(
        """UPDATE enrollment_install_codes_persistent SET last_known_use_count = ?, used_by_guid = ?, last_used_at = ?
           WHERE id = ?""",
        (used, guid, now, code_id),
    )
    if consumed:
        connection.execute("UPDATE enrollment_install_codes SET used_at = ? WHERE id = ?", (now, code_id))
        connection.execute(
            """UPDATE enrollment_install_codes_persistent SET used_at = ?, is_active = 0,
               consumed_at = COALESCE(consumed_at, ?), archived_at = COALESCE(archived_at, ?) WHERE id = ?""",
            (now, now, now, code_id),
        )
