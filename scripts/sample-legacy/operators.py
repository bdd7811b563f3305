"""Who is calling among people: session cookie, bearer token or token cookie; signing in and out."""

import hashlib
import uuid
from functools import wraps

from flask import Blueprint, jsonify, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

import one_time_codes
from values import now_seconds

TOKEN_COOKIE = "borealis_auth"
PENDING_SECONDS = 300


class Operators:
    """Reads and makes operator tokens. Name and role are believed as signed; the table is not asked."""

    def __init__(self, settings):
        self._settings = settings
        self._serializer = URLSafeTimedSerializer(settings.secret or "borealis-dev-secret", salt="borealis-auth")

    def token(self, username, role):
        return self._serializer.dumps({"u": username, "r": role, "ts": now_seconds()})

    def caller(self):
        """(name, role), or None. The first proof that is present decides, even if another would be better."""
        if session.get("username"):
            return session["username"], session.get("role") or "User"
        header = request.headers.get("Authorization") or ""
        token = header[7:].strip() if header.lower().startswith("bearer ") else request.cookies.get(TOKEN_COOKIE)
        if not token:
            return None
        try:
            claims = self._serializer.loads(token, max_age=self._settings.token_ttl_seconds)
            return claims.get("u"), claims.get("r") or "User"
        except (BadData, AttributeError):
            return None

    def admin_only(self, view):
        @wraps(view)
        def guarded(*args, **kwargs):
            caller = self.caller()
            if caller is None:
                return jsonify({"error": "unauthorized"}), 401
            if str(caller[1]).lower() != "admin":
                return jsonify({"error": "forbidden"}), 403
            return view(*args, **kwargs)

        return guarded

    def set_cookie(self, response, token):
        settings = self._settings
        response.set_cookie(
            TOKEN_COOKIE,
            token,
            samesite=settings.cookie_samesite,
            secure=settings.cookie_secure,
            domain=settings.cookie_domain or None,
        )


def find_user(database, username):
    return database.row("SELECT * FROM users WHERE LOWER(username) = LOWER(?) ORDER BY rowid", username)


def routes(legacy, operators):
    blueprint = Blueprint("operators", __name__)

    @blueprint.post("/api/auth/login")
    def login():
        data = request.get_json(silent=True) or {}
        username = (data.get("username") or "").strip()
        password = data.get("password")
        given = (data.get("password_sha512") or "").strip().lower()
        if not username or not (password or given):
            return jsonify({"error": "missing credentials"}), 400
        user = find_user(legacy.database, username)
        if user is None:
            return jsonify({"error": "invalid username or password"}), 401
        try:
            given = given or hashlib.sha512(password.encode()).hexdigest()
        except AttributeError as error:
            return jsonify({"error": str(error)}), 500
        if given != (user["password_sha512"] or "").lower():
            return jsonify({"error": "invalid username or password"}), 401
        session.pop("username", None)
        session.pop("role", None)
        if user["mfa_enabled"]:
            return ask_for_code(user["username"], user["role"] or "User", user["mfa_secret"])
        return sign_in(user["username"], user["role"] or "User")

    def ask_for_code(username, role, stored):
        """With a new secret where none is stored; it is stored when its first code was right."""
        secret = None if (stored or "").strip() else one_time_codes.new_secret()
        asked = {"stage": "verify" if secret is None else "setup", "username": username, "role": role}
        token = uuid.uuid4().hex
        session["mfa_pending"] = {**asked, "token": token, "expires": now_seconds() + PENDING_SECONDS, "secret": secret}
        answer = {"status": "mfa_required", "pending_token": token, **asked}
        if secret is not None:
            url = one_time_codes.otpauth_url(username, secret)
            answer.update(secret=secret, otpauth_url=url, qr_image=one_time_codes.picture(url))
        return jsonify(answer)

    @blueprint.post("/api/auth/mfa/verify")
    def verify():
        pending = session.get("mfa_pending")
        if not isinstance(pending, dict):
            return jsonify({"error": "mfa_pending"}), 401
        data = request.get_json(silent=True) or {}
        token = (data.get("pending_token") or "").strip()
        digits = one_time_codes.digits_of(data.get("code"))
        if not token or token != pending.get("token"):
            return jsonify({"error": "invalid_session"}), 401
        if (pending.get("expires") or 0) < now_seconds():
            session.pop("mfa_pending")
            return jsonify({"error": "expired"}), 401
        if len(digits) < 6:
            return jsonify({"error": "invalid_code"}), 400
        name, is_setup = pending.get("username") or "", pending.get("stage") == "setup"
        user = find_user(legacy.database, name)
        secret = pending.get("secret") or "" if is_setup else user and (user["mfa_secret"] or "").strip()
        if not is_setup and not secret:
            return jsonify({"error": "mfa_not_configured"}), 403
        try:
            if not one_time_codes.is_right(secret, digits):
                return jsonify({"error": "invalid_code"}), 401
        except ValueError as error:
            return jsonify({"error": str(error)}), 500
        if is_setup:
            with legacy.database.transaction() as connection:
                connection.execute(
                    "UPDATE users SET mfa_secret = ?, updated_at = ? WHERE LOWER(username) = LOWER(?)",
                    (secret, now_seconds(), name),
                )
        return sign_in(name, pending.get("role") or "User")

    def sign_in(username, role):
        now = now_seconds()
        with legacy.database.transaction() as connection:
            connection.execute(
                "UPDATE users SET last_login = ?, updated_at = ? WHERE LOWER(username) = LOWER(?)", (now, now, username)
            )
        session.pop("mfa_pending", None)
        session["username"], session["role"] = username, role
        token = operators.token(username, role)
        response = jsonify({"status": "ok", "username": username, "role": role, "token": token})
        operators.set_cookie(response, token)
        return response

    @blueprint.post("/api/auth/logout")
    def logout():
        session.clear()
        response = jsonify({"status": "ok"})
        response.set_cookie(TOKEN_COOKIE, "", expires=0)
        return response

    @blueprint.get("/api/auth/me")
    def me():
        caller = operators.caller()
        if caller is None:
            return jsonify({"error": "unauthorized"}), 401
        name = str(caller[0] or "").strip()
        user = find_user(legacy.database, name)
        if user is None:
            return jsonify({"username": name, "display_name": name, "role": caller[1]})
        username = user["username"]
        display_name = user["display_name"] or username
        return jsonify({"username": username, "display_name": display_name, "role": user["role"] or "User"})

    return blueprint
