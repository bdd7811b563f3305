"""The agent's HTTP: plain calls, enrolment, and the access token kept fresh. Synchronous, as in the real agent."""

import base64
import secrets
import time

import requests

CALL_SECONDS = 30
REFRESH_SECONDS = 20
SHORTEST_POLL, LONGEST_POLL = 1, 15


class CallFailed(Exception):
    """The call at hand did not work; tokens are kept, the next interval tries again."""


class Calls:
    def __init__(self, options, store, reporter):
        self._options = options
        self._store = store
        self._reporter = reporter
        self._session = requests.Session()

    @property
    def base(self):
        """Read anew before each authentication, so a changed file takes effect without a restart."""
        url = self._options.server or self._store.server_url or "http://localhost:5000"
        url = url if "://" in url else f"http://{url}"
        return url[:-1] if url.endswith("/") else url

    def headers(self):
        headers = {"X-Borealis-Agent-Context": self._options.context}
        if self._store.access_token:
            headers["Authorization"] = f"Bearer {self._store.access_token}"
        return headers

    def post(self, path, body, timeout=CALL_SECONDS):
        """The answer, whatever its status; CallFailed when there is none."""
        # First contact trusts anything; from then on exactly the pinned file counts. Set on the session, as in the real
        # agent: there REQUESTS_CA_BUNDLE, where it is set, wins over it.
        self._session.verify = self._store.pinned_certificate or False
        try:
            answer = self._session.post(self.base + path, json=body, headers=self.headers(), timeout=timeout)
        except requests.exceptions.SSLError as error:
            self._reporter.say("tls_refused", path=path, reason=_short(error))
            raise CallFailed("tls") from error
        except requests.exceptions.RequestException as error:
            self._reporter.say("unreachable", path=path, reason=type(error).__name__)
            raise CallFailed("unreachable") from error
        if answer.history:
            self._reporter.say("redirected", path=path, status=answer.history[0].status_code)
        if answer.cookies:
            self._reporter.say("cookie_set", path=path)
        return answer

    def lost_by(self, path, answer):
        """Whether the answer to a device call took the tokens; they are gone by then."""
        if answer.status_code == 401 or (answer.status_code == 403 and _code_of(answer) == "fingerprint_mismatch"):
            self._clear(path, answer)
            return True
        return False

    def authenticate(self):
        """Enrols without GUID or refresh token, refreshes when little is left. Raises CallFailed."""
        store = self._store
        if not store.guid or not store.refresh_token:
            self._enrol()
        elif not store.access_token or store.access_expires_at - time.time() < self._options.refresh_before:
            self._refresh()

    def _refresh(self):
        body = {"guid": self._store.guid, "refresh_token": self._store.refresh_token}
        answer = self.post("/api/agent/token/refresh", body, timeout=REFRESH_SECONDS)
        if answer.status_code == 401:
            self._clear("/api/agent/token/refresh", answer)
            self._enrol()
            return
        data = _any_json(answer)
        if not answer.ok or not data.get("access_token"):
            self._reporter.say("refresh_failed", status=answer.status_code)
            raise CallFailed("refresh")
        self._store.keep_access_token(data["access_token"], int(data.get("expires_in") or 900))
        self._reporter.say("refreshed", status=answer.status_code)

    def _clear(self, path, answer):
        self._store.clear_tokens()
        self._reporter.say("tokens_cleared", path=path, status=answer.status_code, code=_code_of(answer))

    def _enrol(self):
        nonce = secrets.token_bytes(32)
        body = {
            "hostname": self._options.hostname,
            "enrollment_code": self._options.code,
            "agent_pubkey": base64.b64encode(self._store.spki).decode(),
            "client_nonce": base64.b64encode(nonce).decode(),
        }
        answer = self.post("/api/agent/enroll/request", body)
        data = _any_json(answer)
        if not answer.ok or data.get("status") != "pending":
            self._reporter.say("enrolment_failed", status=answer.status_code, code=_code_of(answer))
            raise CallFailed("enrolment")
        # Stored at once, before anyone has approved.
        self._store.keep_server_material(data)
        self._reporter.say("enrolment_pending", reference=data["approval_reference"], fingerprint=self._store.fingerprint)
        self._poll(data, nonce)

    def _poll(self, pending, nonce):
        reference = pending["approval_reference"]
        message = base64.b64decode(pending["server_nonce"]) + reference.encode() + nonce
        body = {
            "approval_reference": reference,
            "client_nonce": base64.b64encode(nonce).decode(),
            "proof_sig": base64.b64encode(self._store.sign(message)).decode(),
        }
        wait_ms = pending.get("poll_after_ms") or 3000
        while True:
            time.sleep(min(LONGEST_POLL, max(SHORTEST_POLL, wait_ms / 1000)) * self._options.time_scale)
            answer = self.post("/api/agent/enroll/poll", body)
            data = _any_json(answer)
            status = data.get("status")
            if answer.ok and status == "pending":
                wait_ms = data.get("poll_after_ms") or 5000
                continue
            if answer.ok and status in ("approved", "completed") and _has_tokens(data):
                return self._joined(data)
            # Anything else: the whole enrolment starts again, with a new approval to give.
            self._reporter.say("enrolment_failed", status=answer.status_code, code=status or _code_of(answer))
            raise CallFailed("enrolment")

    def _joined(self, data):
        self._store.keep_guid(data["guid"])
        self._store.keep_refresh_token(data["refresh_token"])
        self._store.keep_access_token(data["access_token"], int(data.get("expires_in") or 900))
        self._store.keep_server_material(data)
        self._reporter.say("enrolled", guid=data["guid"])


def _has_tokens(data):
    return all(data.get(name) for name in ("guid", "access_token", "refresh_token"))


def _any_json(answer):
    """Enrolment and refresh parse whatever the content type says."""
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def json_of(answer):
    """Elsewhere an answer is JSON only by its content type."""
    return _any_json(answer) if answer.headers.get("Content-Type", "").lower().startswith("application/json") else {}


def _code_of(answer):
    data = json_of(answer)
    texts = (data.get(name) for name in ("error", "code", "status"))
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")


def _short(error):
    return str(error)[-200:]
