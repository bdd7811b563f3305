"""What an agent says of itself: one line of JSON per event on stdout. Never a token, a key or a code."""

import json
import threading
import time

# What loses an agent for good in the field: nobody brings it back but a person at the machine or an operator.
FATAL = {"tokens_cleared", "engineio_close", "socketio_disconnect", "socket_stuck", "redirected", "cookie_set"}
_LOCK = threading.Lock()


class Reporter:
    def __init__(self, hostname):
        self._hostname = hostname

    def say(self, kind, **facts):
        line = {"at": round(time.time(), 3), "agent": self._hostname, "type": kind, "fatal": kind in FATAL, **facts}
        with _LOCK:
            print(json.dumps(line), flush=True)
