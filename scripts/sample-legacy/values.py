"""How the legacy reads loosely typed input and writes its own texts.

Owns the forms of GUIDs, clocks and JSON columns; knows no route and no table.
"""

import base64
import json
import time
import uuid
from datetime import datetime, timezone

HEX_AND_DASH = set("0123456789abcdefABCDEF-")


def now_seconds():
    return int(time.time())


def iso(moment=None):
    """UTC with six digits of a second, unless they are exactly zero."""
    return (moment or datetime.now(timezone.utc)).isoformat()


def read_iso(text):
    """A datetime (naive when the text has no zone), or None when the text cannot be read."""
    text = str(text or "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return None


def strict_base64(text):
    """Bytes of a base64 text, or None. Nothing but the alphabet and its padding is taken."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def integer_or(value, fallback):
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return fallback


def canonical_guid(value):
    """The spelling used by enrolment, approvals and heartbeat."""
    text = str(value or "").strip().strip("{}")
    if not text:
        return ""
    try:
        return str(uuid.UUID(text)).upper()
    except ValueError:
        pass
    try:
        return str(uuid.UUID("".join(c for c in text if c in HEX_AND_DASH))).upper()
    except ValueError:
        return text.upper()


def agent_guid(value):
    """The spelling used by details, checkin, hashes, and every upsert of a device row."""
    text = str(value or "").strip().replace("{", "").replace("}", "")
    if len(text) == 32 and all(c in HEX_AND_DASH and c != "-" for c in text):
        text = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return text.upper()


def text_or_none(value):
    """Trimmed text of a value; None when there is none. Anything is printed as Python prints it."""
    if value is None:
        return None
    text = str(value).strip()
    return text or None


def first_truthy(record, *names):
    for name in names:
        if record.get(name):
            return record[name]
    return None


def json_of_kind(text, kind):
    """A JSON column, or an empty value of the kind when it holds something else."""
    try:
        value = json.loads(text) if text else None
    except (TypeError, ValueError):
        value = None
    return value if isinstance(value, kind) else kind()


def epoch_to_iso(seconds):
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat() if seconds else ""
    except (OverflowError, OSError, ValueError):
        return ""


def epoch_to_human(seconds):
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S") if seconds else ""
    except (OverflowError, OSError, ValueError):
        return ""
