"""Second factors as the legacy makes them: secrets, codes of RFC 6238 (SHA-1, six digits, 30 s), and what a person scans."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import struct
import time
import zlib
from urllib.parse import quote

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PERIOD = 30
# Bytes that QR codes of versions 1 to 20 hold at correction level M (ISO 18004, table 7).
CAPACITIES = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666)
PIXELS_PER_MODULE, BORDER = 6, 4


def new_secret():
    return "".join(secrets.choice(ALPHABET) for _ in range(32))


def is_right(secret, digits):
    """The period before, this one, and the next. Raises ValueError for a secret that cannot be used."""
    text = secret.replace(" ", "").upper()
    if not text:
        raise ValueError("empty MFA secret")
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise ValueError("Non-base32 digit found") from error
    now = int(time.time()) // PERIOD
    return digits in [_code(key, now + step) for step in (-1, 0, 1)]


def _code(key, counter):
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def digits_of(code):
    return "".join(character for character in str(code or "") if character.isdigit())


def otpauth_url(username, secret):
    issuer = os.environ.get("BOREALIS_MFA_ISSUER") or "Borealis"
    label = f"{quote(issuer)}:{quote(username)}"
    return f"otpauth://totp/{label}?secret={quote(secret, safe='')}&issuer={quote(issuer, safe='')}"


def picture(url):
    """A white square as large as the QR code would be: nobody scans it here."""
    version = next(number for number, most in enumerate(CAPACITIES, 1) if len(url) <= most)
    side = (17 + 4 * version + 2 * BORDER) * PIXELS_PER_MODULE
    lines = (b"\0" + b"\xff" * ((side + 7) // 8)) * side
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()
