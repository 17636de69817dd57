"""One's own account (本人账号): log in, log out, password, 大字版."""
from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.actors import Actor
from tracker.errors import Refused
from tracker.services import accounts, links, logins, plan_titles, posts, sessions
from tracker.web.context import client_address, clock, current_actor, session, settings, visit
from tracker.web.forms import shown_again
from tracker.web.page import LARGE, own_path
from tracker.web.session import opaque

bp = Blueprint("account", __name__)


@bp.get("/login")
def login() -> ResponseReturnValue:
    if visit() is not None:
        return redirect("/", 303)
    return login_page()


def login_page(refusal: Refused | None = None) -> str:
    back = own_path(request.values.get("next", ""))
    return render_template("account/login.html", refusal=refusal, back=back, plans=plan_titles.in_force(session()),
                           typed=request.form.get("login", "")[:40], here="/login")


@bp.post("/login")
@shown_again(login_page)
def log_in() -> ResponseReturnValue:
    """A right password opens a log-in under a fresh id; whatever the cookie held before is worth nothing."""
    actor = logins.authenticate(session(), login=request.form.get("login", ""),
                                password=request.form.get("password", ""), address=client_address(), at=clock().now())
    _start(actor)
    return redirect(own_path(request.form.get("next", "")), 303)


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    current = visit()
    if current is not None:
        sessions.end(session(), current.actor, current.id, at=clock().now())
    opaque().rotate()
    return redirect("/login?said=logged_out", 303)


@bp.get("/password")
def password() -> str:
    return password_page()


def password_page(refusal: Refused | None = None) -> str:
    at, idle = clock().now(), timedelta(minutes=settings().idle_minutes)
    return render_template("account/password.html", refusal=refusal, at=at,
                           sessions=sessions.open_sessions(session(), current_actor(), at=at, idle=idle))


@bp.post("/password")
@shown_again(password_page)
def change_password() -> ResponseReturnValue:
    accounts.change_password(session(), current_actor(), current=request.form.get("current", ""),
                             new=request.form.get("new", ""), again=request.form.get("again", ""),
                             address=client_address(), at=clock().now())
    _start(current_actor())
    return redirect("/?said=password_changed", 303)


@bp.post("/password/end-others")
def end_others() -> ResponseReturnValue:
    """退出其他登录: everywhere but here."""
    current = visit()
    if current is not None:
        sessions.end_others(session(), current.actor, current.id, at=clock().now())
    return redirect("/password?said=others_ended", 303)


@bp.get("/welcome/<token>")
def welcome(token: str) -> str:
    """What a one-time link opens: the owner chooses his password."""
    return welcome_page(token=token)


def welcome_page(refusal: Refused | None = None, *, token: str) -> str:
    person = links.invited(session(), token, at=clock().now())
    return render_template("account/welcome.html", person=person, refusal=refusal, token=token)


@bp.post("/welcome/<token>")
@shown_again(welcome_page)
def set_password(token: str) -> ResponseReturnValue:
    links.set_password(session(), token, new=request.form.get("new", ""), again=request.form.get("again", ""),
                       at=clock().now())
    return redirect("/login?said=password_set", 303)


@bp.post("/identity")
def switch_identity() -> ResponseReturnValue:
    """换身份: from now on this log-in acts for another unit of the person."""
    current = visit()
    if current is not None:
        posts.switch_identity(session(), current.actor, current.id, request.form.get("unit_id", 0, int),
                              at=clock().now())
    return redirect("/?said=identity_switched", 303)


@bp.post("/large-print")
def large_print() -> ResponseReturnValue:
    """大字版 on or off: a cookie for this browser, and the account of whoever is logged in."""
    large = request.form.get("large") == "1"
    current = visit()
    if current is not None:
        accounts.set_large_print(session(), current.actor, large=large, at=clock().now())
    answer = redirect(own_path(request.form.get("next", "")), 303)
    answer.set_cookie(LARGE, "1" if large else "0", max_age=31536000, httponly=True, samesite="Lax",
                      secure=settings().secure_cookies)
    return answer


def _start(actor: Actor) -> None:
    secret_id = opaque().rotate()
    sessions.start(session(), actor, secret_id, address=client_address(), at=clock().now(),
                   agent=request.headers.get("User-Agent", ""))
