"""The units change (机构调整): renamed, merged, split, added to a task or moved, from a day on. Nothing past moves.

Reports of periods that were over before that day stay with the unit of then. Of periods that reach beyond it, what
nothing was delivered on goes to the successor, with its draft; where both stood, one duty stays, the stronger.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.report_text import clean
from tracker.domain.words import Role, UnitKind, UserRole
from tracker.domain.workdays import shanghai_date
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import (
    Plan,
    Post,
    Responsibility,
    StandingUnit,
    Task,
    Unit,
    UnitAlias,
    UnitName,
    User,
    UserRoleGrant,
)
from tracker.services.access import LARGEST_ID
from tracker.services.deed import OpenDeed, deed
from tracker.services.moved_reports import STRENGTH, Moves, move_reports
from tracker.services.periods import open_current

NAME_TAKEN = "已有单位叫“{name}”"
FUTURE = "生效日期不能晚于今天：到那一天再办"
ENDED = "{unit}已经并入别的单位，不能再调整。没有改动。"
TOO_EARLY = "要晚于现在这个名称开始的那一天"
SAME = "请选另一个单位"
NO_TASKS = "请勾选要划过去的任务"
BAD_STEM = "账号前缀已被占用，或不只是字母和数字，请换一个"
TWICE = "这个单位已经负责这项任务。没有改动。"


class _Undone(Exception):
    """Ends a dry run (预览): everything is rolled back."""


def rename_unit(session: Session, actor: Actor, unit_id: int, *, name: str, from_on: date, at: datetime) -> Unit:
    """Another name from a day on (更名); the old one stays known as an alias. Forbidden, NotYours, Refused."""
    with deed(session, _keeper(actor), at) as d:
        unit = _unit(d, unit_id)
        name = _new_name(d, name)
        _check_day(d, from_on)
        old = unit.name
        last = session.scalar(select(func.max(UnitName.since_on)).where(UnitName.unit_id == unit.id))
        if last is not None and from_on <= last:
            raise Refused(f"{TOO_EARLY}。没有改动。", fields={"from_on": TOO_EARLY})
        unit.name = name
        session.add(UnitName(unit_id=unit.id, name=name, since_on=from_on, recorded_at=at))
        _keep_alias(d, unit, old)
        d.record("unit.renamed", unit=unit.id, old=old, new=name, from_on=from_on.isoformat())
        return unit


def merge_units(session: Session, actor: Actor, unit_id: int, into_id: int, *, from_on: date, at: datetime,
                dry_run: bool = False) -> Moves:
    """One unit goes into another from a day on (并入). `dry_run` says what would move and changes nothing."""
    moves = Moves()

    def change(d: OpenDeed) -> None:
        unit, into = _unit(d, unit_id), _unit(d, into_id)
        if unit.id == into.id:
            raise Refused(SAME, fields={"into_id": SAME})
        _check_day(d, from_on)
        for duty in _duties(d.session, unit.id):
            _hand_over(d, duty, into, from_on, moves)
        _standing(d, unit, into, from_on, moves)
        unit.ended_on, unit.successor_id = from_on, into.id
        moves.people = _let_act(d, unit, into)
        _open_for(d)
        d.record("unit.merged", unit=unit.id, into=into.id, from_on=from_on.isoformat(), duties=len(moves.duties),
                 reports=moves.reports)

    _change(session, actor, at, change, dry_run)
    return moves


def split_unit(session: Session, actor: Actor, unit_id: int, *, name: str, kind: UnitKind, login_stem: str,
               task_ids: Iterable[int], from_on: date, at: datetime, dry_run: bool = False) -> Moves:
    """A new unit takes over some tasks of another from a day on (分设)."""
    moves = Moves()
    wanted = set(task_ids)

    def change(d: OpenDeed) -> None:
        unit, new_name = _unit(d, unit_id), _new_name(d, name)
        _check_day(d, from_on)
        if d.session.scalar(select(Unit.id).where(Unit.login_stem == login_stem)) or not login_stem.isalnum():
            raise Refused(BAD_STEM, fields={"login_stem": BAD_STEM})
        chosen = [duty for duty in _duties(d.session, unit.id) if duty.task_id in wanted]
        if not chosen:
            raise Refused(NO_TASKS, fields={"task_ids": NO_TASKS})
        last = d.session.scalar(select(func.max(Unit.position))) or 0
        made = Unit(name=new_name, kind=kind, login_stem=login_stem, position=last + 1, recorded_at=d.at)
        d.session.add(made)
        d.session.flush()       # its id
        d.session.add(UnitName(unit_id=made.id, name=new_name, since_on=from_on, recorded_at=d.at))
        for duty in chosen:
            _hand_over(d, duty, made, from_on, moves)
        _open_for(d)
        d.record("unit.split", unit=unit.id, made=made.id, from_on=from_on.isoformat(), duties=len(moves.duties))

    _change(session, actor, at, change, dry_run)
    return moves


def move_duty(session: Session, actor: Actor, responsibility_id: int, to_id: int, *, from_on: date, at: datetime,
              dry_run: bool = False) -> Moves:
    """Another unit takes over one unit's part in one task from a day on (调整责任单位, 换牵头)."""
    moves = Moves()

    def change(d: OpenDeed) -> None:
        duty = d.session.get(Responsibility, min(responsibility_id, LARGEST_ID))
        if duty is None or duty.ended_at is not None:
            raise NotYours
        into = _unit(d, to_id)
        if into.id == duty.unit_id:
            raise Refused(SAME, fields={"into_id": SAME})
        _check_day(d, from_on)
        _hand_over(d, duty, into, from_on, moves)
        _open_for(d)
        d.record("duty.moved", duty=duty.id, task=duty.task_id, unit=duty.unit_id, into=into.id,
                 from_on=from_on.isoformat(), reports=moves.reports)

    _change(session, actor, at, change, dry_run)
    return moves


def add_duty(session: Session, actor: Actor, task_id: int, unit_id: int, *, from_on: date, at: datetime) -> None:
    """A further co-unit works with a task from a day on (增加配合单位); it owes from the current period on."""
    with deed(session, _keeper(actor), at) as d:
        unit, task = _unit(d, unit_id), session.get(Task, min(task_id, LARGEST_ID))
        if task is None:
            raise NotYours
        _check_day(d, from_on)
        if _held(session, task.id, unit.id) is not None:
            raise Refused(TWICE, fields={"into_id": TWICE})
        last = session.scalar(select(func.max(Responsibility.position)).where(Responsibility.task_id == task.id)) or 0
        session.add(Responsibility(task_id=task.id, unit_id=unit.id, role=Role.co, position=last + 1,
                                   as_written=unit.name, since_on=from_on, recorded_at=at))
        session.flush()
        _open_for(d)
        d.record("duty.added", task=task.id, unit=unit.id, from_on=from_on.isoformat())


def _change(session: Session, actor: Actor, at: datetime, change: object, dry_run: bool) -> None:
    try:
        with deed(session, _keeper(actor), at) as d:
            change(d)  # type: ignore[operator]
            if dry_run:
                raise _Undone
    except _Undone:
        return


def _hand_over(d: OpenDeed, duty: Responsibility, into: Unit, from_on: date, moves: Moves) -> None:
    """One duty ends and goes on as the successor's; where that has one already, the stronger of the two goes on."""
    task = d.session.get_one(Task, duty.task_id)
    held = _held(d.session, duty.task_id, into.id)
    duty.until_on, duty.ended_at = from_on, d.at
    stronger = held is None or STRENGTH[duty.role] > STRENGTH[held.role]
    if held is not None and stronger:
        held.until_on, held.ended_at = from_on, d.at
    d.session.flush()           # what has ended leaves the unique index before its successor enters it
    if stronger:
        d.session.add(Responsibility(task_id=duty.task_id, unit_id=into.id, role=duty.role, position=duty.position,
                                     as_written=duty.as_written, since_on=from_on, recorded_at=d.at))
    became = f"{into.name}{duty.role.label}"
    if held is not None:
        changed, same = f"由{held.role.label}改{duty.role.label}", f"已是{held.role.label}，不重复"
        became = f"{into.name}{changed if stronger else same}"
    moves.duties.append((task.number, became))
    move_reports(d, duty, into, from_on, moves)


def _standing(d: OpenDeed, unit: Unit, into: Unit, from_on: date, moves: Moves) -> None:
    rows = d.session.scalars(select(StandingUnit).where(StandingUnit.ended_at.is_(None),
                                                        StandingUnit.unit_id.in_((unit.id, into.id)))).all()
    for row in rows:
        if row.unit_id == unit.id:
            row.until_on, row.ended_at = from_on, d.at
            if not any(other.unit_id == into.id and other.plan_id == row.plan_id for other in rows):
                d.session.add(StandingUnit(plan_id=row.plan_id, unit_id=into.id, position=row.position,
                                           since_on=from_on, recorded_at=d.at))
            moves.duties.append(("", f"{into.name}{Role.standing_co.label}"))


def _let_act(d: OpenDeed, unit: Unit, into: Unit) -> int:
    """Who filled in or signed for the old unit may do so for the successor too (兼任); nobody is locked out."""
    people = d.session.execute(
        select(User.id, UserRoleGrant.role).join(UserRoleGrant, UserRoleGrant.user_id == User.id)
        .where(User.unit_id == unit.id, User.active, UserRoleGrant.role.in_((UserRole.clerk, UserRole.head)))).all()
    held = set(d.session.execute(select(Post.user_id, Post.role).where(
        Post.unit_id == into.id, Post.ended_at.is_(None))).all())
    new = [(user_id, role) for user_id, role in people if (user_id, role) not in held]
    d.session.add_all([Post(user_id=user_id, unit_id=into.id, role=role, since_at=d.at) for user_id, role in new])
    return len({user_id for user_id, _ in new})


def _open_for(d: OpenDeed) -> None:
    d.session.flush()           # the next reads who is responsible
    for plan_id in d.session.scalars(select(Plan.id).order_by(Plan.id)).all():
        open_current(d, plan_id)


def _duties(session: Session, unit_id: int) -> Sequence[Responsibility]:
    return session.scalars(select(Responsibility).join(Task, Task.id == Responsibility.task_id)
                           .where(Responsibility.unit_id == unit_id, Responsibility.ended_at.is_(None))
                           .order_by(Task.plan_id, Task.position)).all()


def _held(session: Session, task_id: int, unit_id: int) -> Responsibility | None:
    return session.scalars(select(Responsibility).where(
        Responsibility.task_id == task_id, Responsibility.unit_id == unit_id,
        Responsibility.ended_at.is_(None))).one_or_none()


def _unit(d: OpenDeed, unit_id: int) -> Unit:
    unit = d.session.scalars(select(Unit).where(Unit.id == min(unit_id, LARGEST_ID)).with_for_update()).one_or_none()
    if unit is None:
        raise NotYours
    if unit.ended_on is not None:
        raise Refused(ENDED.format(unit=unit.name))
    return unit


def _new_name(d: OpenDeed, name: str) -> str:
    name = "".join(clean(name).split())
    wrong = "" if name else "请写新名称"
    if len(name) > 60:
        wrong = "名称最多60个字"
    if d.session.scalar(select(Unit.id).where(Unit.name == name)):
        wrong = NAME_TAKEN.format(name=name)
    if wrong:
        raise Refused(f"{wrong}。没有改动。", fields={"name": wrong})
    return name


def _check_day(d: OpenDeed, from_on: date) -> None:
    if from_on > shanghai_date(d.at):
        raise Refused(f"{FUTURE}。没有改动。", fields={"from_on": FUTURE})


def _keep_alias(d: OpenDeed, unit: Unit, old: str) -> None:
    if not d.session.scalar(select(UnitAlias.id).where(UnitAlias.alias == old)):
        d.session.add(UnitAlias(unit_id=unit.id, alias=old))


def _keeper(actor: Actor) -> Actor:
    if not may(actor, Act.change_units):
        raise Forbidden
    return actor
