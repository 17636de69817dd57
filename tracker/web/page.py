"""What every page shows around its content (页面框架): navigation by role, demo bar, banner, static addresses."""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from flask import Flask, request

from tracker import paths
from tracker.domain.words import UserRole
from tracker.models import Setting
from tracker.services.changes import Changes, changes
from tracker.services.todo import waiting_count
from tracker.web.context import clock, session, settings, visit
from tracker.web.said import SAID

LARGE = "large"                                      # cookie of 大字版, for whoever is not logged in yet
OWN_PATH = re.compile(r"/(?![/\\])[\w./~%=&?,+:@-]*", re.ASCII)

OURS, TASKS, DONE = ("本单位任务", "/tasks?unit=me"), ("任务台账", "/tasks"), ("已办", "/done")
OVERVIEW, SHEETS, JOBS = ("总览", "/overview"), ("督查表", "/exports"), ("作业", "/jobs")
NAVIGATION: dict[UserRole, tuple[tuple[str, str], ...]] = {
    UserRole.clerk: (("我的待办", "/my"), ("一表填报", "/my/grid"), OURS, DONE),
    UserRole.head: (("待我审签", "/sign"), OURS, TASKS, DONE),
    UserRole.supervisor: (("今日待办", "/review"), OVERVIEW, TASKS, SHEETS, DONE, ("设置", "/rules"), JOBS),
    UserRole.leader: (("总览", "/"), TASKS, SHEETS),
    UserRole.admin: (("用户", "/admin/users"), ("单位", "/admin/units"), JOBS),
    UserRole.auditor: (("审计日志", "/audit"),),
}
DESKS = {"/my": UserRole.clerk, "/sign": UserRole.head, "/review": UserRole.supervisor}     # whose items are counted


@dataclass(frozen=True)
class BarItem:
    """A link of the bar. `current`: the page is it or lies under it; `waits`: how many things there wait for me."""

    label: str
    address: str
    current: bool
    waits: int


def init_app(app: Flask) -> None:
    app.context_processor(_frame)
    app.jinja_env.globals.update(asset=asset, sprite=sprite, changes_since_last_visit=changes_since_last_visit)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _frame() -> dict[str, Any]:
    here = visit()
    return {
        "visit": here,
        "navigation": navigation,
        "organisation": settings().organisation,
        "office": settings().office,
        "help_phone": settings().help_phone,
        "said": SAID.get(request.args.get("said", "")),
        "demo": is_demo,
        "large": here.large_print if here else request.cookies.get(LARGE) == "1",
        "here": request.full_path.rstrip("?"),
    }


def navigation() -> list[BarItem]:
    """The bar of whoever is there, by his roles, with what waits for him. Empty before he has set his password."""
    here = visit()
    if here is None or here.must_change:
        return []
    mine = dict.fromkeys(link for role in NAVIGATION if role in here.actor.roles for link in NAVIGATION[role])
    links = sorted(mine, key=lambda link: link[1] not in DESKS)         # of several roles the desks first
    current = _current([address for _, address in links])
    waits = waiting_count(session(), here.actor, clock().now())
    return [BarItem(label, address, address == current, waits.get(DESKS[address], 0) if address in DESKS else 0)
            for label, address in links]


def _current(addresses: list[str]) -> str | None:
    """Of the bar's addresses the one that this page is, else the nearest that it lies under."""
    here = request.full_path.rstrip("?")
    above = [address for address in addresses if f"{request.path}/".startswith(f"{address}/")]
    return here if here in addresses else max(above, key=len, default=None)


def changes_since_last_visit() -> Changes:
    """For `_changes.html`: what others did since the log-in before this one."""
    here = visit()
    if here is None:
        raise RuntimeError("nobody is logged in: the route is public")
    return changes(session(), here.actor, here.id, clock().now())


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
