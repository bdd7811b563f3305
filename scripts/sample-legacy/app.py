"""Puts the server together: the Flask application, its routes and the Socket.IO server."""

from flask import Flask
from flask_cors import CORS
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

import account_routes
import activity_routes
import agent_routes
import assembly_routes
import device_routes
import enrolment_admin_routes
import enrolment_routes
import events
import hash_routes
import job_routes
import operators as operators_module
import playbook_routes
import quick_run_routes
import recap_routes
import registry_routes
import site_routes
import token_routes
import unserved_routes
import web
from assemblies import Assemblies
from database import Database
from legacy import Legacy
from material import Material
from passwords import Passwords
from registry import Registry
from scheduler import Scheduler

PRUNE_SECONDS = 24 * 3600


def make_app(settings):
    """The WSGI application and the shared parts, with tables, keys and memory ready, after the scheduler's first tick."""
    database = Database(settings.database)
    database.prepare()
    registry = Registry(database)
    registry.load()
    legacy = Legacy(
        settings=settings,
        database=database,
        material=Material(settings),
        registry=registry,
        assemblies=Assemblies(settings.root),
        passwords=Passwords(settings.server_root),
    )

    # The static rule matches every path for GET and HEAD, hence 404 and not 405 on them.
    app = Flask(__name__, static_folder=str(settings.static_folder), static_url_path="")
    app.secret_key = settings.secret
    app.config.update(
        SESSION_COOKIE_SAMESITE=settings.cookie_samesite,
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_DOMAIN=settings.cookie_domain or None,
    )
    CORS(app, supports_credentials=True, origins=list(settings.cors_origins) or "*")
    operators = operators_module.Operators(settings)
    for blueprint in _blueprints(legacy, operators):
        app.register_blueprint(blueprint)
    app.register_error_handler(404, web.answer_not_found)

    legacy.socketio = SocketIO(app, cors_allowed_origins="*", async_mode="eventlet")
    events.register(legacy)
    legacy.socketio.start_background_task(_prune_daily, legacy)
    if settings.scheduler:
        Scheduler(legacy).start()
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
    return app


def _blueprints(legacy, operators):
    return [
        web.routes(),
        operators_module.routes(legacy, operators),
        enrolment_routes.routes(legacy),
        enrolment_admin_routes.routes(legacy, operators),
        token_routes.routes(legacy),
        agent_routes.routes(legacy),
        registry_routes.routes(legacy),
        site_routes.routes(legacy),
        device_routes.routes(legacy, operators),
        account_routes.routes(legacy),
        hash_routes.routes(legacy),
        job_routes.routes(legacy),
        activity_routes.routes(legacy),
        assembly_routes.routes(legacy),
        quick_run_routes.routes(legacy),
        playbook_routes.routes(legacy),
        recap_routes.routes(legacy),
        unserved_routes.routes(operators),
    ]


def _prune_daily(legacy):
    while True:
        legacy.socketio.sleep(PRUNE_SECONDS)
        legacy.database.prune()
