"""一单位一表: which rows, in which order, with what beside; saved row by row (DESIGN section 4)."""
from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.factories import (
    IN_FORCE,
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_section,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.words import MeasureKind, Rating, Role, State, TaskState, UserRole
from tracker.errors import Forbidden, NotYours
from tracker.models import DraftCopy, Measure, Obligation, Task
from tracker.services.grid import held_rows, save_rows, unit_grid
from tracker.services.reporting import Handed, save_draft, submit_report
from tracker.services.reviewing import send_back, undo_decision
from tracker.services.unit_work import owed_by_unit

AT = moment("2026-10-08 09:30")


class Unit:
    """州科技局 with two clerks, and short ways to what it owes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unit = make_unit(session)
        self.clerk, self.colleague = make_actor(session, unit=self.unit), make_actor(session, unit=self.unit)
        self.office = make_actor(session)

    def owe(self, number: str = "1", **others) -> int:
        task = others.pop("task", None) or make_task(self.session, number=number, lead=self.unit)
        return make_obligation(self.session, task=task, unit=self.unit, **others).id

    def version(self, owed: int) -> int:
        self.session.rollback()
        return self.session.get_one(Obligation, owed).version

    def submit(self, owed: int, text: ReportText | None = None, at=AT) -> int:
        submit_report(self.session, self.clerk, owed, text=text or make_text(), version=self.version(owed),
                      request_key=f"k{self.version(owed)}", at=at)
        return owed

    def draft(self, owed: int, text: ReportText, clerk: Actor | None = None) -> int:
        return save_draft(self.session, clerk or self.clerk, owed, text=text, version=self.version(owed), at=AT)

    def grid(self, **where):
        self.session.rollback()
        return unit_grid(self.session, self.clerk, AT, **where)


@pytest.fixture
def unit(session: Session) -> Unit:
    return Unit(session)


def numbers(rows) -> list[str]:
    return [row.task_number for row in rows]


def test_a_unit_that_never_owed_anything_has_no_grid(unit):
    assert unit.grid() is None
    with pytest.raises(NotYours):
        unit.grid(period="2026Q3")


def test_sent_back_first_then_by_due_moment_then_what_waits(unit):
    make_period(unit.session)
    unit.owe("1")
    unit.owe("2", due_at=moment("2026-10-10 18:00"), role=Role.co)
    returned = unit.submit(unit.owe("3"))
    send_back(unit.session, unit.office, returned, reason="内容空泛", version=unit.version(returned), at=AT)
    unit.submit(unit.owe("4"))
    grid = unit.grid()
    assert (numbers(grid.written), numbers(grid.handed_in)) == (["3", "2", "1"], ["4"])
    assert (grid.shown.key, grid.shown.label, grid.shown.total, grid.shown.open) == ("2026Q3", "2026年第三季度", 4, 3)
    assert (grid.written[0].return_reason, grid.written[0].days_words) == ("内容空泛", "还有2个工作日")


def test_the_cells_begin_with_last_periods_rating_and_its_text_stands_beside(unit):
    task = make_task(unit.session, lead=unit.unit)
    before = unit.owe(task=task, period=make_period(unit.session, key="2026Q2"))
    unit.submit(before, make_text("立项12项", self_rating=Rating.behind), at=moment("2026-07-02 10:00"))
    unit.owe(task=task, period=make_period(unit.session))
    row, = unit.grid(period="2026Q3").rows
    assert (row.text, row.last_label) == (ReportText(self_rating=Rating.behind), "2026年第二季度")
    assert row.last_text.progress == "立项12项"


def test_a_draft_is_shown_with_who_wrote_it_and_how_alike_it_is(unit):
    task = make_task(unit.session, lead=unit.unit)
    before = unit.owe(task=task, period=make_period(unit.session, key="2026Q2"))
    unit.submit(before, make_text("立项12项"), at=moment("2026-07-02 10:00"))
    owed = unit.owe(task=task, period=make_period(unit.session))
    unit.draft(owed, make_text("立项12项"))
    row, = unit.grid(period="2026Q3").rows
    assert (row.state, row.edited_by, row.similarity) == (State.draft, "州科技局填报员", 1.0)


def test_only_a_lead_fills_in_the_measures_of_its_task(unit):
    task = make_task(unit.session, lead=unit.unit)
    unit.session.add(Measure(task_id=task.id, key="fund", kind=MeasureKind.sum, name="专项资金",
                             as_written="专项资金3000万元", unit_word="万元", position=1))
    unit.session.commit()
    lead, part = make_task(unit.session, number="2"), task
    unit.owe(task=part, role=Role.co)
    unit.owe(task=lead)
    assert [len(row.measures) for row in unit.grid().rows] == [0, 0]
    other = make_unit(unit.session, name="州财政局")
    make_obligation(unit.session, task=task, unit=other)
    theirs, = unit_grid(unit.session, make_actor(unit.session, unit=other), AT).rows
    assert [(field.field, field.unit_word, field.words(theirs.text)) for field in theirs.measures] == [
        ("measure-fund", "万元", "未填")]


def test_the_half_year_stands_on_the_grid_of_its_last_quarter(unit):
    quarter = make_period(unit.session, key="2026Q2")
    half = make_period(unit.session, key="2026Q1", starts_on=quarter.starts_on, ends_on=quarter.ends_on)
    half.key = "2026H1"
    unit.session.commit()
    unit.owe(period=quarter)
    make_obligation(unit.session, unit=unit.unit, period=half, composite=True, role=Role.standing_co)
    grid = unit.grid(period="2026H1")
    assert grid.shown.label == "2026年第二季度、2026年上半年"
    assert {row.title for row in grid.rows} == {"示例任务1", "综合报告"}
    assert grid.rows == unit.grid(period="2026Q2").rows


def test_it_opens_with_the_period_whose_window_is_open(unit):
    unit.owe("1", period=make_period(unit.session, key="2026Q2"))
    unit.owe("2", period=make_period(unit.session, key="2026Q3"))
    unit.owe("3", period=make_period(unit.session, key="2026Q4"))
    grid = unit.grid()
    assert [(tab.key, tab.open) for tab in grid.periods] == [("2026Q4", 1), ("2026Q3", 1), ("2026Q2", 1)]
    assert numbers(grid.rows) == ["2"]


def test_only_its_own_rows_and_only_for_who_belongs_to_a_unit(unit):
    other = make_unit(unit.session, name="州财政局")
    make_obligation(unit.session, task=make_task(unit.session, lead=other), unit=other)
    assert unit.grid() is None
    with pytest.raises(Forbidden):
        unit_grid(unit.session, unit.office, AT)


def test_the_head_reads_the_grid_and_writes_nothing(unit):
    unit.owe()
    head = make_actor(unit.session, UserRole.head, unit=unit.unit)
    grid = unit_grid(unit.session, head, AT)
    assert (len(grid.rows), grid.written) == (1, ())
    assert unit.grid().needs_signature


def test_saving_the_grid_writes_only_what_changed(unit):
    make_period(unit.session)
    one, two = unit.owe("1"), unit.owe("2")
    held = held_rows(unit.session, unit.clerk, [one, two])
    rows = [Handed(one, unit.version(one), make_text("写了一半")), Handed(two, unit.version(two), held[two])]
    assert save_rows(unit.session, unit.clerk, rows, at=AT) == (1, {})
    assert [unit.session.get_one(Obligation, owed).state for owed in (one, two)] == [State.draft, State.pending]


def test_a_row_that_a_colleague_was_first_with_is_told_and_the_others_are_saved(unit):
    make_period(unit.session)
    one, two = unit.owe("1"), unit.owe("2")
    stale = {owed: unit.version(owed) for owed in (one, two)}
    colleague = replace(unit.colleague, name="刘科员")
    unit.draft(one, make_text("同事写的"), colleague)
    rows = [Handed(owed, stale[owed], make_text(f"我写的{owed}")) for owed in (one, two)]
    count, wrong = save_rows(unit.session, unit.clerk, rows, at=AT)
    assert (count, wrong) == (1, {f"r{one}-progress": "刘科员 今天 09:30 也改了这一件。两份都留着，请并排看，选一份"})
    copy, = unit.session.query(DraftCopy)
    assert (copy.progress, copy.written_by) == (f"我写的{one}", "州科技局填报员")


def test_another_units_rows_are_never_held(unit):
    other = make_unit(unit.session, name="州财政局")
    theirs = make_obligation(unit.session, task=make_task(unit.session, lead=other), unit=other).id
    assert held_rows(unit.session, unit.clerk, [theirs]) == {}


def owe_many(session: Session, unit_id: int, count: int) -> None:
    """So many obligations of one unit in 2026Q3, each on a task of its own, written in bulk."""
    plan, period = make_plan(session, key=f"plan{count}"), None
    section = make_section(session, plan=plan)
    period = make_period(session, plan=plan)
    tasks = [{"plan_id": plan.id, "section_id": section.id, "number": str(number), "position": number,
              "title": f"示例任务{number}", "body": "示例正文。", "as_written": "", "source_complete": True,
              "due_on": plan.valid_until, "state": TaskState.in_progress, "version": 1, "recorded_at": IN_FORCE}
             for number in range(1, count + 1)]
    ids = session.scalars(insert(Task.__table__).returning(Task.id, sort_by_parameter_order=True), tasks).all()
    session.execute(insert(Obligation.__table__), [
        {"plan_id": plan.id, "period_id": period.id, "task_id": task_id, "unit_id": unit_id, "role": Role.lead,
         "state": State.pending, "opened_at": period.opened_at, "due_at": period.lead_due_at, "version": 1,
         "to_sign": False} for task_id in ids])
    session.commit()


@pytest.mark.parametrize("look", ["grid", "my"])
def test_2000_obligations_cost_as_many_queries_as_20_and_show_50(unit, count_queries, look):
    see = {"grid": lambda: unit.grid().rows, "my": lambda: owed_by_unit(unit.session, unit.clerk, AT).rows}[look]

    def cost(rows):
        unit.session.rollback()
        with count_queries() as seen:
            assert len(see()) == rows
        return len(seen)

    unit_id = unit.unit.id
    owe_many(unit.session, unit_id, 20)
    few = cost(20)
    owe_many(unit.session, unit_id, 2000)
    assert cost(50) == few <= 10


def test_the_pages_walk_all_rows(unit):
    owe_many(unit.session, unit.unit.id, 120)
    pages = [unit.grid(page=page) for page in (1, 2, 3, 9)]
    assert [len(grid.rows) for grid in pages] == [50, 50, 20, 20]
    assert (pages[0].pages, pages[3].page) == (3, 3)
    assert sorted(row.obligation_id for grid in pages[:3] for row in grid.rows) == sorted(
        owed.id for owed in unit.session.query(Obligation))
    work = owed_by_unit(unit.session, unit.clerk, AT, {"rows": 3})
    assert (len(work.rows), work.total["rows"]) == (20, 120)


def test_what_is_handed_in_is_shown_as_it_was_handed_in(session):
    unit = Unit(session)
    owed = unit.submit(unit.owe(), make_text("交上去的。"))
    send_back(session, unit.office, owed, reason="请补充金额", version=unit.version(owed), at=AT)
    unit.draft(owed, make_text("正在改写的。"))
    undo_decision(session, unit.office, owed, version=unit.version(owed), at=AT)
    row = next(row for row in unit.grid().rows if row.obligation_id == owed)
    assert (row.writable, row.text.progress) == (False, "交上去的。")
