"""The office completes a task that its source cut off (补录), and adds further ones (增加任务)."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.report_text import clean
from tracker.domain.words import Basis, Role
from tracker.domain.workdays import shanghai_date
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import Plan, Section, Task, Unit, UnitAlias
from tracker.notices.units import Registry
from tracker.services.deed import OpenDeed, deed
from tracker.services.periods import open_current
from tracker.services.plan_tasks import Duty, Since, assign, keep_wording, new_task, reword
from tracker.services.plan_view import current_plan

TITLE_CHARS, BODY_CHARS = 200, 20_000


def complete_task(session: Session, actor: Actor, task_number: str, *, title: str, body: str, lead: str,
                  co: Sequence[str], version: int, at: datetime, plan_key: str | None = None) -> Task:
    """Give a task 待补录 its wording and its units; they owe from the current period on.

    Units by name or alias. Forbidden, NotYours, Conflict (`version` is not today's), Refused with its fields.
    """
    with deed(session, _keeper(actor), at) as d:
        plan = current_plan(session, plan_key)
        task = session.scalars(
            select(Task).where(Task.plan_id == plan.id, Task.number == task_number).with_for_update()).one_or_none()
        if task is None:
            raise NotYours
        if task.version != version:
            raise Conflict("这项任务刚才有人改过，没有覆盖。请看过最新内容再补录。")
        if task.source_complete:
            raise Refused(f"任务{task.number}已经是完整的，不用补录。没有改动。")
        words = _words(title, body)
        duties = _duties(session, lead, co)
        reword(task, **words, as_written="、".join(duty.as_written for duty in duties), source_complete=True)
        task.basis = Basis.named
        keep_wording(session, task, _since(d))
        _begin(d, plan, task, duties)
        d.record("task.completed", task=task.number, lead=duties[0].unit.name,
                 co=[duty.unit.name for duty in duties[1:]])
    return task


def add_task(session: Session, actor: Actor, *, section: str, title: str, body: str, lead: str, co: Sequence[str],
             due_on: date | None = None, at: datetime, plan_key: str | None = None) -> Task:
    """A further task in a section (its number, as （三）); numbers go on. Due with the plan unless `due_on` is given.

    Its units owe from the current period on. Forbidden, Refused with its fields.
    """
    with deed(session, _keeper(actor), at) as d:
        plan = session.scalars(select(Plan).where(Plan.id == current_plan(session, plan_key).id)
                               .with_for_update()).one()        # two who add at once get two numbers
        section_id = session.scalar(select(Section.id).where(Section.plan_id == plan.id, Section.number == section))
        if section_id is None:
            raise Refused(f"没有章节“{section}”，任务没有增加。", fields={"section": "请选一个章节"})
        words = _words(title, body)
        duties = _duties(session, lead, co)
        due_on = due_on or plan.valid_until
        if due_on < plan.issued_on:
            raise Refused("完成时限早于方案印发日，任务没有增加。", fields={"due_on": f"不能早于{plan.issued_on}"})
        numbers = session.scalars(select(Task.number).where(Task.plan_id == plan.id)).all()
        last = session.scalar(select(func.max(Task.position)).where(Task.plan_id == plan.id)) or 0
        task = new_task(
            session, plan, number=str(1 + max((int(number) for number in numbers if number.isdecimal()), default=0)),
            position=last + 1, section_id=section_id, due_on=due_on, **words,
            as_written="、".join(duty.as_written for duty in duties), basis=Basis.named, source_complete=True,
            since=_since(d))
        _begin(d, plan, task, duties)
        d.record("task.added", task=task.number, section=section, lead=duties[0].unit.name,
                 co=[duty.unit.name for duty in duties[1:]])
    return task


def _keeper(actor: Actor) -> Actor:
    if not may(actor, Act.keep_plan):
        raise Forbidden
    return actor


def _since(d: OpenDeed) -> Since:
    return Since(shanghai_date(d.at), d.at, d.actor.name)


def _begin(d: OpenDeed, plan: Plan, task: Task, duties: list[Duty]) -> None:
    assign(d.session, task, duties, _since(d))
    d.session.flush()       # the next reads who is responsible
    open_current(d, plan.id)


def _words(title: str, body: str) -> dict[str, str]:
    words = {"title": " ".join(clean(title).split()), "body": clean(body)}
    fields = {}
    for name, label, limit in (("title", "标题", TITLE_CHARS), ("body", "正文", BODY_CHARS)):
        if not words[name]:
            fields[name] = f"“{label}”还没写"
        elif len(words[name]) > limit:
            fields[name] = f"“{label}”写了{len(words[name]):,}字，最多{limit:,}字，请压缩"
    if fields:
        raise Refused(f"{'；'.join(fields.values())}。没有保存，填的内容还在。", fields=fields)
    return words


def _duties(session: Session, lead: str, co: Sequence[str]) -> list[Duty]:
    """The units in the order given, the lead first; Refused where one is unknown, missing or given twice."""
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    rows = session.execute(select(UnitAlias.alias, Unit.name).join(Unit, Unit.id == UnitAlias.unit_id))
    registry = Registry({alias: (name,) for alias, name in rows} | {name: (name,) for name in units})
    duties: list[Duty] = []
    fields: dict[str, str] = {}
    for field, names in (("lead", [lead]), ("co", co)):
        for name in filter(None, map(clean, names)):
            resolved = registry.wordings.get(name)
            if resolved is None:
                near = registry.wordings.get(registry.nearest(name) or "", ())
                fields[field] = f"没有“{name}”这个单位" + "".join(f"，最接近的是“{unit}”" for unit in near)
            elif resolved[0] in {duty.unit.name for duty in duties}:
                fields[field] = f"“{resolved[0]}”写了两次，每个单位只能牵头或配合"
            else:
                duties.append(Duty(units[resolved[0]], Role.lead if field == "lead" else Role.co, name))
    if not clean(lead):
        fields["lead"] = "还没选牵头单位"
    if fields:
        raise Refused(f"{'；'.join(fields.values())}。没有保存，填的内容还在。", fields=fields)
    return duties
