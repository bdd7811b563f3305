"""What admits a device: its bearer token, its row, and a proof if it sends one (contract: agents-http 6)."""

from dataclasses import dataclass
from functools import wraps

import jwt
from flask import g, jsonify, request

from dpop import BadProof
from limits import retry_after_header
from values import integer_or, iso, now_seconds

_PLACEHOLDER_TRIES = ("", "-1", "-2", "-3", "-4", "-5")


@dataclass(frozen=True)
class Device:
    guid: str
    fingerprint: str
    quarantined: bool


class Refused(Exception):
    def __init__(self, code, status, headers=None):
        super().__init__(code)
        self.code, self.status, self.headers = code, status, headers or {}


def device_only(legacy):
    """Decorator: the view runs with `g.device` set, or not at all. Looks before the body is read."""

    def decorate(view):
        @wraps(view)
        def guarded(*args, **kwargs):
            try:
                g.device = _admit(legacy)
            except Refused as refusal:
                return jsonify({"error": refusal.code}), refusal.status, refusal.headers
            except BadProof as bad:
                return jsonify({"error": str(bad)}), 400
            return view(*args, **kwargs)

        return guarded

    return decorate


def _admit(legacy):
    token, claims = _claims(legacy)
    guid = str(claims.get("guid") or "").strip()
    fingerprint = str(claims.get("ssl_key_fingerprint") or "").strip().lower()
    version = integer_or(claims.get("token_version") or 0, 0)
    if not guid or not fingerprint or version <= 0:
        raise Refused("invalid_claims", 401)
    wait = legacy.calls_by_fingerprint.refuse_for(fingerprint)
    if wait:
        raise Refused("rate_limited", 429, retry_after_header(wait))
    with legacy.database.transaction() as connection:
        row = _row(connection, guid) or _recover(connection, guid, fingerprint, version)
        # Committed even if a later check refuses the call.
        connection.commit()
    if row is None:
        raise Refused("device_not_found", 403)
    stored = (row["ssl_key_fingerprint"] or "").strip().lower()
    if stored and stored != fingerprint:
        raise Refused("fingerprint_mismatch", 403)
    if integer_or(row["token_version"] or 0, 0) > version:
        raise Refused("token_version_revoked", 401)
    status = (row["status"] or "").strip().lower() or "active"
    if status not in ("active", "quarantined"):
        raise Refused("device_revoked", 403)
    legacy.proofs.thumbprint(token)
    return Device(guid=guid, fingerprint=fingerprint, quarantined=status == "quarantined")


def _claims(legacy):
    header = request.headers.get("Authorization") or ""
    token = header[len("Bearer ") :].strip() if header.startswith("Bearer ") else ""
    if not token:
        raise Refused("missing_authorization", 401)
    try:
        return token, legacy.material.read_access_token(token)
    except jwt.ExpiredSignatureError as error:
        raise Refused("token_expired", 401) from error
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Refused("invalid_token", 401) from error


def _row(connection, guid):
    return connection.execute("SELECT * FROM devices WHERE guid = ?", (guid,)).fetchone()


def _recover(connection, guid, fingerprint, version):
    """A good token whose row is gone gets a new row under a placeholder name, unless all six names are taken."""
    now = now_seconds()
    for suffix in _PLACEHOLDER_TRIES:
        hostname = f"RECOVERED-{guid[:12].upper()}{suffix}"
        if connection.execute("SELECT 1 FROM devices WHERE hostname = ?", (hostname,)).fetchone():
            continue
        connection.execute(
            """INSERT INTO devices(guid, hostname, created_at, last_seen, ssl_key_fingerprint, token_version, status, key_added_at)
               VALUES (?, ?, ?, ?, ?, ?, 'active', ?)""",
            (guid, hostname, now, now, fingerprint, version, iso()),
        )
        return _row(connection, guid)
    return None
