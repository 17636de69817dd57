"""What every page shows around its content (页面框架): navigation by role, demo bar, banner, static addresses."""
from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from flask import Flask, request

from tracker import paths
from tracker.domain.actors import Actor
from tracker.domain.words import UserRole
from tracker.models import Setting
from tracker.web.context import session, settings, visit
from tracker.web.said import SAID

LARGE = "large"                                      # cookie of 大字版, for whoever is not logged in yet
OWN_PATH = re.compile(r"/(?![/\\])[\w./~%=&?,+:@-]*", re.ASCII)

TASKS, SHEETS, JOBS = ("任务台账", "/tasks"), ("督查表", "/exports"), ("作业", "/jobs")
NAVIGATION: dict[UserRole, tuple[tuple[str, str], ...]] = {
    UserRole.clerk: (("我的待办", "/my"), ("本单位任务", "/tasks?unit=me")),
    UserRole.head: (("本单位任务", "/tasks?unit=me"), TASKS),
    UserRole.supervisor: (("今日待办", "/review"), ("总览", "/overview"), TASKS, SHEETS, JOBS),
    UserRole.leader: (("总览", "/"), TASKS, SHEETS),
    UserRole.admin: (("用户", "/admin/users"), JOBS),
    UserRole.auditor: (),
}


def init_app(app: Flask) -> None:
    app.context_processor(_frame)
    app.jinja_env.globals.update(asset=asset, sprite=sprite)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _frame() -> dict[str, Any]:
    here = visit()
    return {
        "visit": here,
        "navigation": navigation(here.actor) if here and not here.must_change else (),
        "organisation": settings().organisation,
        "office": settings().office,
        "help_phone": settings().help_phone,
        "said": SAID.get(request.args.get("said", "")),
        "demo": is_demo,
        "large": here.large_print if here else request.cookies.get(LARGE) == "1",
        "here": request.full_path.rstrip("?"),
    }


def navigation(actor: Actor) -> list[tuple[str, str, bool]]:
    """The bar of the actor's roles: label, address, whether this page is it or lies under it."""
    here = request.full_path.rstrip("?")
    links = dict.fromkeys(link for role in NAVIGATION if role in actor.roles for link in NAVIGATION[role])
    exact = any(address == here for _, address in links)
    return [(label, address, address == here if exact else f"{request.path}/".startswith(f"{address}/"))
            for label, address in links]


def is_demo() -> bool:
    """Whether the database is a demo: the setting that `make demo` and `tracker simulate` leave in it."""
    setting = session().get(Setting, "demo")
    return setting is not None and bool(setting.value)


def asset(name: str) -> str:
    """Address of a static file with the hash of its content, so that browsers may keep it for good."""
    return f"/static/{name}?v={content_hash(name)}"


def sprite(symbol: str) -> str:
    """Address of a symbol of the sprite: a lamp's colour, ok, …"""
    return f"{asset('sprite.svg')}#{symbol}"


@lru_cache(maxsize=64)
def content_hash(name: str) -> str:
    file = paths.STATIC / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"


def own_path(target: str, otherwise: str = "/") -> str:
    """`target` if it is a path of this site and nothing else, else `otherwise`: no redirect leaves the house."""
    plain = unquote(target)
    if not OWN_PATH.fullmatch(target) or "\\" in plain or "//" in plain or any(ord(sign) < 32 for sign in plain):
        return otherwise
    return target
