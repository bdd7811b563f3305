"""Writes rows of devices as the legacy does, a connection per write, at full speed, and tells what became of its writes.

Usage: legacy-writer.py DATABASE DEVICES SECONDS
"""

import json
import sqlite3
import sys
import time

database, devices, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
expected = {}
counts = {"writes": 0, "lost": 0, "locked": 0}
slowest = 0.0
print("ready", flush=True)
until = time.monotonic() + seconds
while time.monotonic() < until:
    n = counts["writes"]
    hostname = f"DEVICE-{n % devices}"
    began = time.monotonic()
    try:
        connection = sqlite3.connect(database, timeout=15)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA synchronous=NORMAL")
        (found,) = connection.execute("SELECT description FROM devices WHERE hostname = ?", (hostname,)).fetchone()
        # Nobody else writes this column but by putting back what it held.
        if hostname in expected and found != expected[hostname]:
            counts["lost"] += 1
        connection.execute("UPDATE devices SET description = ? WHERE hostname = ?", (f"note {n}", hostname))
        connection.execute(
            "INSERT INTO activity_history (hostname, script_name, ran_at, status) VALUES (?, 'writer', ?, 'Success')",
            (hostname, n),
        )
        connection.commit()
        connection.close()
        expected[hostname] = f"note {n}"
    except sqlite3.OperationalError as error:
        counts["locked"] += 1
        print(error, file=sys.stderr, flush=True)
    counts["writes"] += 1
    slowest = max(slowest, time.monotonic() - began)
print(json.dumps({**counts, "slowest_ms": round(slowest * 1000), "expected": expected}), flush=True)
