"""The agent's files. GUID, key and pinned certificate outlive the tokens; the file names are the real agent's."""

import base64
import hashlib
import json
import os
import time
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


class Store:
    def __init__(self, folder):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key = self._load_key()
        self.spki = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.fingerprint = hashlib.sha256(self.spki).hexdigest()
        self._write("agent_key.pub", base64.b64encode(self.spki).decode())
        self._own_guid = str(uuid.uuid4()).upper()

    def sign(self, message):
        return self._key.sign(message)

    @property
    def guid(self):
        return self._read("guid.txt")

    @property
    def guid_for_id(self):
        """Before enrolment a GUID of the agent's own making."""
        return self.guid or self._own_guid

    @property
    def access_token(self):
        return self._read("access.jwt")

    @property
    def refresh_token(self):
        return self._read("refresh.token")

    @property
    def access_expires_at(self):
        try:
            return int(json.loads(self._read("access.meta.json"))["access_expires_at"])
        except (ValueError, KeyError):
            return 0

    @property
    def pinned_certificate(self):
        """Path of the pinned certificate, or None: then nothing is verified."""
        path = self._folder / "server_certificate.pem"
        return str(path) if path.is_file() else None

    @property
    def server_url(self):
        return self._read("server_url.txt")

    def keep_guid(self, guid):
        self._write("guid.txt", guid)

    def keep_access_token(self, token, expires_in):
        """Counts five seconds less than the server gave."""
        now = int(time.time())
        self._write("access.jwt", token)
        meta = {"access_expires_at": now + expires_in - 5, "ssl_key_fingerprint": self.fingerprint, "access_bound_at": now}
        self._write("access.meta.json", json.dumps(meta))

    def keep_refresh_token(self, token):
        self._write("refresh.token", token)

    def keep_server_material(self, answer):
        if answer.get("server_certificate"):
            self._write("server_certificate.pem", answer["server_certificate"])
        if answer.get("signing_key"):
            self._write("server_signing_key.pub", answer["signing_key"])

    def clear_tokens(self):
        for name in ("access.jwt", "refresh.token", "access.meta.json"):
            (self._folder / name).unlink(missing_ok=True)

    def _load_key(self):
        path = self._folder / "agent_key.ed25519"
        if path.is_file():
            return serialization.load_pem_private_key(path.read_bytes(), None)
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._write(path.name, pem.decode())
        return key

    def _read(self, name):
        try:
            return (self._folder / name).read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def _write(self, name, text):
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
