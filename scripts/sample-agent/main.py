#!/usr/bin/env python3
"""Runs one agent, or several in threads of their own, until the process is ended."""

import asyncio
import os
import threading
import warnings

from agent import Agent
from options import read_options

# What the real agent's HTTP obeys: proxies, and bundles that win over the pinned certificate. On loopback they only mislead.
ENVIRONMENT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def main():
    every_options, system_store, environment = read_options()
    if not environment:
        for name in ENVIRONMENT:
            os.environ.pop(name, None)
            os.environ.pop(name.lower(), None)
    if system_store:
        # Read by OpenSSL when the WebSocket's context is made; HTTP verifies against the pinned file alone.
        os.environ["SSL_CERT_FILE"] = str(system_store)
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    threads = [
        threading.Thread(target=lambda options=options: asyncio.run(Agent(options).run()), daemon=True)
        for options in every_options
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
