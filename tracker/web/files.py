"""Evidence (佐证材料): add, date, take out, download, preview. Plain forms; the script asks the same for JSON."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from tracker.domain.file_kinds import ENDINGS
from tracker.domain.file_names import split_name
from tracker.domain.permissions import Act, may
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import Attachment
from tracker.services import evidence
from tracker.services.file_page import file_page
from tracker.services.file_store import receive
from tracker.services.office_rules import office_rules
from tracker.web.context import clock, current_actor, session
from tracker.web.downloads import send_named
from tracker.web.drafts import answers_json
from tracker.web.forms import shown_again
from tracker.web.report_form import said_not_secret

bp = Blueprint("files", __name__)

MOST_AT_ONCE = 20
NO_FILE = "还没有选文件。请先点“添加文件”。"
TOO_MANY = f"一次最多传{MOST_AT_ONCE}份，没有收下。请分几次传。"


@bp.app_context_processor
def _for_the_form() -> dict[str, Callable[[], Any]]:
    return {"evidence_mb": lambda: office_rules(session()).evidence_mb,
            "accept": lambda: ",".join(f".{ending}" for ending in sorted(ENDINGS)),
            "may_ask_purge": lambda: may(current_actor(), Act.ask_purge)}


def show(refusal: Refused | None = None, **place: int) -> str:
    """The page of an obligation's files: asked for by itself, or by one of its files."""
    session().rollback()
    obligation_id = place.get("obligation_id")
    if obligation_id is None:
        row = evidence.get_attachment(session(), current_actor(), place["attachment_id"])
        if row.obligation_id is None:       # 报送单扫描件 hang on no obligation
            raise refusal or NotYours()
        obligation_id = row.obligation_id
    page = file_page(session(), current_actor(), obligation_id)
    return render_template("files/index.html", page=page, refusal=refusal, at=clock().now(),
                           heading=f"有没收下的，清单里有{len(page.files)}份",
                           question=isinstance(refusal, SecrecyQuestion))


def answered(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Decorator: what is refused shows the page again, or is told to the script as JSON."""
    plain, scripted = shown_again(show)(view), answers_json(view)

    @wraps(view)
    def inner(**view_args: Any) -> ResponseReturnValue:
        return (scripted if _by_script() else plain)(**view_args)

    return inner


@bp.get("/reports/<int:obligation_id>/files")
def index(obligation_id: int) -> ResponseReturnValue:
    return show(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>/files")
@answered
def add(obligation_id: int) -> ResponseReturnValue:
    evidence.check_may_change(session(), current_actor(), obligation_id)
    sent = [file for file in request.files.getlist("file") if file.filename]
    if not sent or len(sent) > MOST_AT_ONCE:
        sentence = TOO_MANY if sent else NO_FILE
        raise Refused(sentence, fields={"file": sentence})
    dated_on, refusals = _dated_on(), []
    for file in sent:
        try:                                # one that is refused keeps none of the others out
            _take(file, obligation_id, dated_on)
        except (NotYours, Forbidden):
            raise
        except Refused as refusal:
            refusals.append(refusal)
    if refusals:
        raise _together(refusals)
    return _changed(obligation_id, "file_added")


@bp.post("/files/<int:attachment_id>/date")
@answered
def date_file(attachment_id: int) -> ResponseReturnValue:
    row = evidence.date_file(session(), current_actor(), attachment_id, dated_on=_dated_on(), at=clock().now())
    return _changed(row.obligation_id, "file_dated")


@bp.post("/files/<int:attachment_id>/remove")
@answered
def remove(attachment_id: int) -> ResponseReturnValue:
    row = evidence.detach(session(), current_actor(), attachment_id, at=clock().now())
    return _changed(row.obligation_id, "file_removed")


@bp.get("/files/<int:attachment_id>")
def download(attachment_id: int) -> Response:
    return _hand_out(attachment_id, inline=False)


@bp.get("/files/<int:attachment_id>/preview")
def preview(attachment_id: int) -> Response:
    """In the browser: PDF and raster pictures; all else is downloaded."""
    return _hand_out(attachment_id, inline=True)


def _hand_out(attachment_id: int, *, inline: bool) -> Response:
    opened = evidence.open_attachment(session(), current_actor(), attachment_id, at=clock().now())
    return send_named(opened.path, media_type=opened.media_type, name=opened.name,
                      ascii_name=f"file_{attachment_id}.{split_name(opened.name)[1] or 'bin'}",
                      inline=inline and opened.shown_inline)


def _take(file: FileStorage, obligation_id: int, dated_on: date | None) -> Attachment:
    with receive(session(), cast(BinaryIO, file.stream), file.filename or "") as stored:
        return evidence.attach(session(), current_actor(), obligation_id, stored=stored, name=stored.name,
                               dated_on=dated_on, at=clock().now(), not_secret=said_not_secret())


def _together(refusals: list[Refused]) -> Refused:
    """One refusal that names every file; a question about secrecy among them stays one."""
    question = next((refusal for refusal in refusals if isinstance(refusal, SecrecyQuestion)), None)
    together = question or refusals[0]
    together.message = "；".join(dict.fromkeys(refusal.message.rstrip("。") for refusal in refusals))
    together.fields = {"file": together.message}
    return together


def _changed(obligation_id: int | None, said: str) -> ResponseReturnValue:
    """The list as it stands now, to the script; the page of the files, to a plain form."""
    if obligation_id is None:
        return redirect(f"/slip?said={said}", 303)
    if not _by_script():
        return redirect(f"/reports/{obligation_id}/files?said={said}", 303)
    page = file_page(session(), current_actor(), obligation_id)
    rows = render_template("files/_items.html", rows=page.files, may_change=page.may_change, at=clock().now())
    return jsonify(list=rows, count=len(page.files))


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _dated_on() -> date | None:
    """The paper's own date as typed; None where none is."""
    value = request.form.get("dated_on", "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused("成文日期看不懂，没有改动。",
                      fields={"dated_on": f"“{value[:20]}”不是日期，要写成 2026-10-20 这样"}) from None
