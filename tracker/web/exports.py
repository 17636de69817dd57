"""The sheets (督查表): make one, see what was made, download."""
from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.permissions import Act, may
from tracker.domain.words import SheetKind
from tracker.domain.workdays import ONE_DAY, shanghai_moment
from tracker.errors import Refused
from tracker.services import exports, sheet_choices
from tracker.web.context import clock, current_actor, session, settings
from tracker.web.downloads import send_named
from tracker.web.forms import shown_again
from tracker.web.planless import with_plan

bp = Blueprint("exports", __name__)

SHEETS = {                              # what it holds, its paper
    SheetKind.ledger: ("全部任务：责任、进展、问题、下一步、亮灯和原因；打印版和可筛选的明细版各一页", "A3横"),
    SheetKind.overdue: ("谁、哪一件、应报时限、逾期几个工作日", "A4横"),
}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/exports")
@with_plan
def index() -> ResponseReturnValue:
    return show()


def show(refusal: Refused | None = None) -> str:
    at, actor = clock().now(), current_actor()
    choices = sheet_choices.sheet_choices(session(), actor, at)
    made = exports.list_exports(session(), actor)
    return render_template(
        "exports/index.html", refusal=refusal, at=at, choices=choices, sheets=SHEETS, made=made,
        current=[one for one in made if one.superseded_at is None], may_make=may(actor, Act.make_exports),
        period=request.form.get("period") or request.args.get("period") or choices.on_table,
        as_of=request.form.get("as_of", ""), new=request.args.get("new", type=int))


@bp.post("/exports")
@shown_again(show)
def make() -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    choices = sheet_choices.sheet_choices(session(), actor, at)
    kind, period = request.form.get("kind", ""), request.form.get("period", "") or choices.on_table
    if kind not in set(SheetKind):
        raise Refused("没有这种督查表，没有出表。请用页面上的按钮。")
    if period not in dict(choices.periods):
        raise Refused("没有这个报告期，没有出表。", fields={"period": "请在列出的报告期里选一个"})
    made = exports.make_export(session(), actor, plan_key=choices.plan.key, kind=SheetKind(kind), period_key=period,
                               as_of=_as_of(at), export_dir=settings().exports, at=at)
    return redirect(f"/exports?said=export_ready&new={made.id}", 303)


@bp.get("/exports/<int:export_id>")
def download(export_id: int) -> Response:
    """The file under its Chinese name, and an ASCII one for browsers that know no other (RFC 6266)."""
    path, name, ascii_name = exports.open_export(session(), current_actor(), export_id,
                                                 export_dir=settings().exports, at=clock().now())
    return send_named(path, media_type=EXCEL, name=name, ascii_name=ascii_name)


def _as_of(at: datetime) -> datetime:
    """The end of the day that was typed, now where it is today or empty. The service refuses what is to come."""
    value = request.form.get("as_of", "").strip()
    if not value:
        return at
    try:
        day = date.fromisoformat(value)
        starts_at, ends_at = shanghai_moment(day), shanghai_moment(day + ONE_DAY) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise Refused("数据时点看不懂，没有出表。",
                      fields={"as_of": f"“{value[:20]}”不是日期，要写成 2026-10-20 这样"}) from None
    return at if starts_at <= at <= ends_at else ends_at
