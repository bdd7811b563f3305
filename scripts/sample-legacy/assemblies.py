"""Scripts and playbooks as files: where they lie, what a document comes to, and how it is stored (contract: assemblies 2, 3)."""

import base64
import binascii
import json
import os
import re

from values import first_truthy, integer_or

ISLANDS = {
    "workflows": "Workflows",
    "workflow": "Workflows",
    "scripts": "Scripts",
    "script": "Scripts",
    "ansible": "Ansible_Playbooks",
    "ansible_playbooks": "Ansible_Playbooks",
    "ansible-playbooks": "Ansible_Playbooks",
    "playbooks": "Ansible_Playbooks",
}
SCRIPTS, PLAYBOOKS, WORKFLOWS = "Scripts", "Ansible_Playbooks", "Workflows"
TYPES = ("powershell", "batch", "bash", "ansible")
DEFAULT_TIMEOUT_SECONDS = 3600
_VARIABLE_TYPES = ("string", "number", "boolean", "credential")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_BASE64_WORDS = ("base64", "b64", "base-64")


class Assemblies:
    """The folder on disk, read anew each time."""

    def __init__(self, root):
        self.root = os.path.abspath(root / "Assemblies")

    def island(self, name):
        """Folder of an island, or None for a name that is none."""
        folder = ISLANDS.get(name.strip().lower())
        return folder and os.path.join(self.root, folder)

    def file_of(self, folder, path):
        """Absolute path of a file, or None. Legacy quirk: what begins with the folder's text counts as within it."""
        file = os.path.normpath(os.path.join(folder, path))
        return file if file.startswith(folder) and os.path.isfile(file) else None


def default_type_of(folder):
    return "ansible" if os.path.basename(folder) == PLAYBOOKS else "powershell"


def read_document(file, default_type):
    """A `.json` holds a document; anything else is the script itself."""
    stem, extension = os.path.splitext(os.path.basename(file))
    with open(file, "rb") as opened:
        text = opened.read().decode("utf-8", "replace")
    if extension.lower() != ".json":
        document = normalised({}, stem, default_type)
        del document["script_encoding"]
        return {**document, "script": _line_feeds(text)}
    return normalised(json_or(text, {}), stem, default_type)


def json_or(text, fallback):
    try:
        return json.loads(text)
    except ValueError:
        return fallback


def stored_text(document):
    """What is written for a document. Raises UnicodeEncodeError for a lone surrogate."""
    script = base64.b64encode(_line_feeds(document["script"]).encode()).decode()
    return json.dumps({**document, "script": script, "script_encoding": "base64"}, indent=2)


def shown_name(document, file):
    return document["name"].strip() or os.path.basename(file)


def normalised(value, stem, default_type):
    """The document that a JSON value comes to. What is odd becomes its default; other keys are dropped."""
    given = value if isinstance(value, dict) else {}
    script, encoding = _script_of(given)
    kind = _word(first_truthy(given, "type", "script_type") or default_type)
    category = _word(given.get("category"))
    timeout = given["timeout_seconds"] if "timeout_seconds" in given else given.get("timeout")
    return {
        "version": integer_or(given.get("version") or 1, 1),
        "name": str(first_truthy(given, "name", "display_name") or stem),
        "description": _text(given.get("description")),
        "category": category if category in ("script", "application") else _default_category(default_type),
        "type": kind if kind in TYPES else default_type,
        "script": script,
        "timeout_seconds": max(0, integer_or(timeout, DEFAULT_TIMEOUT_SECONDS)),
        "sites": _sites_of(given.get("sites")),
        "variables": [found for found in map(_variable_of, _objects(given.get("variables"))) if found],
        "files": [found for found in map(_file_of, _objects(given.get("files"))) if found],
        "script_encoding": encoding,
    }


def _default_category(default_type):
    return "application" if default_type == "ansible" else "script"


def _script_of(given):
    """Legacy quirk: what can be read as base64 is taken for it, whatever the document says."""
    texts = [given.get(name) for name in ("script", "content") if isinstance(given.get(name), str)]
    if isinstance(given.get("script_lines"), list):
        source = "\n".join(map(str, given["script_lines"]))
    else:
        source = texts[0] if texts else ""
    decoded = _decoded(source)
    script = _line_feeds(source if decoded is None else decoded)
    if _word(first_truthy(given, "script_encoding", "scriptEncoding")) in _BASE64_WORDS:
        return script, "base64"
    probe = next((_decoded(text) for text in texts if text), None)
    return (script, "plain") if probe is None else (_line_feeds(probe), "base64")


def _decoded(text):
    packed = "".join(text.split())
    if not packed:
        return ""
    if len(packed) % 4 or not _BASE64.fullmatch(packed):
        return None
    try:
        return base64.b64decode(packed).decode("utf-8", "replace")
    except binascii.Error:
        return None


def _sites_of(value):
    if not isinstance(value, dict):
        return {"mode": "all", "values": []}
    listed = value.get("values") if isinstance(value.get("values"), list) else []
    texts = [str(one).strip() for one in listed if isinstance(one, (str, int, float))]
    values = [text for text in texts if text]
    mode = _word(value.get("mode") or ("specific" if values else "all"))
    return {"mode": mode if mode in ("all", "specific") else "all", "values": values}


def _variable_of(given):
    name = _text(first_truthy(given, "name", "key")).strip()
    kind = _word(given.get("type"))
    return name and {
        "name": name,
        "label": _text(given.get("label")),
        "type": kind if kind in _VARIABLE_TYPES else "string",
        "default": given["default"] if "default" in given else given.get("default_value"),
        "required": bool(given.get("required")),
        "description": _text(given.get("description")),
    }


def _file_of(given):
    name, data = first_truthy(given, "file_name", "name"), given.get("data")
    if not name or not isinstance(data, str):
        return None
    return {
        "file_name": str(name),
        "size": integer_or(given.get("size"), 0),
        "mime_type": _text(first_truthy(given, "mime_type", "mimeType")),
        "data": data,
    }


def _objects(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value):
    return str(value) if value else ""


def _word(value):
    return _text(value).strip().lower()


def _line_feeds(text):
    return text.replace("\r\n", "\n")
