"""The head's desk (待我审签): sign, give back, sign a whole period at once; and who signs while he is away (委托)."""
from __future__ import annotations

from datetime import date
from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.similarity import new_clauses
from tracker.errors import Refused
from tracker.services import deputies, sign_desk, signing
from tracker.services.sign_desk import PAGE, Waiting
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.report_form import number

bp = Blueprint("sign", __name__)

COMPARED = (("progress", "进展情况"), ("problems", "存在问题"), ("matters", "需协调事项"), ("next_steps", "下一步计划"))


def show(refusal: Refused | None = None, obligation_id: int | None = None) -> str:
    """What waits for the head; where a deed was refused, with what he typed."""
    at, actor = clock().now(), current_actor()
    asked = request.form.get("page", type=int) or request.args.get("page", type=int) or 1
    desk = sign_desk.sign_desk(session(), actor, at, page=asked)
    page = (desk.first - 1) // PAGE + 1
    if refusal and "reason" in refusal.fields:
        refusal = Refused(refusal.message, fields={f"reason-{obligation_id}": refusal.fields["reason"]})
    return render_template(
        "sign/index.html", desk=desk, refusal=refusal, refused_id=obligation_id if refusal else None, at=at, page=page,
        words=request.form.get("reason", ""), compared={item.obligation_id: compared(item) for item in desk.items},
        deputies=deputies.deputies_of(session(), actor, at), actor=actor,
        before=url_for("sign.index", page=page - 1) if page > 1 else "",
        after=url_for("sign.index", page=page + 1) if page * PAGE < desk.total else "")


def compared(item: Waiting) -> list[tuple[str, str, list[tuple[str, bool | None]]]]:
    """Last period's text beside this one's, by field; of each clause of this one whether it is new (None: no last)."""
    last = item.last_text
    if last is None:
        return [(label, "", [(getattr(item.text, name), None)]) for name, label in COMPARED]
    return [(label, getattr(last, name),
             [(words, new or not getattr(last, name)) for words, new in new_clauses(
                 getattr(last, name), getattr(item.text, name))]) for name, label in COMPARED]


@bp.get("/sign")
def index() -> ResponseReturnValue:
    return show()


@bp.post("/sign/<int:obligation_id>")
@shown_again(show)
def decide(obligation_id: int) -> ResponseReturnValue:
    at, actor, version, deed = clock().now(), current_actor(), number("version"), request.form.get("deed")
    if deed == "sign":
        signed = signing.sign_report(session(), actor, obligation_id, version=version, at=at)
        return redirect(url_for("sign.index", said="signed" if signed.on_time else "signed_late"), 303)
    if deed == "send_to_clerk":
        signing.send_to_clerk(session(), actor, obligation_id, reason=request.form.get("reason", ""), version=version,
                              at=at)
        return redirect(url_for("sign.index", said="sent_to_clerk"), 303)
    raise Refused("没有看懂要办什么，没有改动。请用页面上的“签发，报督查室”“退回修改”。")


def show_all(refusal: Refused | None = None) -> str:
    """Everything that one click would send out, a form a period, named before it is done."""
    at, actor = clock().now(), current_actor()
    waiting = sorted(sign_desk.all_waiting(session(), actor, at), key=lambda item: item.period_key)
    periods = [(label, list(items)) for label, items in groupby(waiting, key=lambda item: item.period_label)]
    return render_template("sign/all.html", periods=periods, refusal=refusal, at=at, actor=actor)


@bp.get("/sign/all")
def every() -> ResponseReturnValue:
    return show_all()


@bp.post("/sign/all")
@shown_again(show_all)
def sign_every() -> ResponseReturnValue:
    pairs = [item.partition(":")[::2] for item in request.form.getlist("item")]
    if not pairs or not all(part.isdecimal() for pair in pairs for part in pair):
        raise Refused("这一页没有要签发的，没有改动。请刷新页面再办。")
    signing.sign_all(session(), current_actor(), [(int(one), int(version)) for one, version in pairs],
                     at=clock().now())
    return redirect(url_for("sign.index", said="signed"), 303)


def show_deputies(refusal: Refused | None = None) -> str:
    at, actor = clock().now(), current_actor()
    return render_template("sign/deputy.html", deputies=deputies.deputies_of(session(), actor, at), at=at, actor=actor,
                           people=deputies.candidates(session(), actor), refusal=refusal, typed=request.form)


@bp.get("/sign/deputy")
def deputy() -> ResponseReturnValue:
    return show_deputies()


@bp.post("/sign/deputy")
@shown_again(show_deputies)
def name_deputy() -> ResponseReturnValue:
    deputies.name_deputy(session(), current_actor(), deputy_id=request.form.get("deputy_id", type=int),
                         from_on=_day("from_on"), until_on=_day("until_on"), at=clock().now())
    return redirect(url_for("sign.deputy", said="deputy_named"), 303)


@bp.post("/sign/deputy/<int:deputy_row_id>/end")
def end_deputy(deputy_row_id: int) -> ResponseReturnValue:
    deputies.end_deputy(session(), current_actor(), deputy_row_id, at=clock().now())
    return redirect(url_for("sign.deputy", said="deputy_ended"), 303)


def _day(name: str) -> date | None:
    """A day as a browser's date field sends it; None where there is none or it is no day."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None
