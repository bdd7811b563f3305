"""What the server is started with. The only module that reads the environment and the command line."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    tls: bool
    root: Path
    database: Path
    server_root: Path
    certificates: Path
    static_folder: Path
    secret: str
    token_ttl_seconds: int
    cors_origins: tuple
    cookie_samesite: str
    cookie_secure: bool
    cookie_domain: str
    names: tuple
    scheduler: bool
    tick_seconds: float
    sim_run_seconds: int
    job_history_days: int


def _static_folder(root):
    """The first that exists: a build beside the server's source, then inside it; none: the first (all 404)."""
    candidates = [root / "Data/Server/web-interface/build", root / "Data/Server/WebUI/build", root / "Data/WebUI/build"]
    return next((folder for folder in candidates if folder.is_dir()), candidates[0])


def read_settings(argv=None, env=os.environ):
    parser = argparse.ArgumentParser(description="A small Flask server that speaks the legacy's core routes and events.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=5000, help="port; 0 takes a free one (default 5000)")
    parser.add_argument("--root", type=Path, required=True, help="project root: keys and certificates lie below it")
    parser.add_argument("--database", type=Path, help="SQLite file (default ROOT/database.db)")
    parser.add_argument("--static", type=Path, help="folder of the built web interface (default: searched below ROOT)")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS with the bundle below the root")
    parser.add_argument("--name", action="append", default=[], help="further DNS name or address for the certificate")
    parser.add_argument("--no-scheduler", action="store_true", help="dispatch no jobs")
    parser.add_argument("--tick-seconds", type=float, default=0, help="rest of the scheduler between its ticks (default: to the next full minute)")
    args = parser.parse_args(argv)
    root = args.root.resolve()
    ttl = env.get("BOREALIS_TOKEN_TTL_SECONDS", "2592000")
    return Settings(
        host=args.host,
        port=args.port,
        tls=args.tls,
        root=root,
        database=(args.database or root / "database.db").resolve(),
        server_root=Path(env.get("BOREALIS_SERVER_ROOT") or root / "Server/Borealis").resolve(),
        certificates=Path(env.get("BOREALIS_CERT_ROOT") or root / "Certificates").resolve(),
        static_folder=args.static.resolve() if args.static else _static_folder(root),
        secret=env.get("BOREALIS_SECRET", "borealis-dev-secret"),
        token_ttl_seconds=int(ttl) if ttl.isdigit() else 0,
        cors_origins=tuple(sorted(o.strip() for o in env.get("BOREALIS_CORS_ORIGINS", "").split(",") if o.strip())),
        cookie_samesite=env.get("BOREALIS_COOKIE_SAMESITE", "Lax"),
        cookie_secure=env.get("BOREALIS_COOKIE_SECURE", "").lower() in ("1", "true", "yes"),
        cookie_domain=env.get("BOREALIS_COOKIE_DOMAIN", ""),
        names=tuple(args.name),
        scheduler=not args.no_scheduler,
        tick_seconds=args.tick_seconds,
        sim_run_seconds=int(env.get("BOREALIS_SIM_RUN_SECONDS", "30")),
        job_history_days=int(env.get("BOREALIS_JOB_HISTORY_DAYS", "30")),
    )
