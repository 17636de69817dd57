"""The application (应用): wiring only."""
from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Map

from tracker import paths
from tracker.clock import Clock, SystemClock
from tracker.config import Settings
from tracker.db import prepare_engine
from tracker.services.deed import Seal
from tracker.services.office_rules import MOST_MB
from tracker.web import BLUEPRINTS, errors, filters, forms, guard, headers, page
from tracker.web.context import Desk, db
from tracker.web.session import OpaqueSessions

MEGABYTE = 1024 * 1024


class RowId(IntegerConverter):
    """`<int:…>` in an address: an id that a database can hold. Anything longer is no address."""

    def __init__(self, address_map: Map) -> None:
        super().__init__(address_map, max=2**31 - 1)


def create_app(settings: Settings, clock: Clock | None = None) -> Flask:
    """The web application over the database of the settings; the schema is `services.migrate.upgrade`'s business."""
    app = Flask("tracker", template_folder=str(paths.TEMPLATES), static_folder=str(paths.STATIC))
    app.config.update(
        SECRET_KEY=settings.key(),
        MAX_CONTENT_LENGTH=(MOST_MB + 10) * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=forms.LONGEST_FORM,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=[host.strip() for host in settings.trusted_hosts.split(",") if host.strip()] or None,
        SQLALCHEMY_DATABASE_URI=settings.url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": settings.threads + 4, "pool_pre_ping": True,
                                   "hide_parameters": True},
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.url_map.converters["int"] = RowId
    app.extensions["tracker"] = Desk(settings, clock or SystemClock(), Seal.in_folder(settings.data_dir))
    app.session_interface = OpaqueSessions(settings.key(), secure=settings.secure_cookies)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    for part in (errors, forms, filters, page, headers):
        part.init_app(app)
    CSRFProtect(app)
    guard.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def open_session(app: Flask) -> Session:
    """A session for whoever is no web request (command line, scheduler): `with open_session(app) as session: …`."""
    with app.app_context():
        return Session(db.engine, info=app.extensions["tracker"].session_info())
