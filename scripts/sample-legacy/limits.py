"""Memory of the last minutes: sliding windows and one-use ids. Lost at restart, per process."""

import math
import time
from collections import deque


class SlidingWindow:
    """At most `limit` hits per key in `seconds`; a refused hit is not counted."""

    def __init__(self, limit, seconds=60):
        self._limit = limit
        self._seconds = seconds
        self._hits = {}

    def refuse_for(self, key):
        """0 when the hit was counted, else the seconds until the oldest one leaves the window."""
        now = time.monotonic()
        hits = self._hits.setdefault(key, deque())
        while hits and hits[0] <= now - self._seconds:
            hits.popleft()
        if len(hits) >= self._limit:
            return hits[0] + self._seconds - now
        hits.append(now)
        return 0


class SeenOnce:
    """Remembers keys for a while."""

    def __init__(self, seconds=300):
        self._seconds = seconds
        self._until = {}

    def first_time(self, key):
        now = time.monotonic()
        self._until = {k: until for k, until in self._until.items() if until > now}
        if key in self._until:
            return False
        self._until[key] = now + self._seconds
        return True


def retry_after_header(seconds):
    return {"Retry-After": str(max(1, math.floor(seconds)))}
