"""Answers matches from a real Werkzeug url_map. Reads {"rules": [...], "requests": [...]} as JSON, writes a list of outcomes."""
import json
import sys
from urllib.parse import unquote, urlsplit

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule


def path_info(raw):
    """What eventlet puts into PATH_INFO, and what Werkzeug's request makes of it."""
    return unquote(raw, encoding="latin1").encode("latin1").decode("utf-8", "replace")


def rule_of(entry):
    methods = None if entry["methods"] == "*" else [*entry["methods"], "OPTIONS"]
    return Rule(entry["rule"], endpoint=entry["endpoint"], methods=methods)


def outcome(adapter, method, raw):
    try:
        endpoint, values = adapter.match(path_info(raw), method)
        return {"kind": "match", "endpoint": endpoint, "params": {name: str(value) for name, value in values.items()}}
    except RequestRedirect as redirect:
        return {"kind": "redirect", "path": unquote(urlsplit(redirect.new_url).path)}
    except MethodNotAllowed as refused:
        return {"kind": "method-not-allowed", "allow": sorted(refused.valid_methods)}
    except NotFound:
        return {"kind": "not-found"}


def main():
    batch = json.load(sys.stdin)
    adapter = Map([rule_of(entry) for entry in batch["rules"]]).bind("legacy.test")
    answers = [
        {**outcome(adapter, method, path), "allowed": sorted(adapter.allowed_methods(path_info(path)))}
        for method, path in batch["requests"]
    ]
    json.dump(answers, sys.stdout)


main()
