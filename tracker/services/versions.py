"""What was handed in (报送稿), what the unit said the time before (上期), and what else stands beside an obligation.

The functions without arguments are expressions for lists: correlated to Obligation (and Period) of the outer select.
"""
from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Role
from tracker.models import Decision, Obligation, Period, Report, ReportVersion, Responsibility, Unit


def text_of(row: Report | ReportVersion) -> ReportText:
    """What a draft or a version says, as the value that pages and sheets share."""
    return ReportText(progress=row.progress, self_rating=row.self_rating, percent=row.percent, problems=row.problems,
                      matters=row.matters, next_steps=row.next_steps)


def columns_of(text: ReportText) -> dict[str, Any]:
    """The same, as column values of a draft or a version."""
    return {"progress": text.progress, "self_rating": text.self_rating, "percent": text.percent,
            "problems": text.problems, "matters": text.matters, "next_steps": text.next_steps}


def last_version(session: Session, obligation_id: int) -> ReportVersion:
    """The last version that was not withdrawn, of an obligation that was handed in."""
    return session.scalars(
        select(ReportVersion)
        .where(ReportVersion.obligation_id == obligation_id, ReportVersion.withdrawn_at.is_(None))
        .order_by(ReportVersion.number.desc()).limit(1)).one()


def last_version_id() -> ScalarSelect[int]:
    """`last_version` of each obligation."""
    version = aliased(ReportVersion)
    return (select(version.id)
            .where(version.obligation_id == Obligation.id, version.withdrawn_at.is_(None))
            .order_by(version.number.desc()).limit(1).correlate(Obligation).scalar_subquery())


def previous_version_id() -> ScalarSelect[int]:
    """The last version of the same unit on the same task in an earlier period.

    Where the unit was silent the period before, the one before that: what it said last is what it goes on from.
    """
    version, earlier, period = aliased(ReportVersion), aliased(Obligation), aliased(Period)
    same_subject: list[ColumnElement[bool]] = [
        earlier.plan_id == Obligation.plan_id, earlier.unit_id == Obligation.unit_id,
        earlier.task_id.is_not_distinct_from(Obligation.task_id)]
    return (select(version.id)
            .join(earlier, earlier.id == version.obligation_id).join(period, period.id == earlier.period_id)
            .where(*same_subject, period.starts_on < Period.starts_on, version.withdrawn_at.is_(None))
            .order_by(period.starts_on.desc(), version.number.desc()).limit(1)
            .correlate(Obligation, Period).scalar_subquery())


def lead_name() -> ScalarSelect[str]:
    """The name of the unit that leads the obligation's task today (牵头单位)."""
    return (select(Unit.name).join(Responsibility, Responsibility.unit_id == Unit.id)
            .where(Responsibility.task_id == Obligation.task_id, Responsibility.role == Role.lead,
                   Responsibility.ended_at.is_(None))
            .order_by(Responsibility.position).limit(1).correlate(Obligation).scalar_subquery())


def return_reason() -> ScalarSelect[str]:
    """Why the office sent it back last (退回理由); null where it never did."""
    return (select(Decision.reason)
            .where(Decision.obligation_id == Obligation.id, Decision.deed == Deed.send_back)
            .order_by(Decision.id.desc()).limit(1).correlate(Obligation).scalar_subquery())
