"""The units (责任单位) of a plan file into the database, shared by all plans: new, renamed, standing."""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.errors import Refused
from tracker.models import Plan, StandingUnit, Unit, UnitAlias, UnitName
from tracker.notices import schema
from tracker.notices.plan_changes import Names
from tracker.services.plan_tasks import Since


def put_units(session: Session, given: Iterable[schema.Unit], renamed: Names, since: Since) -> dict[str, Unit]:
    """The row of each unit of a file, by its name there. A unit known by name or alias is that unit; none is doubled.

    Raises Refused where a new unit wants the account prefix (账号前缀) of another.
    """
    known = {unit.name: unit for unit in session.scalars(select(Unit))}
    aliases: dict[str, Unit] = dict(session.execute(
        select(UnitAlias.alias, Unit).join(Unit, Unit.id == UnitAlias.unit_id)).all())
    was_called = {new: old for old, new in renamed.new_of.items()}
    rows: dict[str, Unit] = {}
    for each in given:
        old_name = was_called.get(each.name)
        unit = known.get(each.name) or (known.get(old_name) if old_name else None) or aliases.get(each.name)
        if unit is None:
            unit = _new_unit(session, each, since)
        elif old_name is not None and unit.name == old_name:
            _rename(session, unit, each.name, since)
        unit.kind = each.kind
        for alias in (*each.aliases, *([old_name] if old_name else [])):
            if alias not in aliases:
                session.add(UnitAlias(unit_id=unit.id, alias=alias))
                aliases[alias] = unit
        rows[each.name] = unit
    return rows


def put_standing(session: Session, plan: Plan, names: tuple[str, ...], units: Mapping[str, Unit], since: Since) -> None:
    """Make exactly these the standing co-units (常态配合单位) of the plan; who is no longer one ends today."""
    rows = session.scalars(
        select(StandingUnit).where(StandingUnit.plan_id == plan.id).order_by(StandingUnit.since_on)).all()
    latest = {row.unit_id: row for row in rows}
    wanted = [units[name] for name in names]
    for row in latest.values():
        if row.ended_at is None and row.unit_id not in {unit.id for unit in wanted}:
            row.until_on, row.ended_at = since.on, since.at
    for position, unit in enumerate(wanted, start=1):
        known = latest.get(unit.id)
        if known is not None and (known.ended_at is None or known.since_on == since.on):
            row = known
        else:
            row = StandingUnit(plan_id=plan.id, unit_id=unit.id, since_on=since.on, recorded_at=since.at)
        row.until_on, row.ended_at = None, None     # taken out and put back within a day: as if it had stayed
        row.position = position
        session.add(row)


def _new_unit(session: Session, given: schema.Unit, since: Since) -> Unit:
    holder = session.scalar(select(Unit.name).where(Unit.login_stem == given.login_stem))
    if holder is not None:
        raise Refused(f"账号前缀“{given.login_stem}”已经归{holder}，{given.name}要另用一个。没有装入任何内容。")
    last = session.scalar(select(func.max(Unit.position))) or 0
    unit = Unit(name=given.name, kind=given.kind, login_stem=given.login_stem, position=last + 1, recorded_at=since.at)
    session.add(unit)
    session.flush()     # its id
    session.add(UnitName(unit_id=unit.id, name=given.name, since_on=since.on, recorded_at=since.at))
    return unit


def _rename(session: Session, unit: Unit, name: str, since: Since) -> None:
    unit.name = name
    today = session.scalars(
        select(UnitName).where(UnitName.unit_id == unit.id, UnitName.since_on == since.on)).one_or_none()
    if today is None:
        session.add(UnitName(unit_id=unit.id, name=name, since_on=since.on, recorded_at=since.at))
    else:
        today.name = name       # renamed twice in a day: the last name is the day's
