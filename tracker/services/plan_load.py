"""A plan file into the database (装入方案): the first time, again without effect, and edited with what it changes.

A later file is compared with the one loaded last, so what the office completed in the web meanwhile stays. Nothing is
deleted: wordings and responsibilities end and begin, a task that is missing from the file stays. Source: DESIGN 3.
"""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.periods import BadPeriodKey, next_period, parse_period, period_of, periods_between
from tracker.domain.permissions import Act, may
from tracker.domain.words import Role
from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.errors import Forbidden, Refused
from tracker.models import AuditHead, Indicator, Plan, Section, Task, Unit
from tracker.notices import schema
from tracker.notices.plan_changes import Names, plan_changes, renames
from tracker.notices.schema import PlanFile
from tracker.notices.units import resolve_line
from tracker.services.deed import OpenDeed, deed
from tracker.services.periods import open_current
from tracker.services.plan_tasks import Duty, Since, assign, keep_wording, new_task, put_measures, reword, set_due
from tracker.services.plan_units import put_standing, put_units


def plan_diff(session: Session, plan_file: PlanFile) -> tuple[str, ...]:
    """What loading the file would change, a line each; empty where nothing."""
    plan = _plan(session, plan_file)
    return _first_lines(plan_file) if plan is None else plan_changes(_loaded_last(plan), plan_file)


def load_plan(session: Session, actor: Actor, plan_file: PlanFile, *, first_period: str | None = None,
              at: datetime) -> tuple[str, ...]:
    """Load a plan; the lines of `plan_diff` that it made true. Loading the same file again writes nothing.

    `first_period` is 起报期; None: the period that contains `at`. The first load counts from the day of issue, 00:00.
    Raises Forbidden, and Refused where the period cannot be the first, or another first period holds already.
    """
    if not may(actor, Act.keep_plan):
        raise Forbidden
    first = first_period_of(plan_file, first_period, at)
    with deed(session, actor, at) as d:
        session.execute(select(AuditHead).with_for_update())        # two who load at once wait for each other
        plan = _plan(session, plan_file)
        if plan is None:
            lines = _first_lines(plan_file)
            _load_first(d, plan_file, first)
        elif first_period is not None and plan.first_period != first:
            raise Refused(f"起报期在建库时定为{plan.first_period}，不能再改成{first}。没有改动。")
        elif lines := plan_changes(_loaded_last(plan), plan_file):
            _load_edited(d, plan, plan_file)
        if lines:
            d.record("plan.loaded", plan=plan_file.key, changes=list(lines))
        return lines


def first_period_of(plan_file: PlanFile, key: str | None, at: datetime) -> str:
    """起报期: the key as given, else of the period containing `at`; never before the first full one after issue.

    Raises Refused where the key is no period of the plan.
    """
    cadence = plan_file.policy.lead
    first = period_of(plan_file.issued_on, cadence)
    if first.starts_on < plan_file.issued_on:
        first = next_period(first)
    last = max(first, period_of(plan_file.valid_until, cadence), key=lambda span: span.starts_on)
    if key is None:
        today = min(max(shanghai_date(at), first.starts_on), last.ends_on)
        return period_of(today, cadence).key
    try:
        span = parse_period(key)
    except BadPeriodKey as bad:
        raise Refused(f"{bad}。没有改动。") from None
    if span not in periods_between(first, last):
        raise Refused(f"起报期要从{first.key}到{last.key}里选一期，“{key}”不在其中。没有改动。")
    return key


def is_loaded(session: Session, plan_file: PlanFile) -> bool:
    """True if a plan with the file's key is there, in whatever version."""
    return _plan(session, plan_file) is not None


def _plan(session: Session, plan_file: PlanFile) -> Plan | None:
    return session.scalars(select(Plan).where(Plan.key == plan_file.key)).one_or_none()


def _loaded_last(plan: Plan) -> PlanFile:
    return PlanFile.model_validate(plan.source)


def _first_lines(plan_file: PlanFile) -> tuple[str, ...]:
    open_ends = [task.number for task in plan_file.tasks if not task.source_complete]
    return (
        f"装入方案《{plan_file.title}》，{plan_file.doc_number}",
        f"{len(plan_file.tasks)}项任务、{len(plan_file.units)}个责任单位、{len(plan_file.indicators)}项指标",
        *(f"任务{number}原文不全，标为待补录" for number in open_ends),
    )


def _load_first(d: OpenDeed, plan_file: PlanFile, first_period: str) -> None:
    since = Since(plan_file.issued_on, shanghai_moment(plan_file.issued_on), d.actor.name)
    plan = Plan(key=plan_file.key, first_period=first_period)
    _put_facts(plan, plan_file, d.at)
    d.session.add(plan)
    d.session.flush()       # its id
    _put_all(d, plan, None, plan_file, since)


def _load_edited(d: OpenDeed, plan: Plan, plan_file: PlanFile) -> None:
    before = _loaded_last(plan)
    since = Since(shanghai_date(d.at), d.at, d.actor.name)
    if before.valid_until != plan_file.valid_until:
        for task in d.session.scalars(
                select(Task).where(Task.plan_id == plan.id, Task.due_on == before.valid_until)):
            set_due(d.session, task, plan_file.valid_until, since)
    _put_facts(plan, plan_file, d.at)
    plan.version += 1
    if _put_all(d, plan, before, plan_file, since):
        d.session.flush()       # the next reads what was written here
        open_current(d, plan.id)


def _put_facts(plan: Plan, plan_file: PlanFile, at: datetime) -> None:
    for name in ("title", "short_name", "header_name", "doc_number", "issuer", "issued_on", "valid_until", "lead_in",
                 "goals"):
        setattr(plan, name, getattr(plan_file, name))
    plan.standing_clause = plan_file.standing.as_written if plan_file.standing else ""
    plan.policy = plan_file.policy.model_dump(mode="json")
    plan.source = plan_file.model_dump(mode="json")
    plan.loaded_at = at


def _put_all(d: OpenDeed, plan: Plan, before: PlanFile | None, now: PlanFile, since: Since) -> bool:
    """True where somebody became or ceased to be responsible."""
    renamed = renames(before, now) if before else Names({})
    units = put_units(d.session, now.units, renamed, since)
    sections = _put_sections(d.session, plan, now)
    _put_indicators(d.session, plan, now)
    standing = now.standing.units if now.standing else ()
    put_standing(d.session, plan, standing, units, since)
    duties_changed = before is None or standing != renamed.of(before.standing.units if before.standing else ())
    tasks = {task.number: task for task in d.session.scalars(
        select(Task).where(Task.plan_id == plan.id).order_by(Task.position, Task.id))}
    loaded = {task.number: task for task in before.tasks} if before else {}
    for position, given in enumerate(now.tasks, start=1):
        task = tasks.pop(given.number, None)
        if task is None:
            task = new_task(d.session, plan, number=given.number, position=position, due_on=now.valid_until,
                            section_id=sections[given.section].id, title=given.title, body=given.body,
                            as_written=given.as_written or "", basis=given.basis,
                            source_complete=given.source_complete, since=since)
            _put_duties(d.session, task, given, now, units, since)
            put_measures(d.session, task, given.measures)
            duties_changed = True
            continue
        task.position = position
        _put_edited_task(d.session, task, loaded.get(given.number), given, sections, since)
        was = loaded.get(given.number)
        if was is None or (renamed.of(was.units), was.basis, was.as_written) != (
                given.units, given.basis, given.as_written):
            _put_duties(d.session, task, given, now, units, since)
            duties_changed = True
    for position, task in enumerate(tasks.values(), start=len(now.tasks) + 1):
        task.position = position        # what the file does not hold, added by hand or left out, stands at the end
    return duties_changed


def _put_edited_task(session: Session, task: Task, was: schema.Task | None, now: schema.Task,
                     sections: dict[str, Section], since: Since) -> None:
    """Bring in what the file changed since it was loaded last; what else was written meanwhile stays."""
    if was is None or was.section != now.section:
        task.section_id = sections[now.section].id
    words = ("title", "body", "as_written", "source_complete")
    if (was is None or any(getattr(was, word) != getattr(now, word) for word in words)) and reword(
            task, title=now.title, body=now.body, as_written=now.as_written or "",
            source_complete=now.source_complete):
        keep_wording(session, task, since)
    if was is None or was.measures != now.measures:
        put_measures(session, task, now.measures)


def _put_duties(session: Session, task: Task, given: schema.Task, plan_file: PlanFile, units: dict[str, Unit],
                since: Since) -> None:
    task.basis = given.basis
    words = dict(resolve_line(given.as_written, plan_file.registry).parts) if given.as_written else {}
    assign(session, task, [
        Duty(units[name], Role.lead if name == given.lead else Role.co, words.get(name, name))
        for name in given.units], since)


def _put_sections(session: Session, plan: Plan, plan_file: PlanFile) -> dict[str, Section]:
    rows = {row.number: row for row in session.scalars(select(Section).where(Section.plan_id == plan.id))}
    for position, given in enumerate(plan_file.sections, start=1):
        row = rows.setdefault(given.number, Section(plan_id=plan.id, number=given.number))
        row.part, row.title, row.position = given.part, given.title, position
        session.add(row)
    session.flush()         # their ids
    return rows


def _put_indicators(session: Session, plan: Plan, plan_file: PlanFile) -> None:
    rows = {row.key: row for row in session.scalars(select(Indicator).where(Indicator.plan_id == plan.id))}
    for position, given in enumerate(plan_file.indicators, start=1):
        row = rows.get(given.key) or Indicator(plan_id=plan.id, key=given.key)
        row.name, row.as_written, row.comparison = given.name, given.as_written, given.comparison
        row.target, row.unit_word, row.due_on = given.target, given.unit_word or "", given.due_on
        row.position = position
        session.add(row)
