"""Fills a script's variables in: its environment, and the places in its text (contract: assemblies 6). Pure."""

import re

_ODD = re.compile(r"[^A-Za-z0-9_]")
_PLACE = re.compile(r"\$env:(?:\{([A-Za-z0-9_-]+)\}|([A-Za-z0-9_-]+))", re.IGNORECASE | re.ASCII)
_NO_WORDS = ("", "false", "0", "no", "n", "off")


def overrides_of(values):
    """By trimmed name, blank ones dropped; anything but an object is none."""
    if not isinstance(values, dict):
        return {}
    return {name.strip(): value for name, value in values.items() if name.strip()}


def fill(script, declared, overrides):
    """Text, environment and variables as agents are told them."""
    names = {variable["name"] for variable in declared}
    extra = {name: value for name, value in overrides.items() if name not in names}
    settings = [(v["name"], v["type"], overrides.get(v["name"], v["default"])) for v in declared]
    settings += [(name, "string", value) for name, value in extra.items()]
    environment = {_key(name): _text(value) for name, _, value in settings}
    for name, _, _ in settings:
        environment.setdefault(_ODD.sub("_", name.strip()), environment[_key(name)])
    variables = [{**v, "value": overrides[v["name"]]} if v["name"] in overrides else v for v in declared]
    variables += [{"name": name, "value": value, "type": "string"} for name, value in extra.items()]
    literals = {_key(name): _literal(kind, value) for name, kind, value in settings}
    return _PLACE.sub(lambda place: literals.get(_key(place[1] or place[2]), place[0]), script), environment, variables


def _key(name):
    return _ODD.sub("_", name.strip()).upper()


def _text(value):
    return "" if value is None else str(value)


def _literal(kind, value):
    if kind == "boolean":
        return "$true" if _is_yes(value) else "$false"
    if kind == "number":
        return _text(value) or "0"
    return "'" + _text(value).replace("'", "''") + "'"


def _is_yes(value):
    if value is None or isinstance(value, (bool, int, float)):
        return bool(value)
    return str(value).strip().lower() not in _NO_WORDS
