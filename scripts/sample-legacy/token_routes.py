"""Exchanging a refresh token for an access token (contract: agents-http 4)."""

import hashlib
from datetime import datetime, timezone

from flask import Blueprint, jsonify, request

from dpop import BadProof
from material import ACCESS_SECONDS
from values import iso, read_iso


def hash_of(refresh_token):
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def routes(legacy):
    blueprint = Blueprint("tokens", __name__)

    @blueprint.post("/api/agent/token/refresh")
    def refresh():
        data = request.get_json(force=True, silent=True) or {}
        guid = str(data.get("guid") or "").strip()
        refresh_token = str(data.get("refresh_token") or "").strip()
        if not guid or not refresh_token:
            return _refused("invalid_request", 400)
        with legacy.database.transaction() as connection:
            stored = connection.execute(
                "SELECT * FROM refresh_tokens WHERE guid = ? AND token_hash = ?", (guid, hash_of(refresh_token))
            ).fetchone()
            if stored is None:
                return _refused("invalid_refresh_token", 401)
            if stored["revoked_at"]:
                return _refused("refresh_token_revoked", 401)
            if _has_expired(stored["expires_at"]):
                return _refused("refresh_token_expired", 401)
            device = connection.execute("SELECT * FROM devices WHERE guid = ?", (guid,)).fetchone()
            if device is None:
                return _refused("device_not_found", 404)
            if (device["status"] or "").strip().lower() in ("revoked", "decommissioned"):
                return _refused("device_revoked", 403)
            try:
                thumbprint = legacy.proofs.thumbprint()
            except BadProof as bad:
                return _refused(str(bad), 400)
            access_token = legacy.material.access_token(
                guid, device["ssl_key_fingerprint"] or "", int(device["token_version"] or 1)
            )
            connection.execute(
                "UPDATE refresh_tokens SET last_used_at = ?, dpop_jkt = COALESCE(?, dpop_jkt) WHERE id = ?",
                (iso(), thumbprint, stored["id"]),
            )
        return jsonify({"access_token": access_token, "expires_in": ACCESS_SECONDS, "token_type": "Bearer"})

    return blueprint


def _has_expired(text):
    """Legacy quirk: what cannot be read, or has no zone, never expires."""
    moment = read_iso(text)
    return moment is not None and moment.tzinfo is not None and moment <= datetime.now(timezone.utc)


def _refused(code, status):
    return jsonify({"error": code}), status
