"""Evidence (佐证材料): who may hang what where, who reads it, and that its content lies there once."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_responsibility,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tests.services.evidence_desk import AT, PDF, pdf, stored_files, upload, with_folder
from tracker.domain.words import FileKind, Purpose, Role, State, UserRole
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import Attachment, AuditEvent, Obligation, StoredFile, Task, Unit
from tracker.services import attachments, evidence, office_rules
from tracker.services.deed import SEAL
from tracker.services.evidence import attach_slip, date_file, detach, files_of, files_of_versions, open_attachment
from tracker.services.file_store import receive
from tracker.services.office_rules import OfficeRules
from tracker.services.reporting import submit_report, withdraw_report


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> SimpleNamespace:
    """州科技局's report on task 1, its clerk and head, the office, a leader, and another unit's clerk."""
    folder, unit = with_folder(session, tmp_path / "evidence"), make_unit(session, sign_off=False)
    owed = make_obligation(session, unit=unit)
    other = make_unit(session, name="州财政局")
    return SimpleNamespace(
        session=session, folder=folder, id=owed.id, row=owed, unit=unit, other=other,
        clerk=make_actor(session, unit=unit), head=make_actor(session, UserRole.head, unit=unit),
        office=make_actor(session), leader=make_actor(session, UserRole.leader),
        stranger=make_actor(session, unit=other), admin=make_actor(session, UserRole.admin))


def submit(desk: SimpleNamespace, key: str = "k1") -> None:
    version = desk.session.get_one(Obligation, desk.id).version
    submit_report(desk.session, desk.clerk, desk.id, text=make_text(), version=version, request_key=key, at=AT)


def listed(desk: SimpleNamespace, actor: object) -> list[str]:
    desk.session.rollback()
    return [row.name for row in files_of(desk.session, actor, desk.session.get_one(Obligation, desk.id))]


def reads(desk: SimpleNamespace, actor: object, attachment_id: int) -> bool:
    try:
        return open_attachment(desk.session, actor, attachment_id, at=AT).path.read_bytes() == PDF
    except NotYours:
        return False


def actions(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_file_is_kept_once_by_its_hash_with_its_row_and_audit_event(desk):
    row = upload(desk.session, desk.clerk, desk.id, dated_on=date(2026, 9, 28))
    assert (row.name, row.purpose, row.dated_on, row.uploaded_by) == (
        "签到表.pdf", Purpose.evidence, date(2026, 9, 28), "州科技局填报员")
    stored = desk.session.get_one(StoredFile, row.sha256)
    assert (stored.kind, stored.media_type, stored.size_bytes) == (FileKind.pdf, "application/pdf", len(PDF))
    assert [path.relative_to(desk.folder).as_posix() for path in desk.folder.rglob("*") if path.is_file()] == [
        f"{row.sha256[:2]}/{row.sha256}"]
    assert actions(desk.session) == ["file.attached"]
    assert desk.session.get_one(Obligation, desk.id).version == 1       # whoever writes the report meets no conflict


def test_sent_again_the_same_file_is_the_same_attachment(desk):
    first, second = upload(desk.session, desk.clerk, desk.id), upload(desk.session, desk.clerk, desk.id)
    assert first.id == second.id
    assert actions(desk.session) == ["file.attached"]
    assert upload(desk.session, desk.clerk, desk.id, name="另名.pdf").id != first.id
    assert len(stored_files(desk.folder)) == 1


@pytest.mark.parametrize("who", ["head", "office", "leader"])
def test_only_the_clerk_of_the_unit_adds_evidence(desk, who):
    with pytest.raises(Forbidden):
        upload(desk.session, getattr(desk, who), desk.id)
    assert stored_files(desk.folder) == []


@pytest.mark.parametrize("who", ["stranger", "admin"])
def test_another_units_obligation_is_not_there_to_hang_files_on(desk, who):
    with pytest.raises(NotYours):
        upload(desk.session, getattr(desk, who), desk.id)
    assert stored_files(desk.folder) == []


@pytest.mark.parametrize("state", [State.submitted, State.signed, State.accepted, State.waived])
def test_what_is_handed_in_changes_no_more(desk, state):
    kept = upload(desk.session, desk.clerk, desk.id)
    desk.session.get_one(Obligation, desk.id).state = state
    desk.session.commit()
    for change in (lambda: upload(desk.session, desk.clerk, desk.id, pdf("2"), "另一份.pdf"),
                   lambda: detach(desk.session, desk.clerk, kept.id, at=AT),
                   lambda: date_file(desk.session, desk.clerk, kept.id, dated_on=None, at=AT)):
        with pytest.raises(Refused, match="已经报出，佐证材料不能再改"):
            change()
    assert listed(desk, desk.clerk) == ["签到表.pdf"]


def test_outside_the_unit_nobody_reads_a_file_before_its_version_is_sent(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    assert reads(desk, desk.clerk, row.id)
    assert reads(desk, desk.head, row.id)
    for actor in (desk.office, desk.leader, desk.stranger, desk.admin):
        assert not reads(desk, actor, row.id)
    assert listed(desk, desk.office) == []


def test_sent_it_is_read_by_the_office_and_leaders_and_hidden_again_when_withdrawn(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    submit(desk)
    assert [reads(desk, actor, row.id) for actor in (desk.office, desk.leader, desk.stranger, desk.admin)] == [
        True, True, False, False]
    assert listed(desk, desk.office) == ["签到表.pdf"]
    withdraw_report(desk.session, desk.clerk, desk.id, version=desk.session.get_one(Obligation, desk.id).version, at=AT)
    assert not reads(desk, desk.office, row.id)
    assert listed(desk, desk.office) == []
    assert reads(desk, desk.clerk, row.id)


def test_the_lead_reads_a_parts_files_once_delivered_and_a_stranger_never(desk):
    lead = make_unit(desk.session, name="州发展改革委")
    make_responsibility(desk.session, task=desk.session.get_one(Task, desk.row.task_id), unit=lead, role=Role.lead)
    reader = make_actor(desk.session, unit=lead)
    row = upload(desk.session, desk.clerk, desk.id)
    assert not reads(desk, reader, row.id)
    submit(desk)
    assert reads(desk, reader, row.id)
    assert not reads(desk, desk.stranger, row.id)


def test_taken_out_it_stays_with_the_version_that_it_went_with(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    submit(desk)
    withdraw_report(desk.session, desk.clerk, desk.id, version=desk.session.get_one(Obligation, desk.id).version, at=AT)
    detach(desk.session, desk.clerk, row.id, at=AT)
    upload(desk.session, desk.clerk, desk.id, pdf("2"), "新签到表.pdf")
    submit(desk, "k2")
    assert listed(desk, desk.clerk) == listed(desk, desk.office) == ["新签到表.pdf"]
    obligation = desk.session.get_one(Obligation, desk.id)
    by_version = files_of_versions(desk.session, desk.clerk, obligation)
    assert {number: [file.name for file in files] for number, files in by_version.items()} == {
        1: ["签到表.pdf"], 2: ["新签到表.pdf"]}
    assert by_version[1][0].removed_at == AT
    assert list(files_of_versions(desk.session, desk.office, obligation)) == [2]      # the first was withdrawn
    assert not reads(desk, desk.office, row.id)


def test_taken_out_and_sent_again_it_hangs_there_again(desk):
    first = upload(desk.session, desk.clerk, desk.id)
    detach(desk.session, desk.clerk, first.id, at=AT)
    assert listed(desk, desk.clerk) == []
    assert upload(desk.session, desk.clerk, desk.id).id != first.id
    assert listed(desk, desk.clerk) == ["签到表.pdf"]


def test_the_scan_behind_an_entry_for_a_unit_is_the_offices_to_hang(desk):
    row = upload(desk.session, desk.office, desk.id, purpose=Purpose.answer)
    assert row.purpose is Purpose.answer
    assert [reads(desk, actor, row.id) for actor in (desk.clerk, desk.office, desk.leader, desk.stranger)] == [
        True, True, True, False]
    with pytest.raises(Forbidden):
        upload(desk.session, desk.clerk, desk.id, pdf("2"), purpose=Purpose.answer)
    with pytest.raises(Forbidden):
        detach(desk.session, desk.clerk, row.id, at=AT)


def hang_slip(desk: SimpleNamespace, actor: object, unit: Unit) -> Attachment:
    with receive(desk.session, BytesIO(PDF), "报送单.pdf") as stored:
        return attach_slip(desk.session, actor, unit.id, desk.row.period_id, stored=stored, name=stored.name, at=AT)


def test_a_stamped_slip_is_read_by_its_unit_the_office_and_leaders(desk):
    row = hang_slip(desk, desk.clerk, desk.unit)
    assert (row.obligation_id, row.purpose) == (None, Purpose.slip)
    assert [reads(desk, actor, row.id) for actor in (desk.clerk, desk.head, desk.office, desk.leader, desk.stranger,
                                                     desk.admin)] == [True, True, True, True, False, False]
    assert [file.name for file in evidence.slips_of(desk.session, desk.office, desk.unit.id, desk.row.period_id)] == [
        "报送单.pdf"]
    with pytest.raises(NotYours):
        evidence.slips_of(desk.session, desk.stranger, desk.unit.id, desk.row.period_id)
    with pytest.raises(NotYours):
        hang_slip(desk, desk.stranger, desk.unit)


def test_without_the_setting_no_slip_is_taken(desk):
    office_rules.change_rules(desk.session, desk.office, OfficeRules(slip_scan=False), at=AT)
    with pytest.raises(Refused, match="没有开报送单扫描件"):
        hang_slip(desk, desk.clerk, desk.unit)
    assert stored_files(desk.folder) == []


@pytest.mark.parametrize(("content", "name"), [(PDF, "机密★方案.pdf"), (pdf("内部资料"), "方案.pdf"),
                                               (pdf("秘 密 ★ 10年"), "方案.pdf")])
def test_marks_of_classified_papers_stop_with_a_question_and_leave_nothing(desk, content, name):
    with pytest.raises(SecrecyQuestion):
        upload(desk.session, desk.clerk, desk.id, content, name)
    assert stored_files(desk.folder) == []
    assert upload(desk.session, desk.clerk, desk.id, content, name, not_secret=True).name == name


def test_what_is_too_large_is_named_with_its_size_and_leaves_nothing(desk):
    office_rules.change_rules(desk.session, desk.office, OfficeRules(evidence_mb=1), at=AT)
    with pytest.raises(Refused) as refusal:
        upload(desk.session, desk.clerk, desk.id, PDF + bytes(1024 * 1024), "视频.zip")
    assert refusal.value.message == "“视频.zip”有2MB，每份不超过1MB，请压缩或分开传"
    assert stored_files(desk.folder) == []


def test_a_papers_date_is_kept_and_never_lies_in_the_future(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    assert date_file(desk.session, desk.clerk, row.id, dated_on=date(2026, 10, 8), at=AT).dated_on == date(2026, 10, 8)
    for day in (date(2026, 10, 9), date(1900, 1, 1)):
        with pytest.raises(Refused) as refusal:
            date_file(desk.session, desk.clerk, row.id, dated_on=day, at=AT)
        assert refusal.value.fields == {"dated_on": "成文日期不能晚于今天（2026年10月8日）。"}


def test_a_day_has_its_quota_and_an_obligation_its_number_of_files(desk, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_A_DAY_MB", 0)
    with pytest.raises(Refused, match="今天已经传了很多"):
        upload(desk.session, desk.clerk, desk.id)
    monkeypatch.setattr(attachments, "MOST_A_DAY_MB", 1)
    monkeypatch.setattr(attachments, "MOST_FILES", 1)
    upload(desk.session, desk.clerk, desk.id)
    with pytest.raises(Refused, match="一件最多挂"):
        upload(desk.session, desk.clerk, desk.id, pdf("2"), "二.pdf")
    assert stored_files(desk.folder) == [desk.session.scalars(select(StoredFile.sha256)).one()]


def test_opening_a_file_is_written_down(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    open_attachment(desk.session, desk.head, row.id, at=moment("2026-10-08 10:00"))
    assert actions(desk.session) == ["file.attached", "file.opened"]


def test_a_file_that_is_gone_from_the_disk_is_said_to_be_lost(desk):
    row = upload(desk.session, desk.clerk, desk.id)
    for path in desk.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(Refused, match="找不到了"):
        open_attachment(desk.session, desk.clerk, row.id, at=AT)


def test_the_list_costs_one_query_however_long(desk, count_queries):
    obligation = desk.session.get_one(Obligation, desk.id)
    costs = []
    for number in range(3):
        upload(desk.session, desk.clerk, desk.id, pdf(str(number)), f"{number}.pdf")
        obligation = desk.session.get_one(Obligation, desk.id)
        with count_queries() as seen:
            files_of(desk.session, desk.clerk, obligation)
        costs.append(len(seen))
    assert costs == [1, 1, 1]


def test_the_same_content_from_many_at_once_is_stored_once_and_hangs_with_each(desk, engine, seal):
    owed = [desk.id] + [make_obligation(desk.session, task=make_task(desk.session, number=str(number), lead=desk.unit),
                                        unit=desk.unit).id for number in range(2, 9)]
    desk.session.rollback()

    def send(obligation_id: int) -> int:
        with Session(engine, info={SEAL: seal}) as own:
            with_folder(own, desk.folder)
            return upload(own, desk.clerk, obligation_id).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, owed))) == 8
    desk.session.rollback()
    assert len(desk.session.scalars(select(StoredFile)).all()) == 1
    assert len(stored_files(desk.folder)) == 1
    assert set(desk.session.scalars(select(Attachment.obligation_id))) == set(owed)
