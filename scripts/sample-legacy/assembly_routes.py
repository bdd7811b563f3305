"""Making and reading assemblies (contract: assemblies 4). The other routes on them are known by path alone."""

import json
import os

from flask import Blueprint, jsonify, request

from assemblies import TYPES, WORKFLOWS, default_type_of, json_or, normalised, read_document, stored_text


def routes(legacy):
    blueprint = Blueprint("assemblies", __name__)
    assemblies = legacy.assemblies

    @blueprint.post("/api/assembly/create")
    def create():
        data = request.get_json(silent=True) or {}
        island, kind, path, hint = ((data.get(name) or "").strip() for name in ("island", "kind", "path", "type"))
        folder = assemblies.island(island)
        if folder is None:
            return _refused("invalid island")
        file = _within(folder, path)
        if file is None:
            return _refused("invalid path")
        if not path:
            return _refused("path required")
        try:
            if kind.lower() == "folder":
                os.makedirs(file, exist_ok=True)
                return jsonify({"status": "ok"})
            if kind.lower() != "file":
                return _refused("invalid kind")
            if not os.path.splitext(os.path.basename(file))[1]:
                file += ".json"
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8") as opened:
                opened.write(_new_text(folder, file, data.get("content"), hint.lower()))
        except ValueError as error:
            return _refused(str(error))
        except Exception as error:  # noqa: BLE001 -- the legacy answers with the exception's text.
            return _refused(str(error), 500)
        return jsonify({"status": "ok", "rel_path": _relative(folder, file)})

    @blueprint.get("/api/assembly/load")
    def load():
        folder = assemblies.island(request.args.get("island", ""))
        if folder is None:
            return _refused("invalid island")
        file = _within(folder, request.args.get("path", "").strip())
        if file is None:
            return _refused("invalid path")
        if not os.path.isfile(file):
            return _refused("file not found", 404)
        try:
            if os.path.basename(folder) == WORKFLOWS:
                with open(file, encoding="utf-8") as opened:
                    return jsonify(json_or(opened.read(), {}))
            document = read_document(file, default_type_of(folder))
        except Exception as error:  # noqa: BLE001
            return _refused(str(error), 500)
        shown = {"file_name": os.path.basename(file), "rel_path": _relative(folder, file), "type": document["type"]}
        return jsonify({**shown, "assembly": document, "content": document["script"]})

    return blueprint


def _within(folder, path):
    """Legacy quirk: a folder beside it whose name begins alike counts as within."""
    file = os.path.normpath(os.path.join(folder, path.replace("\\", "/").strip("/")))
    return file if file.startswith(folder) else None


def _relative(folder, file):
    return os.path.relpath(file, folder).replace(os.sep, "/")


def _new_text(folder, file, content, hint):
    given = json_or(content, {}) if isinstance(content, str) else content
    stem = os.path.splitext(os.path.basename(file))[0]
    if os.path.basename(folder) == WORKFLOWS:
        workflow = given if isinstance(given, dict) else {}
        return json.dumps(workflow if "tab_name" in workflow else {**workflow, "tab_name": stem}, indent=2)
    default_type = default_type_of(folder)
    if default_type != "ansible" and hint in TYPES:
        default_type = hint
    return stored_text(normalised(given, stem, default_type))


def _refused(text, status=400):
    return jsonify({"error": text}), status
