"""Accounts from a workbook (从 Excel 导入): template, what is wrong with it, preview, the links once."""
from __future__ import annotations

from contextlib import closing
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.errors import Refused
from tracker.services import people_import, people_sheets
from tracker.services.incoming import MOST_BYTES
from tracker.services.links import HOLDS
from tracker.services.people_import import Typed
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.users import base, link_of

bp = Blueprint("people_import", __name__, url_prefix="/admin/users/import")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILE = "还没有选表。先下载模板填好，再选它上传"


@bp.get("")
def start() -> str:
    return start_page()


def start_page(refusal: Refused | None = None) -> str:
    return render_template("admin/import.html", refusal=refusal)


@bp.get("/template")
def template() -> Response:
    return _download(people_sheets.template(session(), current_actor()), "账号导入模板.xlsx")


@bp.post("")
@shown_again(start_page)
def check() -> ResponseReturnValue:
    """Read the workbook and show what would come of it; nothing is made yet."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(NO_FILE, fields={"file": NO_FILE})
    with closing(sent):
        content = sent.stream.read(MOST_BYTES + 1)
    return _checked(people_import.read_people(content, sent.filename))


def _checked(people: tuple[Typed, ...]) -> ResponseReturnValue:
    rows = people_import.check_people(session(), current_actor(), people)
    wrong = [row for row in rows if row.problems]
    page = render_template("admin/import_checked.html", rows=rows, wrong=wrong, packed=people_import.packed(people))
    return page, 422 if wrong else 200


@bp.post("/make")
@shown_again(start_page)
def make() -> ResponseReturnValue:
    """All of them or none. The links are on this answer only."""
    people, at = _people(), clock().now()
    if any(row.problems for row in people_import.check_people(session(), current_actor(), people)):
        return _checked(people)                         # somebody took a login since the preview
    made = people_import.import_people(session(), current_actor(), people, at=at)
    return render_template("admin/import_made.html", made=made, link_of=link_of, at=at, until=at + HOLDS, new=True)


@bp.post("/problems")
@shown_again(start_page)
def problems() -> ResponseReturnValue:
    rows = people_import.check_people(session(), current_actor(), _people())
    return _download(people_sheets.with_problems(rows), "账号导入-有问题的.xlsx")


@bp.post("/hand-out")
@shown_again(start_page)
def hand_out() -> ResponseReturnValue:
    tokens = request.form.getlist("token")[:people_import.MOST_PEOPLE]
    content = people_sheets.hand_out(session(), current_actor(), tokens, base=base(), at=clock().now())
    return _download(content, "账号发放表.xlsx")


def _people() -> tuple[Typed, ...]:
    return people_import.unpacked(request.form.get("people", ""))


def _download(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"accounts.xlsx\"; filename*=UTF-8''{quote(name)}"
    return answer
