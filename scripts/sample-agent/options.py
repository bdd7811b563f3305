"""What an agent is started with. Times are seconds as the real agent has them; `--time-scale` shortens them all."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    server: str
    state: Path
    code: str
    hostname: str
    context: str
    heartbeat_seconds: float
    script_seconds: float
    first_heartbeat_seconds: float
    first_script_seconds: float
    reconnect_seconds: float
    role_seconds: float
    job_seconds: float
    interpreter: str
    refresh_before: float
    time_scale: float


def read_options(argv=None, env=os.environ):
    """Options of each agent in this process, the file that stands for the system's trust store, and whether to obey
    proxies and certificate bundles of the environment."""
    parser = argparse.ArgumentParser(description="An agent as the field has it. Prints what happens as lines of JSON.")
    parser.add_argument("--server", help="address of the server (default: server_url.txt in the state, else http://localhost:5000)")
    parser.add_argument("--state", type=Path, required=True, help="folder of its key, tokens and pinned certificate")
    parser.add_argument("--code", action="append", default=[], help="install code; several are dealt out in turn")
    parser.add_argument("--hostname", default="SAMPLE-PC", help="with --count, a number is put behind (default SAMPLE-PC)")
    parser.add_argument("--context", default="SYSTEM", choices=["SYSTEM", "CURRENTUSER"])
    parser.add_argument("--count", type=int, default=1, help="agents in this process, each with a state of its own")
    parser.add_argument("--system-store", type=Path, help="PEM file that stands for the system's trust store (WebSocket only)")
    parser.add_argument("--interpreter", default="", help="program that runs jobs' scripts, given as a file (default: none, they are not run and succeed)")
    parser.add_argument("--environment", action="store_true", help="obey the environment's proxies and CA bundles, as the real agent does")
    for name, default, what in (
        ("heartbeat-seconds", 60, "between heartbeats"),
        ("script-seconds", 30, "between script requests"),
        ("first-heartbeat-seconds", 15, "from start to the first timed heartbeat"),
        ("first-script-seconds", 20, "from start to the first script request"),
        ("reconnect-seconds", 5, "before dialling again, give or take a tenth"),
        ("role-seconds", 0, "between reports of the roles (0: no roles, the core alone)"),
        ("job-seconds", 0, "a job takes; a SYSTEM job answers no ping meanwhile. Not scaled"),
        ("refresh-before", 60, "left of the access token when it is refreshed. Not scaled"),
        ("time-scale", 1, "factor on all intervals"),
    ):
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{what} (default {default})")
    args = parser.parse_args(argv)
    codes = args.code or ([env["BOREALIS_INSTALLER_CODE"]] if env.get("BOREALIS_INSTALLER_CODE") else [])
    return [_options(args, codes, number) for number in range(args.count)], args.system_store, args.environment


def _options(args, codes, number):
    alone = args.count == 1
    return Options(
        server=args.server or "",
        state=args.state if alone else args.state / str(number + 1),
        code=codes[number % len(codes)] if codes else "",
        hostname=args.hostname if alone else f"{args.hostname}-{number + 1}",
        context=args.context,
        heartbeat_seconds=args.heartbeat_seconds * args.time_scale,
        script_seconds=args.script_seconds * args.time_scale,
        first_heartbeat_seconds=args.first_heartbeat_seconds * args.time_scale,
        first_script_seconds=args.first_script_seconds * args.time_scale,
        reconnect_seconds=args.reconnect_seconds * args.time_scale,
        role_seconds=args.role_seconds * args.time_scale,
        job_seconds=args.job_seconds,
        interpreter=args.interpreter,
        refresh_before=args.refresh_before,
        time_scale=args.time_scale,
    )
