"""The server's face: health, clock, the built web interface, and what is answered on paths that nothing owns."""

from datetime import datetime, timezone

from flask import Blueprint, current_app, jsonify, request, send_from_directory
from werkzeug.exceptions import RequestedRangeNotSatisfiable


def _ordinal(day):
    if 11 <= day <= 13:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def _display(moment):
    clock = moment.strftime("%I:%M%p").lstrip("0")
    return f"{moment.strftime('%B')} {_ordinal(moment.day)} {moment.year} @ {clock}"


def routes():
    blueprint = Blueprint("web", __name__)

    @blueprint.get("/health")
    def health():
        return jsonify({"status": "ok"})

    @blueprint.get("/api/server/time")
    def server_time():
        utc = datetime.now(timezone.utc)
        local = utc.astimezone()
        return jsonify(
            {
                "epoch": int(utc.timestamp()),
                "iso": local.isoformat(),
                "utc_iso": utc.isoformat().replace("+00:00", "Z"),
                "timezone": local.tzname(),
                "offset_seconds": int(local.utcoffset().total_seconds()),
                "display": _display(local),
            }
        )

    @blueprint.get("/")
    def root():
        return send_from_directory(current_app.static_folder, "index.html")

    return blueprint


def answer_not_found(error):
    """Client-side routes get the application; API paths and names with a dot get the 404 page."""
    path = request.path
    if path.startswith(("/api", "/socket.io")) or "." in path.rsplit("/", 1)[-1]:
        return error
    try:
        return send_from_directory(current_app.static_folder, "index.html")
    except RequestedRangeNotSatisfiable as beyond:
        return beyond
    except Exception:  # noqa: BLE001 -- no index: the same page as for any other path.
        return error
