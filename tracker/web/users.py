"""Accounts for the administrator (用户): who cannot log in, reset, switch off, roles, a new account."""
from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.words import UserRole
from tracker.errors import Refused
from tracker.services import account_list, accounts
from tracker.services.account_list import PAGE, Access
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again, typed

bp = Blueprint("users", __name__, url_prefix="/admin/users")

ROLES = tuple(UserRole)


@bp.get("")
def index() -> str:
    at, page = clock().now(), min(max(1, request.args.get("page", 1, int)), 10_000)
    text, chosen = request.args.get("q", "")[:60].replace("\x00", ""), request.args.get("access", "")
    access = Access[chosen] if chosen in Access.__members__ else None
    listed = account_list.accounts(session(), current_actor(), access=access, text=text, page=page, at=at)
    return render_template("admin/users.html", listed=listed, Access=Access, access=access, text=text, at=at,
                           first=(page - 1) * PAGE + 1, last=(page - 1) * PAGE + len(listed.rows),
                           before=_page(page - 1) if page > 1 else "",
                           after=_page(page + 1) if page * PAGE < listed.total else "")


def _page(number: int) -> str:
    return "/admin/users?" + urlencode({**request.args.to_dict(), "page": str(number)})


@bp.get("/new")
def new() -> str:
    return new_page()


def new_page(refusal: Refused | None = None) -> str:
    return render_template("admin/new_user.html", refusal=refusal, roles=ROLES, typed=request.form,
                           units=account_list.units(session(), current_actor()),
                           chosen=request.form.getlist("roles") or [UserRole.clerk])


@bp.post("/new")
@shown_again(new_page)
def create() -> ResponseReturnValue:
    login, name = typed("login", 40).lower(), typed("name", 60)
    password = accounts.create_account(session(), current_actor(), login=login, name=name, roles=_roles(),
                                       unit_id=request.form.get("unit_id", None, int), at=clock().now())
    return render_template("admin/first_password.html", login=login, name=name, password=password, new=True)


@bp.get("/<int:user_id>")
def show(user_id: int) -> str:
    return user_page(user_id=user_id)


def user_page(refusal: Refused | None = None, *, user_id: int) -> str:
    at = clock().now()
    return render_template("admin/user.html", refusal=refusal, roles=ROLES, at=at, Access=Access,
                           account=account_list.account(session(), current_actor(), user_id, at=at))


@bp.post("/<int:user_id>/reset")
@shown_again(user_page)
def reset(user_id: int) -> ResponseReturnValue:
    """The new first password is on this answer only; it is kept nowhere."""
    password = accounts.reset_password(session(), current_actor(), user_id, at=clock().now())
    row = account_list.account(session(), current_actor(), user_id, at=clock().now())
    return render_template("admin/first_password.html", login=row.login, name=row.name, password=password, new=False)


@bp.post("/<int:user_id>/unlock")
@shown_again(user_page)
def unlock(user_id: int) -> ResponseReturnValue:
    accounts.unlock(session(), current_actor(), user_id, at=clock().now())
    return redirect("/admin/users?said=user_unlocked", 303)


@bp.post("/<int:user_id>/disable")
@shown_again(user_page)
def disable(user_id: int) -> ResponseReturnValue:
    accounts.disable(session(), current_actor(), user_id, at=clock().now())
    return redirect("/admin/users?said=user_disabled", 303)


@bp.post("/<int:user_id>/enable")
@shown_again(user_page)
def enable(user_id: int) -> ResponseReturnValue:
    accounts.enable(session(), current_actor(), user_id, at=clock().now())
    return redirect("/admin/users?said=user_enabled", 303)


@bp.post("/<int:user_id>/roles")
@shown_again(user_page)
def set_roles(user_id: int) -> ResponseReturnValue:
    accounts.set_roles(session(), current_actor(), user_id, roles=_roles(), at=clock().now())
    return redirect("/admin/users?said=roles_set", 303)


def _roles() -> list[UserRole]:
    return [role for role in ROLES if role.value in request.form.getlist("roles")]
