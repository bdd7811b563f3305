"""The local account that the server keeps for each agent: check-in and rotation (contract: agents-http 7.4, 7.5)."""

import secrets
import string

from flask import Blueprint, g, jsonify, request

import device_rows
from agent_routes import record_device_key
from device_auth import device_only
from values import agent_guid, iso, now_seconds

DEFAULT_USERNAME = ".\\svcBorealis"
RETIRED_USERNAMES = (".\\svcBorealisAnsibleRunner", "svcBorealisAnsibleRunner")
POLICY = {"force_rotation_minutes": 43200}
PASSWORD_LENGTH = 24
SYMBOLS = "!@#$%^&*()-_=+[]{}<>.?"


def new_password():
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _ in range(PASSWORD_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def routes(legacy):
    blueprint = Blueprint("accounts", __name__)
    passwords = legacy.passwords

    def call(work):
        """Reads the body, refuses other devices' agents, and answers failures with their text."""
        data = request.get_json(silent=True) or {}
        agent_id, username, hostname = ((data.get(n) or "").strip() for n in ("agent_id", "username", "hostname"))
        if not agent_id:
            return jsonify({"error": "agent_id required"}), 400
        guid = agent_guid(g.device.guid)
        known = (legacy.registry.entries.get(agent_id) or {}).get("agent_guid")
        if known and known != guid:
            return jsonify({"error": "guid_mismatch"}), 403
        try:
            with legacy.database.transaction() as connection:
                account = work(connection, agent_id, _current(username))
            if request.path.endswith("/checkin"):
                _note_device(legacy, agent_id, hostname, guid)
                account["agent_guid"] = guid
            legacy.registry.entries.setdefault(agent_id, {})["agent_guid"] = guid
            return jsonify({**account, "policy": POLICY})
        except Exception as error:  # noqa: BLE001 -- the legacy answers with the exception's text.
            return jsonify({"error": str(error)}), 500

    def checkin_account(connection, agent_id, username):
        row = _row(connection, agent_id)
        if row is None:
            return _store(connection, agent_id, username or DEFAULT_USERNAME, new_password(), insert=True)
        stored, password = row["username"] or "", passwords.open(row["password_encrypted"])
        if stored in RETIRED_USERNAMES:
            return _store(connection, agent_id, DEFAULT_USERNAME, password or new_password())
        shown = stored if stored.strip() else username or DEFAULT_USERNAME
        if not password:
            return _store(connection, agent_id, shown, new_password())
        return {"username": shown, "password": password}

    def rotated_account(connection, agent_id, username):
        row = _row(connection, agent_id)
        chosen = username or _current((row["username"] if row else "") or "") or DEFAULT_USERNAME
        connection.execute("UPDATE agent_service_account SET password_hash = NULL WHERE agent_id = ?", (agent_id,))
        return _store(connection, agent_id, chosen, new_password(), insert=row is None)

    def _store(connection, agent_id, username, password, insert=False):
        values = (username, passwords.seal(password), iso().replace("+00:00", "Z"), agent_id)
        connection.execute(
            """INSERT INTO agent_service_account(username, password_encrypted, last_rotated_utc, agent_id)
               VALUES (?, ?, ?, ?)"""
            if insert
            else """UPDATE agent_service_account SET username = ?, password_encrypted = ?, last_rotated_utc = ?
                    WHERE agent_id = ?""",
            values,
        )
        return {"username": username, "password": password}

    @blueprint.post("/api/agent/checkin")
    @device_only(legacy)
    def checkin():
        return call(checkin_account)

    @blueprint.post("/api/agent/service-account/rotate")
    @device_only(legacy)
    def rotate():
        return call(rotated_account)

    return blueprint


def _current(username):
    return DEFAULT_USERNAME if username in RETIRED_USERNAMES else username


def _row(connection, agent_id):
    return connection.execute("SELECT * FROM agent_service_account WHERE agent_id = ?", (agent_id,)).fetchone()


def _note_device(legacy, agent_id, hostname, guid):
    """What a check-in does to device rows. Failures are swallowed, as the legacy does."""
    named = hostname and hostname.lower() != "unknown"
    try:
        if named:
            with legacy.database.transaction() as connection:
                device_rows.rewrite(connection, hostname, last_seen=now_seconds(), agent_id=agent_id)
        with legacy.database.transaction() as connection:
            seen = (agent_id, g.device.fingerprint, now_seconds())
            changed = connection.execute(
                "UPDATE devices SET agent_id = ?, ssl_key_fingerprint = ?, last_seen = ? WHERE guid = ?", (*seen, guid)
            ).rowcount
            if not changed and named:
                connection.execute(
                    """UPDATE devices SET agent_id = ?, ssl_key_fingerprint = ?, last_seen = ?, guid = ?
                       WHERE hostname = ?""",
                    (*seen, guid, hostname),
                )
            record_device_key(connection, guid, g.device.fingerprint, iso())
    except Exception as error:  # noqa: BLE001
        print(f"device rows not written at check-in: {error}", flush=True)
