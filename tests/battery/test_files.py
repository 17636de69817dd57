"""Battery B6, B10, C4, C5, C6, C9, C12, C13, D6, G4: what is uploaded, and who gets it back."""
from __future__ import annotations

import gc
import os
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery import evil
from tests.battery.rounds import held, rounds
from tests.digest import digest_of
from tests.factories import actor_of
from tests.services.evidence_desk import stored_files
from tests.web.desk import CANARY, Desk
from tests.web.visitor import Visitor
from tracker.app import open_session
from tracker.clock import FixedClock
from tracker.config import Settings
from tracker.domain.actors import Actor
from tracker.models import Attachment, StoredFile
from tracker.services import attachments, evidence, file_store

pytestmark = pytest.mark.battery

MULTIPART = "multipart/form-data; boundary=limit"
SEED = int(os.environ.get("BATTERY_SEED", "20261125"))


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir / "evidence"


def send(visitor: Visitor, owed: int, content: bytes, name: str, **fields: object) -> TestResponse:
    return visitor.post(f"/reports/{owed}/files", file=(BytesIO(content), name), **fields)


ACTIVE = ("text/html", "image/svg", "application/xhtml", "text/xml", "application/xml", "javascript")
TWO_FACED = (evil.HTML, evil.SVG, evil.EXE, evil.MHT, evil.RTF, evil.gif(script=True), evil.png(tail=evil.HTML),
             evil.pdf() + evil.zipped({"a.html": evil.HTML}))
MISNAMED = (
    *((content, name) for content in TWO_FACED
      for name in ("x.pdf", "x.docx", "x.png", "x.gif", "x.zip", "x.html", "x.svg", "x.ofd")),
    (evil.xls(), "x.xlsx"), (evil.xlsx(**{evil.MACRO_PART: "x"}), "x.xlsx"), (evil.ofd(), "x.ofd"),
    (evil.ofd(), "x.zip"), (evil.doc(), "x.wps"), (evil.xlsx(), "x.et"), (evil.pptx(), "x.dps"),
    (evil.ole("EncryptedPackage"), "x.xlsx"), (evil.zipped({"x.html": evil.HTML, "y.svg": evil.SVG}), "x.zip"),
    (evil.tiff(), "x.tif"), (evil.pdf(), "x.pdf.exe"), (evil.pdf("<script>alert(1)</script>"), "x.pdf"),
    (evil.png(), "x.svg.png"))


def test_c4_nothing_from_users_is_ever_shown_as_a_page(desk: Desk, folder: Path) -> None:
    owed, active, taken = desk.owe(), [], 0
    for content, name in MISNAMED:
        before = stored_files(folder)
        answer = send(desk.clerk, owed, content, name)
        if answer.status_code == 422:
            if stored_files(folder) != before or f"“{name}”" not in answer.text:
                active.append((name, content[:8], "refused, but kept or not named"))
            continue
        assert answer.status_code == 303
        taken += 1
    desk.session.rollback()
    for row_id in desk.session.scalars(select(Attachment.id)).all():
        for path in (f"/files/{row_id}", f"/files/{row_id}/preview"):
            got = desk.clerk.get(path)
            headers = got.headers
            inline = headers["Content-Disposition"].startswith("inline")
            shown = headers["Content-Type"] in {"application/pdf", "image/png", "image/gif"}
            if (headers["Content-Type"].startswith(ACTIVE) or headers["X-Content-Type-Options"] != "nosniff"
                    or "default-src 'none'" not in headers["Content-Security-Policy"] or (inline and not shown)
                    or (not headers["Content-Security-Policy"].endswith("sandbox")
                        and not (inline and headers["Content-Type"] == "application/pdf"))):
                active.append((path, dict(headers)))
    assert active == []
    assert taken == 10
    held("C4", tried=len(MISNAMED), figure=f"taken={taken} inline active=0")


NAMED = re.compile(r"""attachment; filename="([A-Za-z0-9_.]+)"; filename\*=UTF-8''([A-Za-z0-9%_.~-]+)""")
BAD_IN_A_NAME = re.compile(r'[\x00-\x1f/\\"<>\u202a-\u202e]')


def test_c5_d6_every_name_comes_back_clean_with_its_true_ending(desk: Desk) -> None:
    owed, wrong = desk.owe(), []
    for number, name in enumerate(evil.NAMES):
        with open_session(desk.app) as session, file_store.receive(
                session, BytesIO(evil.pdf(str(number))), name or "x") as stored:
            row_id = evidence.attach(session, _clerk(desk), owed, stored=stored, name=name, dated_on=None,
                                     at=desk.app.extensions["tracker"].clock.now()).id
        if number % 30 == 29:       # one obligation holds 50
            owed = desk.owe(str(number))
        answer = desk.clerk.get(f"/files/{row_id}")
        disposition = answer.headers["Content-Disposition"]
        found = NAMED.fullmatch(disposition)
        if found is None:
            wrong.append((name, disposition))
            continue
        shown = unquote(found[2], errors="strict")
        page = desk.clerk.get(f"/reports/{desk.session.get_one(Attachment, row_id).obligation_id}/files").text
        if (not shown.lower().endswith(".pdf") or not found[1].endswith(".pdf") or BAD_IN_A_NAME.search(shown)
                or "<bdi>" + shown.replace("&", "&amp;").replace("'", "&#39;") not in page):
            wrong.append((name, shown))
        desk.session.rollback()
    assert wrong == []
    held("C5", tried=len(evil.NAMES), figure="escapes=0")
    held("D6", tried=len(evil.NAMES), figure="malformed=0")


def _clerk(desk: Desk) -> Actor:
    actor = actor_of(desk.session, desk.user)
    desk.session.rollback()
    return actor


ZIPS = (evil.zipped({"../../../../tmp/evil": "x"}), evil.zipped({"/tmp/evil": "x"}), evil.zipped({"..\\evil": "x"}),
        evil.zipped({"C:\\evil": "x"}), evil.with_link("链接", "/etc/passwd"), evil.doubled("甲.txt"),
        evil.zipped({"a/../../evil": "x"}), evil.zipped({"aXb": "x"}).replace(b"aXb", b"a\x00b"),
        evil.zipped({"内/层.zip": evil.zipped({"a": "b"})}), evil.zipped({"好/一.txt": "x", "好/二.txt": "y"}))


def test_c6_a_zip_is_never_unpacked(desk: Desk, folder: Path, settings: Settings) -> None:
    owed = desk.owe()
    statuses = [send(desk.clerk, owed, content, f"{number}.zip").status_code for number, content in enumerate(ZIPS)]
    assert statuses == [422] * (len(ZIPS) - 2) + [422, 303]
    outside = [path for path in settings.data_dir.rglob("*") if path.is_file() and "evil" in path.name]
    assert outside == []
    assert len(stored_files(folder)) == 1
    held("C6", tried=len(ZIPS), figure="files outside=0")


BROKEN = {
    "空.pdf": b"", "断.pdf": evil.pdf()[:20], "断.docx": evil.docx()[:-10], "断.xls": evil.xls()[:3000],
    "断.png": evil.png()[:40], "断.jpg": evil.jpeg()[:60], "断.zip": evil.zipped({"a": "b" * 99})[:60],
    "断.ofd": evil.ofd()[:80], "锁.pdf": evil.locked_pdf(), "锁.xls": evil.xls(locked=True),
    "锁.doc": evil.doc(locked=True), "锁.xlsx": evil.ole("EncryptedPackage"), "锁.zip": evil.locked_zip(),
    "假.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "假.xls": evil.xls()[:512] + bytes(9000),
    "假.zip": b"PK\x03\x04" + bytes(200), "假.bmp": b"BM" + bytes(9), "假.gif": b"GIF89a",
    "假.webp": b"RIFF\xff\xff\xff\x7fWEBPVP8L" + bytes(9), "假.tif": b"II*\x00\xff\xff\xff\x7f",
}


def test_c9_broken_and_locked_files_are_told_which_and_how_to_save_them_right(desk: Desk, folder: Path) -> None:
    owed, wrong = desk.owe(), []
    for name, content in BROKEN.items():
        answer = send(desk.clerk, owed, content, name)
        if answer.status_code != 422 or not re.search(f"“{name}”[^<]*没有收下。请[^<]*再传", answer.text):
            wrong.append((name, answer.status_code))
    assert wrong == []
    assert stored_files(folder) == []
    held("C9", tried=len(BROKEN), figure="5xx=0")


@pytest.fixture
def unfinished() -> Iterator[None]:
    """Flask leaves it to the collector to close what it had begun to receive: collected here, before the next test."""
    yield
    gc.collect()


UNFINISHED = (pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
              pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
              pytest.mark.usefixtures("unfinished"))


@UNFINISHED[0]
@UNFINISHED[1]
@UNFINISHED[2]
def test_c12_an_upload_cut_anywhere_leaves_no_row_and_no_file_after_the_sweep(desk: Desk, folder: Path) -> None:
    owed, chance, tries = desk.owe(), random.Random(SEED), rounds(15, 100)
    token = desk.clerk.token()
    body = b"".join((
        b'--limit\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n', token.encode(),
        b'\r\n--limit\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n\r\n',
        evil.pdf("y" * 5000), b"\r\n--limit--\r\n"))
    before = digest_of(desk.session)
    for _ in range(tries):
        cut = chance.randrange(len(body))
        answer = desk.clerk.client.post(
            f"/reports/{owed}/files", input_stream=BytesIO(body[:cut]), content_type=MULTIPART,
            environ_overrides=desk.clerk.address | {"CONTENT_LENGTH": str(len(body))})
        assert 400 <= answer.status_code < 500, (SEED, cut, answer.status_code)
    assert digest_of(desk.session) == before
    with open_session(desk.app) as session:
        file_store.sweep(session, desk.app.extensions["tracker"].clock.now() + timedelta(days=9000))
    assert stored_files(folder) == []
    held("C12", tried=tries, figure="left=0")


@UNFINISHED[0]
@UNFINISHED[1]
@UNFINISHED[2]
def test_c13_far_too_much_is_refused_in_chinese(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owed, token = desk.owe(), {"csrf_token": desk.clerk.token()}

    def post(path: str, **fields: object) -> TestResponse:
        return desk.clerk.client.post(path, data=token | fields, environ_overrides=desk.clerk.address)

    before = digest_of(desk.session)
    parts = {f"f{number}": (BytesIO(b"x"), "x.pdf") for number in range(1001)}
    monkeypatch.setattr(attachments, "MOST_A_DAY_MB", 0)
    answers = {
        "10,000 fields": post(f"/reports/{owed}", **{f"f{number}": "x" for number in range(10_000)}),
        "1,001 parts": post(f"/reports/{owed}/files", **parts),
        "3 MB of text": post(f"/reports/{owed}", progress="x" * 3_000_000),
        "3 MB of text beside a file": post(f"/reports/{owed}/files", words="x" * 3_000_000,
                                           file=(BytesIO(evil.pdf()), "x.pdf")),
        "51 MB": send(desk.clerk, owed, evil.pdf() + bytes(51 * 1024 * 1024), "x.pdf"),
        "30 files": post(f"/reports/{owed}/files", file=[(BytesIO(evil.pdf()), "x.pdf") for _ in range(30)]),
        "quota": send(desk.clerk, owed, evil.pdf(), "x.pdf"),
        "a body that says it is 1 GB": desk.clerk.client.post(
            f"/reports/{owed}/files", input_stream=Endless(), content_type=MULTIPART,
            environ_overrides=desk.clerk.address | {"CONTENT_LENGTH": str(1024 ** 3)}),
    }
    wrong = {name: answer.status_code for name, answer in answers.items()
             if answer.status_code not in {400, 413, 422}
             or not re.search("没有收下|没有改动|没有提交|请压缩或分开传", answer.text)}
    assert wrong == {}
    assert Endless.read_bytes == 0
    assert digest_of(desk.session) == before
    assert stored_files(folder) == []
    held("C13", tried=len(answers), figure="bytes read past limit=0")


class Endless(BytesIO):
    """A body that counts what is read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        Endless.read_bytes += size or 0
        return b"x" * max(size or 0, 0)


def test_b6_permission_is_looked_at_before_any_answer(desk: Desk, session: Session) -> None:
    (_, stranger), owed = desk.another(), desk.owe()
    send(desk.clerk, owed, evil.pdf(CANARY), "签到表.pdf")
    session.rollback()
    sha256 = session.scalars(select(StoredFile.sha256)).one()
    desk.submit(owed)
    assert desk.office.get("/files/1").status_code == 200           # it was there to be read
    desk.clerk.post(f"/reports/{owed}/withdraw", version=desk.obligation(owed).version)
    paths = ["/files/1", "/files/1/preview", f"/reports/{owed}/files"]
    guesses = [f"/{start}{sha256}" for start in (
        "", "files/", "static/", "evidence/", f"evidence/{sha256[:2]}/", "data/evidence/", f"files/{sha256[:2]}/",
        f"static/../../data/evidence/{sha256[:2]}/", "exports/")]
    headers = ({}, {"Range": "bytes=0-10"}, {"If-None-Match": f'"{sha256}"'}, {"If-None-Match": "*"},
               {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, {"If-Range": f'"{sha256}"', "Range": "bytes=0-"})
    leaks, tried = [], 0
    for visitor in (Visitor(desk.app), stranger, desk.office):      # the office's right ended when it was withdrawn
        for path in (*paths, *guesses):
            if visitor is desk.office and path.startswith("/reports"):
                continue
            for sent in headers:
                for answer in (visitor.get(path, headers=sent),
                               visitor.client.head(path, headers=sent, environ_overrides=visitor.address)):
                    tried += 1
                    if (answer.status_code not in {303, 404, 400} or CANARY.encode() in answer.data
                            or "签到表" in answer.text):
                        leaks.append((path, sent, answer.status_code))
    assert leaks == []
    whole = desk.clerk.get("/files/1", headers={"Range": "bytes=0-10", "If-None-Match": "*"})
    assert (whole.status_code, whole.data) == (200, evil.pdf(CANARY))
    held("B6", tried=tried, figure="leaks=0")


def test_b10_the_same_content_in_two_units_reveals_nothing_and_each_keeps_its_own(desk: Desk, folder: Path) -> None:
    (unit, other), mine, tries = desk.another(), desk.owe(), rounds(3, 10)
    theirs, reveals = desk.owe("2", unit=unit), []
    for number in range(tries):
        name, content, fresh = f"{number}.pdf", evil.pdf(f"同一份{number}"), evil.pdf(f"另一份{number}")
        send(desk.clerk, mine, content, name)
        again, new = send(other, theirs, content, f"同{number}.pdf"), send(other, theirs, fresh, f"新{number}.pdf")
        if (again.status_code, again.headers["Location"]) != (new.status_code, new.headers["Location"]):
            reveals.append(number)
    desk.session.rollback()
    rows = desk.session.execute(select(Attachment.id, Attachment.name, Attachment.sha256)
                                .where(Attachment.unit_id == unit.id).order_by(Attachment.id)).all()
    answers = [other.get(f"/files/{row.id}") for row in rows]
    for same, new in zip(answers[::2], answers[1::2], strict=True):
        if {name for name, _ in same.headers} != {name for name, _ in new.headers} or "Last-Modified" in same.headers:
            reveals.append(same.headers)
    assert reveals == []
    for row in desk.session.execute(select(Attachment.id).where(Attachment.unit_id == desk.unit.id)).scalars().all():
        assert desk.clerk.post(f"/files/{row}/remove").status_code == 303
    assert [other.get(f"/files/{row.id}").status_code for row in rows] == [200] * (2 * tries)
    assert len(stored_files(folder)) == 2 * tries
    held("B10", tried=tries, figure="reveals=0")


def test_g4_no_row_without_its_file_and_no_file_without_a_row_after_a_day(desk: Desk, folder: Path,
                                                                          clock: FixedClock) -> None:
    owed = desk.owe()
    for number in range(3):
        send(desk.clerk, owed, evil.pdf(str(number)), f"{number}.pdf")
    kept, now = stored_files(folder), clock.now()
    strays = {"ab/" + "ab" * 32: 25, "cd/" + "cd" * 32: 23, ".coming-old": 25, ".coming-young": 23}
    for name, hours in strays.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        then = (now - timedelta(hours=hours)).timestamp()
        os.utime(path, (then, then))
    for path in folder.rglob("*"):      # what has a row stays, however old
        if path.name in kept:
            os.utime(path, (0, 0))
    with open_session(desk.app) as session:
        assert file_store.sweep(session, now) == 2
        assert file_store.sweep(session, now) == 0
    assert stored_files(folder) == sorted([*kept, "cd" * 32, ".coming-young"])
    desk.session.rollback()
    missing = [sha256 for sha256 in desk.session.scalars(select(StoredFile.sha256))
               if not (folder / sha256[:2] / sha256).is_file()]
    assert missing == []
    held("G4", tried=len(strays) + len(kept), figure="missing=0")

