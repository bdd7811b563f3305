"""How a device asks to be enrolled, and fetches its tokens once an operator has approved (contract: agents-http 3)."""

import base64
import hashlib
import secrets
import uuid
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from flask import Blueprint, jsonify, request

import enrolment_finish
from limits import retry_after_header
from values import canonical_guid, integer_or, iso, read_iso, strict_base64

FIRST_POLL_MS = 3000
NEXT_POLL_MS = 5000


class Refused(Exception):
    """A code that is answered with status 400."""


def routes(legacy):
    blueprint = Blueprint("enrolment", __name__)
    blueprint.register_error_handler(Refused, lambda error: (jsonify({"error": str(error)}), 400))

    @blueprint.post("/api/agent/enroll/request")
    def enroll_request():
        wait = legacy.requests_by_address.refuse_for(_client_address())
        if wait:
            return _limited(wait)
        asked = _read_request()
        wait = legacy.requests_by_key.refuse_for(asked["fingerprint"])
        if wait:
            return _limited(wait)
        server_nonce = base64.b64encode(secrets.token_bytes(32)).decode()
        with legacy.database.transaction() as connection:
            code, guid = _usable_code(connection, asked["code"], asked["fingerprint"])
            reference = _keep_approval(connection, asked, code["id"], guid, server_nonce)
        return jsonify(
            {
                "status": "pending",
                "approval_reference": reference,
                "server_nonce": server_nonce,
                "poll_after_ms": FIRST_POLL_MS,
                **_material(legacy),
            }
        )

    @blueprint.post("/api/agent/enroll/poll")
    def enroll_poll():
        asked = _read_poll()
        approval = legacy.database.row(
            "SELECT * FROM device_approvals WHERE approval_reference = ?", asked["approval_reference"]
        )
        if approval is None:
            return jsonify({"status": "unknown"}), 404
        _check_proof(approval, asked)
        answer = _by_status(approval["status"])
        if answer is not None:
            return answer
        # Remembered before anything is written: it shows only when finishing fails.
        proof = base64.b64encode(asked["proof"]).decode()
        if not legacy.finished_proofs.first_time((asked["approval_reference"], proof)):
            return jsonify({"error": "proof_replayed"}), 409
        with legacy.database.transaction() as connection:
            granted = enrolment_finish.finish(connection, legacy.material, approval)
        return jsonify({"status": "approved", **granted, **_material(legacy)})

    return blueprint


def _client_address():
    forwarded = request.headers.get("X-Forwarded-For") or ""
    return forwarded.split(",")[0].strip() if forwarded else request.remote_addr


def _limited(wait):
    return jsonify({"error": "rate_limited", "retry_after": wait}), 429, retry_after_header(wait)


def _material(legacy):
    return {"server_certificate": legacy.material.server_certificate, "signing_key": legacy.material.signing_key}


def _read_request():
    data = request.get_json(force=True, silent=True) or {}
    key_text, nonce_text = data.get("agent_pubkey"), data.get("client_nonce")
    # Legacy quirk: the lengths are taken for the log before the types are checked, so a number crashes.
    len(key_text or ""), len(nonce_text or "")
    hostname = str(data.get("hostname") or "").strip()
    code = str(data.get("enrollment_code") or "").strip()
    if not hostname:
        raise Refused("hostname_required")
    if not code:
        raise Refused("enrollment_code_required")
    if not isinstance(key_text, str):
        raise Refused("agent_pubkey_required")
    if not isinstance(nonce_text, str):
        raise Refused("client_nonce_required")
    der = strict_base64(key_text.replace("-", "+").replace("_", "/"))
    if der is None or len(der) < 10:
        raise Refused("invalid_agent_pubkey")
    nonce = strict_base64(nonce_text)
    if nonce is None or len(nonce) < 16:
        raise Refused("invalid_client_nonce")
    fingerprint = hashlib.sha256(der).hexdigest()
    return {"hostname": hostname, "code": code, "der": der, "nonce": nonce_text, "fingerprint": fingerprint}


def _usable_code(connection, text, fingerprint):
    """The code's row, and the GUID of the device when a spent code is shown by its last device's key."""
    code = connection.execute("SELECT * FROM enrollment_install_codes WHERE code = ?", (text,)).fetchone()
    if code is None:
        raise Refused("invalid_enrollment_code")
    expires = read_iso(code["expires_at"])
    if expires is None or expires <= datetime.now(timezone.utc):
        raise Refused("invalid_enrollment_code")
    if integer_or(code["use_count"], 0) < max(1, integer_or(code["max_uses"], 1)):
        return code, None
    guid = canonical_guid(code["used_by_guid"])
    row = connection.execute("SELECT ssl_key_fingerprint FROM devices WHERE UPPER(guid) = ?", (guid,)).fetchone()
    stored = ((row["ssl_key_fingerprint"] if row else "") or "").strip().lower()
    if not guid or not stored or stored != fingerprint:
        raise Refused("invalid_enrollment_code")
    return code, guid


def _keep_approval(connection, asked, code_id, guid, server_nonce):
    """One pending approval per key: a new request takes the old one's place. Gives its reference."""
    now = iso()
    pending = connection.execute(
        "SELECT * FROM device_approvals WHERE ssl_key_fingerprint_claimed = ? AND status = 'pending'",
        (asked["fingerprint"],),
    ).fetchone()
    values = (asked["hostname"], guid, code_id, asked["nonce"], server_nonce, asked["der"], now)
    if pending:
        connection.execute(
            """UPDATE device_approvals SET hostname_claimed = ?, guid = ?, enrollment_code_id = ?, client_nonce = ?,
               server_nonce = ?, agent_pubkey_der = ?, updated_at = ? WHERE id = ?""",
            (*values, pending["id"]),
        )
        return pending["approval_reference"]
    reference = str(uuid.uuid4())
    connection.execute(
        """INSERT INTO device_approvals(hostname_claimed, guid, enrollment_code_id, client_nonce, server_nonce,
             agent_pubkey_der, updated_at, created_at, id, approval_reference, ssl_key_fingerprint_claimed, status)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')""",
        (*values, now, str(uuid.uuid4()), reference, asked["fingerprint"]),
    )
    return reference


def _read_poll():
    data = request.get_json(force=True, silent=True) or {}
    reference, nonce_text, proof_text = (data.get(n) for n in ("approval_reference", "client_nonce", "proof_sig"))
    len(nonce_text or ""), len(proof_text or "")  # As in _read_request.
    if not isinstance(reference, str) or not reference:
        raise Refused("approval_reference_required")
    if not isinstance(nonce_text, str):
        raise Refused("client_nonce_required")
    if not isinstance(proof_text, str):
        raise Refused("proof_sig_required")
    nonce, proof = strict_base64(nonce_text), strict_base64(proof_text)
    if nonce is None:
        raise Refused("invalid_client_nonce")
    if proof is None:
        raise Refused("invalid_proof_sig")
    return {"approval_reference": reference, "nonce_text": nonce_text, "nonce": nonce, "proof": proof}


def _check_proof(approval, asked):
    if approval["client_nonce"] != asked["nonce_text"]:
        raise Refused("nonce_mismatch")
    server_nonce = strict_base64(approval["server_nonce"])
    if server_nonce is None:
        raise Refused("server_nonce_invalid")
    try:
        key = serialization.load_der_public_key(approval["agent_pubkey_der"])
    except Exception as error:  # noqa: BLE001 -- whatever the library makes of bad bytes.
        raise Refused("agent_pubkey_invalid") from error
    message = server_nonce + approval["approval_reference"].encode() + asked["nonce"]
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise Refused("invalid_proof")
    try:
        key.verify(asked["proof"], message)
    except InvalidSignature as error:
        raise Refused("invalid_proof") from error


def _by_status(status):
    """The answer for any status other than `approved`."""
    if status == "approved":
        return None
    known = {
        "pending": {"status": "pending", "poll_after_ms": NEXT_POLL_MS},
        "denied": {"status": "denied", "reason": "operator_denied"},
        "expired": {"status": "expired"},
        "completed": {"status": "approved", "detail": "finalized"},
    }
    if status in known:
        return jsonify(known[status])
    return jsonify({"status": status or "unknown"}), 400
