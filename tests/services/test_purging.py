"""涉密误传清除: one asks, another does it, and no copy is left."""
from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_task,
    make_text,
    make_unit,
)
from tests.services.evidence_desk import AT, PDF, pdf, stored_files, upload, with_folder
from tracker.domain.words import Role, SheetKind, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import (
    Attachment,
    AuditEvent,
    DraftCopy,
    ExportFile,
    Obligation,
    Purge,
    Quotation,
    Report,
    ReportVersion,
    StoredFile,
)
from tracker.services.evidence import files_of, open_attachment
from tracker.services.purging import ask_purge_of_file, ask_purge_of_report, carry_out, get_purge, let_stand, purges
from tracker.services.reporting import save_draft, submit_report
from tracker.services.reviewing import send_back

SECRET = "金丝雀秘密一九七三"
HIDDEN, WIPED = "〔正在按涉密误传处理〕", "〔已按涉密误传清除〕"


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> SimpleNamespace:
    """州科技局 has a part in task 1, led by 州发展改革委; two of the office; 州财政局 has nothing to do with it."""
    folder = with_folder(session, tmp_path / "evidence")
    unit, lead, other = make_unit(session), make_unit(session, name="州发展改革委"), make_unit(session, name="州财政局")
    task = make_task(session, lead=lead, co=[unit])
    own = make_obligation(session, task=task, unit=unit, role=Role.co)
    leads = make_obligation(session, task=task, unit=lead)
    others = make_obligation(session, task=make_task(session, number="2", lead=other), unit=other)
    return SimpleNamespace(
        session=session, folder=folder, exports=tmp_path / "exports", task=task, plan_id=own.plan_id,
        id=own.id, lead_id=leads.id, other_id=others.id,
        clerk=make_actor(session, unit=unit), lead=make_actor(session, unit=lead),
        other=make_actor(session, unit=other), office=make_actor(session), second=make_actor(session),
        leader=make_actor(session, UserRole.leader))


def version_of(desk: SimpleNamespace, obligation_id: int) -> int:
    desk.session.rollback()
    return desk.session.scalars(select(Obligation.version).where(Obligation.id == obligation_id)).one()


def report(desk: SimpleNamespace, actor: object, obligation_id: int, progress: str, key: str = "k1") -> None:
    submit_report(desk.session, actor, obligation_id, text=make_text(progress, problems=f"问题{progress}"),
                  version=version_of(desk, obligation_id), request_key=key, at=AT)


def everything_said(desk: SimpleNamespace) -> str:
    """Every column of every table, as text."""
    desk.session.rollback()
    return "\n".join(str(row) for table in Obligation.metadata.sorted_tables
                     for row in desk.session.execute(sa.select(table)))


def test_asked_for_a_file_is_out_of_reach_at_once_for_everybody_in_every_unit(desk):
    mine = upload(desk.session, desk.clerk, desk.id, name="本局的.pdf")
    theirs = upload(desk.session, desk.other, desk.other_id, name="他们的.pdf")
    ask_purge_of_file(desk.session, desk.clerk, mine.id, reason="传错了", at=AT)
    for actor, file in ((desk.clerk, mine), (desk.other, theirs)):
        with pytest.raises(Refused, match="正按涉密误传处理"):
            open_attachment(desk.session, actor, file.id, at=AT)
    listed = files_of(desk.session, desk.other, desk.session.get_one(Obligation, desk.other_id))
    assert [row.reach for row in listed] == ["这份材料正按涉密误传处理，不能看，也不能下载。"]
    assert len(stored_files(desk.folder)) == 1          # nothing is gone before the second person
    with pytest.raises(Refused, match="不能再传"):
        upload(desk.session, desk.lead, desk.lead_id, name="又一份.pdf")


def test_who_asked_never_carries_it_out_and_a_clerk_never_decides(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    report(desk, desk.clerk, desk.id, "已立项12项。")
    asked = ask_purge_of_file(desk.session, desk.office, row.id, reason="密级没有去掉", at=AT)
    for decide in (lambda actor: carry_out(desk.session, actor, asked.id, export_dir=desk.exports, at=AT),
                   lambda actor: let_stand(desk.session, actor, asked.id, at=AT)):
        with pytest.raises(Refused, match="您自己申请的"):
            decide(desk.office)
        for actor in (desk.clerk, desk.leader):
            with pytest.raises(Forbidden):
                decide(actor)
    desk.session.rollback()
    assert desk.session.scalars(select(Purge.done)).all() == [None]
    assert len(stored_files(desk.folder)) == 1


def test_the_database_itself_refuses_one_person_for_both(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    purge = ask_purge_of_file(desk.session, desk.clerk, row.id, reason="传错了", at=AT)
    with pytest.raises(sa.exc.IntegrityError):
        desk.session.execute(sa.update(Purge).where(Purge.id == purge.id).values(decided_by_id=desk.clerk.user_id))
    desk.session.rollback()


def test_purged_a_file_is_gone_under_every_name_in_every_unit_and_who_when_hash_stay(desk):
    content = pdf(SECRET)
    mine = upload(desk.session, desk.clerk, desk.id, content, f"{SECRET}.pdf", not_secret=True)
    theirs = upload(desk.session, desk.other, desk.other_id, content, f"抄送{SECRET}.pdf", not_secret=True)
    kept = upload(desk.session, desk.other, desk.other_id, PDF, "无关的.pdf")
    asked = ask_purge_of_file(desk.session, desk.clerk, mine.id, reason="传错了", at=AT)
    carry_out(desk.session, desk.office, asked.id, export_dir=desk.exports, at=AT)
    assert stored_files(desk.folder) == [kept.sha256]
    assert SECRET not in everything_said(desk)
    assert desk.session.scalars(select(Attachment.name).order_by(Attachment.id)).all() == [WIPED, WIPED, "无关的.pdf"]
    assert desk.session.get_one(StoredFile, mine.sha256).purged_at == AT
    for actor, file in ((desk.clerk, mine), (desk.other, theirs)):
        with pytest.raises(Refused, match="已按涉密误传清除"):
            open_attachment(desk.session, actor, file.id, at=AT)
    with pytest.raises(Refused, match="不能再传"):
        upload(desk.session, desk.other, desk.other_id, content, "再来一次.pdf", not_secret=True)
    row = desk.session.scalars(select(Purge)).one()
    assert (row.asked_by, row.decided_by, row.done, row.sha256) == ("州科技局填报员", "督查员", True, mine.sha256)
    events = desk.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [event for event in events if event.startswith("purge")] == ["purge.asked", "purge.done"]
    with pytest.raises(Refused, match="已经由督查员办过了"):
        carry_out(desk.session, desk.second, asked.id, export_dir=desk.exports, at=AT)


def test_let_stand_a_file_is_read_again(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    asked = ask_purge_of_file(desk.session, desk.clerk, row.id, reason="拿不准", at=AT)
    with pytest.raises(Refused, match="已经有人申请"):
        ask_purge_of_file(desk.session, desk.clerk, row.id, reason="拿不准", at=AT)
    let_stand(desk.session, desk.office, asked.id, at=AT)
    assert open_attachment(desk.session, desk.clerk, row.id, at=AT).path.read_bytes() == PDF


def quote(desk: SimpleNamespace, passage: str) -> None:
    part = desk.session.scalars(select(ReportVersion).where(ReportVersion.obligation_id == desk.id)).first()
    desk.session.add(Quotation(obligation_id=desk.lead_id, part_version_id=part.id, text=passage, quoted_at=AT,
                               quoted_by="州发展改革委填报员"))
    desk.session.commit()


def told_everywhere(desk: SimpleNamespace, words: str = SECRET) -> None:
    """The words in a draft, a kept copy, two versions, a quotation, the lead's draft and version, a draft sheet."""
    save_draft(desk.session, desk.clerk, desk.id, text=make_text(words), version=1, at=AT)
    with pytest.raises(Conflict):
        save_draft(desk.session, desk.clerk, desk.id, text=make_text(f"另一份{words}"), version=1, at=AT)
    report(desk, desk.clerk, desk.id, words)
    quote(desk, words)
    report(desk, desk.lead, desk.lead_id, f"本局已办。{words}。其余照常。")
    path = desk.exports / "2025-27" / "2026Q3" / "台账.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(words.encode())
    desk.session.add(ExportFile(
        plan_id=desk.plan_id, period_id=desk.session.get_one(Obligation, desk.id).period_id, kind=SheetKind.ledger,
        as_of=AT, draft=True, path="2025-27/2026Q3/台账.xlsx", sha256="0" * 64, rows_sha256="0" * 64, size_bytes=9,
        parameters={}, made_at=AT, made_by="系统"))
    desk.session.commit()


def test_asked_for_a_reports_words_are_hidden_everywhere_at_once_and_come_back_when_let_stand(desk):
    told_everywhere(desk)
    asked = ask_purge_of_report(desk.session, desk.lead, desk.id, reason="里面有没去掉的密级", at=AT)
    desk.session.rollback()
    assert desk.session.get_one(Report, desk.id).progress == HIDDEN
    assert set(desk.session.scalars(select(DraftCopy.progress))) == {HIDDEN}
    assert desk.session.scalars(select(ReportVersion.progress).order_by(ReportVersion.id)).all() == [
        HIDDEN, f"本局已办。{HIDDEN}。其余照常。"]
    assert desk.session.get_one(Report, desk.lead_id).progress == f"本局已办。{HIDDEN}。其余照常。"
    assert desk.session.scalars(select(Quotation.text)).all() == [HIDDEN]
    assert version_of(desk, desk.lead_id) == 3          # the lead's open page cannot save the words over it again
    let_stand(desk.session, desk.office, asked.id, at=AT)
    desk.session.rollback()
    assert desk.session.scalars(select(ReportVersion.progress).order_by(ReportVersion.id)).all() == [
        SECRET, f"本局已办。{SECRET}。其余照常。"]
    assert desk.session.get_one(Report, desk.id).problems == f"问题{SECRET}"
    assert desk.session.scalars(select(Quotation.text)).all() == [SECRET]
    assert (desk.exports / "2025-27/2026Q3/台账.xlsx").is_file()


def test_purged_a_reports_words_are_in_no_table_and_no_draft_sheet(desk):
    told_everywhere(desk)
    asked = ask_purge_of_report(desk.session, desk.clerk, desk.id, reason="传错了", at=AT)
    with pytest.raises(Conflict):       # a page that was open saves the words again: a copy, purged with the rest
        save_draft(desk.session, desk.clerk, desk.id, text=make_text(SECRET), version=2, at=AT)
    carry_out(desk.session, desk.office, asked.id, export_dir=desk.exports, at=AT)
    assert SECRET not in everything_said(desk)
    assert desk.session.get_one(Report, desk.id).progress == WIPED
    assert desk.session.get_one(Report, desk.lead_id).progress == f"本局已办。{WIPED}。其余照常。"
    assert not (desk.exports / "2025-27/2026Q3/台账.xlsx").exists()
    assert desk.session.scalars(select(ExportFile.purged_at)).one() == AT
    assert len(desk.session.scalars(select(Purge.sha256)).one()) == 64


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)     # PostgreSQL's are its own: they are vacuumed
def test_purged_words_are_in_no_byte_of_the_database_file(desk):
    told_everywhere(desk, SECRET * 150)         # more than fits on a page of the file
    asked = ask_purge_of_report(desk.session, desk.clerk, desk.id, reason="传错了", at=AT)
    carry_out(desk.session, desk.office, asked.id, export_dir=desk.exports, at=AT)
    file = Path(desk.session.get_bind().url.database)
    held = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert WIPED.encode() in held
    assert SECRET.encode() not in held
    assert json.dumps(SECRET)[1:-1].encode() not in held


def test_what_one_may_not_open_one_cannot_ask_about(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    with pytest.raises(NotYours):
        ask_purge_of_file(desk.session, desk.other, row.id, reason="x", at=AT)
    with pytest.raises(NotYours):
        ask_purge_of_report(desk.session, desk.other, desk.id, reason="x", at=AT)
    with pytest.raises(Refused, match="还没有报出"):
        ask_purge_of_report(desk.session, desk.office, desk.id, reason="x", at=AT)
    with pytest.raises(Forbidden):
        ask_purge_of_file(desk.session, desk.leader, row.id, reason="x", at=AT)
    with pytest.raises(Refused) as refusal:
        ask_purge_of_file(desk.session, desk.clerk, row.id, reason="  ", at=AT)
    assert refusal.value.fields == {"reason": "请写明为什么要清除；不要把涉密内容写进理由"}


def test_the_list_has_what_waits_first_and_is_the_offices_alone(desk, count_queries):
    first = upload(desk.session, desk.clerk, desk.id)
    second = upload(desk.session, desk.clerk, desk.id, pdf("2"), "二.pdf")
    done = ask_purge_of_file(desk.session, desk.clerk, first.id, reason="一", at=AT)
    waits = ask_purge_of_file(desk.session, desk.clerk, second.id, reason="二", at=AT)
    let_stand(desk.session, desk.office, done.id, at=AT)
    with count_queries() as seen:
        rows = purges(desk.session, desk.office)
    assert len(seen) == 1
    assert [(row.id, row.file_name, row.done, row.copies) for row in rows] == [
        (waits.id, "二.pdf", None, 1), (done.id, "签到表.pdf", False, 1)]
    with pytest.raises(Forbidden):
        purges(desk.session, desk.clerk)
    with pytest.raises(NotYours):
        get_purge(desk.session, desk.clerk, waits.id)




def test_what_is_hidden_or_purged_is_not_handed_in(desk):
    report(desk, desk.clerk, desk.id, SECRET)
    send_back(desk.session, desk.office, desk.id, reason="请改", version=version_of(desk, desk.id), at=AT)
    asked = ask_purge_of_report(desk.session, desk.clerk, desk.id, reason="传错了", at=AT)
    with pytest.raises(Refused) as refusal:
        report(desk, desk.clerk, desk.id, HIDDEN, "k2")
    assert refusal.value.fields["progress"] == "“进展情况”正在按涉密误传处理，等督查室核实后再交；草稿照常可以存"
    carry_out(desk.session, desk.second, asked.id, export_dir=desk.exports, at=AT)
    with pytest.raises(Refused) as refusal:
        report(desk, desk.clerk, desk.id, f"已办。{WIPED}", "k3")
    assert refusal.value.fields["progress"] == "“进展情况”里有按涉密误传清除的内容，请改写后再交"
    report(desk, desk.clerk, desk.id, "改写好了，立项12项。", "k4")


def test_a_draft_written_on_while_it_was_hidden_loses_nothing_when_it_may_stand(desk):
    save_draft(desk.session, desk.clerk, desk.id, text=make_text(SECRET), version=1, at=AT)
    asked = ask_purge_of_report(desk.session, desk.clerk, desk.id, reason="拿不准", at=AT)
    save_draft(desk.session, desk.clerk, desk.id, text=make_text(f"{HIDDEN}又写了3项。"),
               version=version_of(desk, desk.id), at=AT)
    let_stand(desk.session, desk.office, asked.id, at=AT)
    desk.session.rollback()
    assert desk.session.get_one(Report, desk.id).progress == "又写了3项。"
    kept = desk.session.scalars(select(DraftCopy.progress).where(DraftCopy.obligation_id == desk.id)).all()
    assert SECRET in kept
