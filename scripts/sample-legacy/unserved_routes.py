"""Routes of the legacy that this server only knows by method and path. They answer 501, so that nobody takes it for the whole.

They are in the URL map all the same: `Allow`, 404 against 405, and merged slashes depend on the map as a whole.
"""

from flask import Blueprint, jsonify

ADMIN = (
    ("GET POST", "/api/users"),
    ("DELETE", "/api/users/<username>"),
    ("POST", "/api/users/<username>/reset_password"),
    ("POST", "/api/users/<username>/role"),
    ("POST", "/api/users/<username>/mfa"),
    ("GET POST", "/api/credentials"),
    ("GET PUT DELETE", "/api/credentials/<int:credential_id>"),
    ("GET POST", "/api/github/token"),
    ("GET POST", "/api/ssh_devices"),
    ("PUT", "/api/ssh_devices/<hostname>"),
    ("GET POST", "/api/winrm_devices"),
    ("PUT", "/api/winrm_devices/<hostname>"),
)
OPEN = (
    ("GET", "/api/search/suggest"),
    ("GET POST", "/api/device_list_views"),
    ("GET PUT DELETE", "/api/device_list_views/<int:view_id>"),
    ("GET", "/api/assembly/list"),
    *(("GET", f"/api/{family}/{name}") for family in ("scripts", "ansible") for name in ("list", "load")),
    *(("POST", f"/api/assembly/{name}") for name in ("edit", "rename", "move", "delete")),
    *(
        ("POST", f"/api/{family}/{name}")
        for family in ("scripts", "ansible")
        for name in ("save", "rename_file", "move_file", "delete_file", "create_folder", "delete_folder", "rename_folder")
    ),
    ("GET POST OPTIONS", "/api/proxy"),
    ("POST", "/api/ocr"),
    ("GET", "/api/repo/current_hash"),
)


def _unserved(**_):
    return jsonify({"error": "not part of the sample legacy"}), 501


def routes(operators):
    blueprint = Blueprint("unserved", __name__)
    for view, table in ((operators.admin_only(_unserved), ADMIN), (_unserved, OPEN)):
        for methods, rule in table:
            blueprint.add_url_rule(rule, endpoint=rule.translate(str.maketrans("/.", "__")), view_func=view, methods=methods.split())
    return blueprint
