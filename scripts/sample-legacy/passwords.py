"""The server's secret key, and what is sealed under it."""

import base64

from cryptography.fernet import Fernet, InvalidToken


class Passwords:
    """Seals passwords under the key in `server_secret.key`; reads what older builds left as plain base64."""

    def __init__(self, server_root):
        file = server_root / "server_secret.key"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(Fernet.generate_key())
            file.chmod(0o600)
        self._fernet = Fernet(file.read_bytes().strip())

    def seal(self, text):
        return self._fernet.encrypt(text.encode())

    def open(self, stored):
        stored = stored.encode() if isinstance(stored, str) else stored or b""
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken:
            pass
        try:
            return base64.b64decode(stored).decode("utf-8", "replace")
        except ValueError:
            return stored.decode("utf-8", "replace")
