"""代填: the office enters what a unit answered by telephone or on paper; the unit confirms it later."""
from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import BinaryIO, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.report_text import clean_report, faults
from tracker.domain.show import moment_cn
from tracker.domain.words import Purpose, Rating, Source
from tracker.domain.workdays import SHANGHAI, china_calendar
from tracker.errors import Refused
from tracker.services import entering, evidence, report_page
from tracker.services.access import get_obligation
from tracker.services.attachments import FileRow
from tracker.services.file_store import receive
from tracker.web import reports
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again, typed
from tracker.web.report_form import chosen, number, said_not_secret, typed_text

bp = Blueprint("entering", __name__)

WAYS = (Source.telephone, Source.paper)
NEED_WAY = "请选电话答复或书面答复"
NEED_MOMENT = "请写明什么时候收到的答复：日期和时间"
NEED_PERSON = "请写明谁答复的：姓名、职务，电话"
NEED_SCAN = "书面答复要附上扫描件或照片"
NOTE = "{received}{way}，答复人：{by}"


def show(refusal: Refused | None = None, *, obligation_id: int) -> str:
    """The form of a 代填; what was typed comes back, and the scan that is kept already."""
    at, actor = clock().now(), current_actor()
    page = report_page.report_page(session(), actor, obligation_id, at)
    return render_template("entering/form.html", page=page, refusal=refusal, at=at, ways=WAYS, ratings=list(Rating),
                           typed=request.form if refusal else None, scans=scans(obligation_id),
                           request_key=request.form.get("request_key") or secrets.token_urlsafe(16))


def scans(obligation_id: int) -> list[FileRow]:
    """代填依据 that hangs on it already, from an earlier try."""
    obligation = get_obligation(session(), current_actor(), obligation_id)
    return [file for file in evidence.files_of(session(), current_actor(), obligation)
            if file.purpose is Purpose.answer and file.removed_at is None]


@bp.get("/reports/<int:obligation_id>/enter")
def form(obligation_id: int) -> ResponseReturnValue:
    page = report_page.report_page(session(), current_actor(), obligation_id, clock().now())
    if not page.may.enter_for:
        return redirect(url_for("reports.show", obligation_id=obligation_id), 303)
    return show(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>/enter")
@shown_again(show)
def enter(obligation_id: int) -> ResponseReturnValue:
    at, actor, version, text = clock().now(), current_actor(), number("version"), typed_text()
    way, received_at, by = chosen(Source, "source"), _moment("received_at"), typed("told_by", 100)
    _keep_scan(obligation_id, at)
    wrong = {} if way in WAYS else {"source": NEED_WAY}
    wrong |= {} if received_at else {"received_at": NEED_MOMENT}
    wrong |= {} if by else {"told_by": NEED_PERSON}
    if way is Source.paper and not scans(obligation_id):
        wrong["file"] = NEED_SCAN
    if way is None or received_at is None or wrong:
        wrong |= faults(clean_report(text), handing_in=True)        # all that is missing, told at once
        raise Refused("；".join(wrong.values()), fields=wrong)
    note = NOTE.format(received=moment_cn(received_at, at, china_calendar()), way=way.label, by=by)
    entering.enter_for(session(), actor, obligation_id, text=text, source=way, received_at=received_at, note=note,
                       version=version, request_key=request.form.get("request_key", ""), at=at,
                       not_secret=said_not_secret())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="entered"), 303)


@bp.post("/reports/<int:obligation_id>/confirm")
@shown_again(reports.show_page)
def confirm(obligation_id: int) -> ResponseReturnValue:
    entering.confirm_entry(session(), current_actor(), obligation_id, version=number("version"), at=clock().now())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="entry_confirmed"), 303)


def _keep_scan(obligation_id: int, at: datetime) -> None:
    """The scan first: it stays where the rest of the form is refused, so that nobody need choose it again."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return
    with receive(session(), cast(BinaryIO, file.stream), file.filename) as stored:
        evidence.attach(session(), current_actor(), obligation_id, stored=stored, name=stored.name, dated_on=None,
                        purpose=Purpose.answer, at=at, not_secret=said_not_secret())


def _moment(name: str) -> datetime | None:
    """A moment as a browser's field sends it, on a clock in Shanghai; None where it is none."""
    try:
        return datetime.fromisoformat(request.form.get(name, "").strip()).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
