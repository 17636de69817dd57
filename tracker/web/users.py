"""Accounts for the administrator (用户): who cannot log in, reset, switch off, roles, posts, handing over."""
from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.words import UserRole
from tracker.errors import Refused
from tracker.services import account_list, accounts, hand_out, handover, posts
from tracker.services.account_list import PAGE, TABS, Access, Show
from tracker.services.links import HOLDS
from tracker.web.context import clock, current_actor, session, settings
from tracker.web.forms import shown_again, typed

bp = Blueprint("users", __name__, url_prefix="/admin/users")

ROLES = tuple(UserRole)


@bp.get("")
def index() -> str:
    at, page = clock().now(), min(max(1, request.args.get("page", 1, int)), 10_000)
    text, chosen = request.args.get("q", "")[:60].replace("\x00", ""), request.args.get("show", "")
    show = Show(chosen) if chosen in set(Show) else Show.all
    listed = account_list.accounts(session(), current_actor(), show=show, text=text, page=page, at=at)
    return render_template("admin/users.html", listed=listed, Access=Access, Show=Show, tabs=TABS, show=show, text=text,
                           at=at,
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
    login, name, at = typed("login", 40).lower(), typed("name", 60), clock().now()
    token = accounts.invite(session(), current_actor(), login=login, name=name, roles=_roles(),
                            unit_id=request.form.get("unit_id", None, int), at=at)
    return render_template("admin/link.html", login=login, name=name, link=link_of(token), new=True, at=at,
                           until=at + HOLDS)


def link_of(token: str) -> str:
    """The address that a one-time link is, as the owner will open it."""
    return f"{base()}/welcome/{token}"


def base() -> str:
    """Where people reach us: as set, else as the administrator does now."""
    return settings().base_url or request.host_url.rstrip("/")


@bp.get("/hand-out")
def waiting() -> str:
    return waiting_page()


def waiting_page(refusal: Refused | None = None) -> str:
    """What a new link for everybody would end, before it is done (账号发放)."""
    return render_template("admin/hand_out.html", refusal=refusal, most=hand_out.AT_ONCE,
                           count=hand_out.waiting(session(), current_actor()))


@bp.post("/hand-out")
@shown_again(waiting_page)
def renew_links() -> ResponseReturnValue:
    at = clock().now()
    made = hand_out.renew_links(session(), current_actor(), at=at)
    return render_template("admin/import_made.html", made=made, link_of=link_of, at=at, until=at + HOLDS, new=False)


@bp.get("/<int:user_id>")
def show(user_id: int) -> str:
    return user_page(user_id=user_id)


def user_page(refusal: Refused | None = None, *, user_id: int, post_id: int | None = None) -> str:
    at, actor = clock().now(), current_actor()
    account = account_list.account(session(), actor, user_id, at=at)
    return render_template("admin/user.html", refusal=refusal, roles=ROLES, at=at, Access=Access, account=account,
                           posts=posts.posts_of(session(), actor, user_id), typed=request.form,
                           units=account_list.units(session(), actor))


@bp.post("/<int:user_id>/reset")
@shown_again(user_page)
def reset(user_id: int) -> ResponseReturnValue:
    """The link is on this answer only; it is kept nowhere."""
    at = clock().now()
    token = accounts.reset_by_link(session(), current_actor(), user_id, at=at)
    row = account_list.account(session(), current_actor(), user_id, at=at)
    return render_template("admin/link.html", login=row.login, name=row.name, link=link_of(token), new=False, at=at,
                           until=at + HOLDS)


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


@bp.post("/<int:user_id>/posts")
@shown_again(user_page)
def give_post(user_id: int) -> ResponseReturnValue:
    role = request.form.get("post_role", "")
    posts.give_post(session(), current_actor(), user_id, unit_id=request.form.get("post_unit_id", None, int),
                    role=UserRole(role) if role in set(UserRole) else None, at=clock().now())
    return redirect(f"/admin/users/{user_id}?said=post_given", 303)


@bp.post("/<int:user_id>/posts/<int:post_id>/end")
@shown_again(user_page)
def end_post(user_id: int, post_id: int) -> ResponseReturnValue:
    posts.end_post(session(), current_actor(), user_id, post_id, at=clock().now())
    return redirect(f"/admin/users/{user_id}?said=post_ended", 303)


@bp.get("/<int:user_id>/leave")
def leave(user_id: int) -> str:
    return leave_page(user_id=user_id)


def leave_page(refusal: Refused | None = None, *, user_id: int) -> str:
    """What would end and what would stay, before it is done (工作交接)."""
    actor = current_actor()
    return render_template("admin/leave.html", refusal=refusal, typed=request.form,
                           account=account_list.account(session(), actor, user_id, at=clock().now()),
                           left=handover.to_hand_over(session(), actor, user_id))


@bp.post("/<int:user_id>/leave")
@shown_again(leave_page)
def hand_over(user_id: int) -> ResponseReturnValue:
    chosen = request.form.get("successor_id", "")
    if chosen == "":
        raise Refused("还没有交接，内容没有变。", fields={"successor_id": handover.NEED_SUCCESSOR})
    handover.hand_over(session(), current_actor(), user_id, at=clock().now(),
                       successor_id=None if chosen == "nobody" else request.form.get("successor_id", 0, int))
    return redirect("/admin/users?said=handed_over", 303)


def _roles() -> list[UserRole]:
    return [role for role in ROLES if role.value in request.form.getlist("roles")]
