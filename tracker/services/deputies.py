"""Deputies (外出时委托): while the head (审签人) is away, another person of the unit signs, and it says so.

A deputy holds within his days only, both included; it ends by itself, or when the head takes it back.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.show import day_cn
from tracker.domain.words import UserRole
from tracker.domain.workdays import shanghai_date
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Deputy, Post, User, UserRoleGrant
from tracker.services.access import LARGEST_ID
from tracker.services.deed import deed

NEED_PERSON = "请选一位代签人；只能选本单位在用的账号，不能选自己"
NEED_DAY = "请写明哪一天，如2026-10-12"
BACKWARDS = "止日在起日之前"
PAST = "止日已过；委托只管今天起的签发"
TAKEN = "{days}已委托{name}代签，日子重叠；先收回那一条，或改日子"
NO_PASSING_ON = "您正在代{head}签，不能再委托别人。没有改动任何内容；要改请联系本人。"


@dataclass(frozen=True)
class DeputyRow:
    """A line of 外出时委托: who signs for whom on which days. `in_force`: today is one of them."""

    id: int
    head: str
    deputy: str
    from_on: date
    until_on: date
    in_force: bool


def deputy_in_force(session: Session, user_id: int, unit_id: int, on: date) -> str | None:
    """The name of the head of the unit in whose place the user may sign on that day; None where there is none."""
    head = aliased(User)
    return session.scalars(
        select(head.name).select_from(Deputy).join(head, head.id == Deputy.head_id)
        .where(Deputy.unit_id == unit_id, Deputy.deputy_id == user_id, Deputy.ended_at.is_(None),
               Deputy.from_on <= on, Deputy.until_on >= on, head.active, _heads(head, unit_id))
        .order_by(Deputy.id).limit(1)).one_or_none()


def deputies_of(session: Session, actor: Actor, at: datetime) -> tuple[DeputyRow, ...]:
    """The unit's deputies of today and of days to come, the next first."""
    head, deputy, today = aliased(User), aliased(User), shanghai_date(at)
    rows = session.execute(
        select(Deputy, head.name.label("head"), deputy.name.label("deputy"))
        .join(head, head.id == Deputy.head_id).join(deputy, deputy.id == Deputy.deputy_id)
        .where(Deputy.unit_id == actor.unit_id, Deputy.ended_at.is_(None), Deputy.until_on >= today)
        .order_by(Deputy.from_on, Deputy.id))
    return tuple(DeputyRow(row.id, by, name, row.from_on, row.until_on, row.from_on <= today) for row, by, name in rows)


def candidates(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """Whom the head may name: the active people of the unit, himself aside, (id, name)."""
    rows = session.execute(select(User.id, User.name).where(_may_stand_in(actor)).order_by(User.name, User.id))
    return tuple((row.id, row.name) for row in rows)


def name_deputy(session: Session, actor: Actor, *, deputy_id: int | None, from_on: date | None, until_on: date | None,
                at: datetime) -> None:
    """Let another person of the unit sign from one day until another, both included (委托代签).

    Refused where the days overlap with those of a deputy that the head named before.
    """
    _check_head(actor)
    with deed(session, actor, at) as d:
        session.scalars(select(User.id).where(User.id == actor.user_id).with_for_update()).one()    # one at a time
        person = session.scalars(select(User).where(
            User.id == min(deputy_id or 0, LARGEST_ID), _may_stand_in(actor))).one_or_none()
        faults = {"deputy_id": NEED_PERSON} if person is None else {}
        faults |= _wrong_days(from_on, until_on, shanghai_date(at))
        if person is None or from_on is None or until_on is None or faults:
            raise Refused("；".join(faults.values()), fields=faults)
        taken = session.execute(
            select(Deputy, User.name).join(User, User.id == Deputy.deputy_id)
            .where(Deputy.head_id == actor.user_id, Deputy.unit_id == actor.unit_id, Deputy.ended_at.is_(None),
                   Deputy.from_on <= until_on, Deputy.until_on >= from_on).limit(1)).first()
        if taken is not None:
            days = f"{day_cn(taken.Deputy.from_on, at)}至{day_cn(taken.Deputy.until_on, at)}"
            words = TAKEN.format(days=days, name=taken.name)
            raise Refused(words, fields={"from_on": words})
        row = Deputy(unit_id=actor.unit_id, head_id=actor.user_id, deputy_id=person.id, from_on=from_on,
                     until_on=until_on, made_at=at)
        session.add(row)
        session.flush()
        d.record("deputy.named", deputy=row.id, unit=actor.unit_id, user=person.id, from_on=from_on.isoformat(),
                 until_on=until_on.isoformat())


def end_deputy(session: Session, actor: Actor, deputy_row_id: int, *, at: datetime) -> None:
    """Take it back (收回): from now on the deputy signs no more. Ended before, or over, it changes nothing."""
    _check_head(actor)
    if not 0 < deputy_row_id <= LARGEST_ID:
        raise NotYours
    with deed(session, actor, at) as d:
        row = session.scalars(select(Deputy).where(
            Deputy.id == deputy_row_id, Deputy.unit_id == actor.unit_id).with_for_update()).one_or_none()
        if row is None:
            raise NotYours
        if row.ended_at is None:
            row.ended_at = at
            d.record("deputy.ended", deputy=row.id, unit=actor.unit_id, user=row.deputy_id)


def _check_head(actor: Actor) -> None:
    if not may(actor, Act.keep_deputy) or actor.unit_id is None:
        raise Forbidden
    if actor.deputy_for:
        raise Forbidden(NO_PASSING_ON.format(head=actor.deputy_for))


def _wrong_days(from_on: date | None, until_on: date | None, today: date) -> dict[str, str]:
    if from_on is None or until_on is None:
        return {name: NEED_DAY for name, day in (("from_on", from_on), ("until_on", until_on)) if day is None}
    if until_on < from_on:
        return {"until_on": BACKWARDS}
    return {"until_on": PAST} if until_on < today else {}


def _may_stand_in(actor: Actor) -> ColumnElement[bool]:
    """An active account of the actor's unit, or one with a post (兼任) in it; no administrator, and not he himself."""
    posted = exists().where(Post.user_id == User.id, Post.unit_id == actor.unit_id, Post.ended_at.is_(None))
    return and_(User.active, ~User.apart, User.id != actor.user_id, or_(User.unit_id == actor.unit_id, posted))


def _heads(user: type[User], unit_id: int) -> ColumnElement[bool]:
    """Whether the account still heads the unit: by its own role, or by a post."""
    granted = exists().where(UserRoleGrant.user_id == user.id, UserRoleGrant.role == UserRole.head)
    posted = exists().where(Post.user_id == user.id, Post.unit_id == unit_id, Post.role == UserRole.head,
                            Post.ended_at.is_(None))
    return or_(and_(user.unit_id == unit_id, granted), posted)
