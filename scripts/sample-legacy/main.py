#!/usr/bin/env python3
"""Starts the sample legacy. Says on stdout, as one line of JSON, where it listens; everything else goes to stderr."""

import json
import os
import sys

import eventlet
import eventlet.wsgi

from app import make_app
from settings import read_settings


def main():
    settings = read_settings()
    told, sys.stdout = sys.stdout, sys.stderr
    app = make_app(settings)
    listener = eventlet.listen((settings.host, settings.port))
    host, port = listener.getsockname()[:2]
    scheme = "http"
    if settings.tls:
        folder = settings.certificates / "Server"
        listener = eventlet.wrap_ssl(
            listener,
            certfile=str(folder / "borealis-server-bundle.pem"),
            keyfile=str(folder / "borealis-server-key.pem"),
            server_side=True,
        )
        scheme = "https"
    started = {"url": f"{scheme}://{host}:{port}", "host": host, "port": port, "pid": os.getpid()}
    print(json.dumps(started), file=told, flush=True)
    eventlet.wsgi.server(listener, app, log_output=False)


if __name__ == "__main__":
    main()
