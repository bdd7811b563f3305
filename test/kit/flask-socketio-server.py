"""A real Flask-SocketIO server on eventlet for the socket tests.

Prints one JSON line with its port once it listens. Options come as JSON in argv[1]:
  cors     "*" (as the legacy) or null (the library's same-origin check)
  tls      {"certificate": file, "key": file} or absent
  ping     [interval, timeout] in seconds or absent
  unix     path of a Unix socket to listen on instead of a port, or absent
"""
import json
import sys

import eventlet

eventlet.monkey_patch()

import eventlet.wsgi  # noqa: E402
from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402
from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: E402

options = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
app = Flask(__name__)
arguments = {"async_mode": "eventlet"}
if options.get("cors", "*") is not None:
    arguments["cors_allowed_origins"] = options.get("cors", "*")
if "ping" in options:
    arguments["ping_interval"], arguments["ping_timeout"] = options["ping"]
socketio = SocketIO(app, **arguments)
# ProxyFix goes outside of Socket.IO, as in the legacy: its handshake sees the corrected address too.
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
disconnected = []


@socketio.on("connect")
def on_connect():
    socketio.emit("welcome", {"server": options.get("name", "legacy")}, to=request.sid)


@socketio.on("disconnect")
def on_disconnect():
    disconnected.append(request.sid)


@socketio.on("echo")
def on_echo(payload):
    return payload


@socketio.on("shout")
def on_shout(payload):
    socketio.emit("shout", payload)


@socketio.on("headers")
def on_headers(_payload=None):
    environ = request.environ
    return {
        "headers": {key: value for key, value in environ.items() if key.startswith("HTTP_")},
        "query": environ.get("QUERY_STRING"),
        "remote": request.remote_addr,
        "scheme": environ.get("wsgi.url_scheme"),
    }


@socketio.on("ask")
def on_ask(payload):
    sid = request.sid
    socketio.emit("question", payload, to=sid, callback=lambda *answer: socketio.emit("answered", list(answer), to=sid))


@socketio.on("dropped")
def on_dropped(_payload=None):
    return len(disconnected)


if options.get("unix"):
    import socket

    listener = eventlet.listen(options["unix"], family=socket.AF_UNIX)
    port = 0
else:
    listener = eventlet.listen(("127.0.0.1", options.get("port", 0)), backlog=1024)
    port = listener.getsockname()[1]
if options.get("tls"):
    listener = eventlet.wrap_ssl(
        listener, certfile=options["tls"]["certificate"], keyfile=options["tls"]["key"], server_side=True
    )
print(json.dumps({"port": port}), flush=True)
eventlet.wsgi.server(listener, app, log_output=False, max_size=4096)
