"""On time, late, overdue (按时、迟报、逾期), and the three figures 应报/已报/按时. Source: DESIGN sections 4 and 11."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.domain.words import Delivery, State
from tracker.domain.workdays import Calendar, shanghai_date


@dataclass(frozen=True)
class ObligationFacts:
    """What the rules need of an obligation (应报事项), as it stood at a moment.

    `due_at` is the due moment that held at delivery once delivered, else the one that holds now.
    `delivered_at` is the first delivery; a return does not undo it. `resubmit_due_at` is the second clock (退回重报)
    of a returned one; it runs until the resubmission is delivered, through the head's signature too.
    """

    state: State
    due_at: datetime
    delivered_at: datetime | None = None
    resubmit_due_at: datetime | None = None

    @property
    def resubmitting(self) -> bool:
        """退回重报: sent back, and nothing delivered since."""
        return self.state is State.returned or (self.state is State.submitted and self.resubmit_due_at is not None)


@dataclass(frozen=True)
class Figures:
    """三率: counts of obligations. `due` (应报) leaves out 免报; both rates divide by it, None where nothing is due."""

    due: int = 0
    delivered: int = 0
    on_time: int = 0
    late: int = 0
    overdue: int = 0

    @property
    def delivered_rate(self) -> float | None:
        """报送率, 0-1."""
        return self.delivered / self.due if self.due else None

    @property
    def on_time_rate(self) -> float | None:
        """按时率, 0-1."""
        return self.on_time / self.due if self.due else None


def working_days_late(due: datetime, handed_in: datetime, is_working_day: Callable[[date], bool]) -> int:
    """Working days (工作日) from the due moment to the hand-in; 0 when handed in at or before it.

    Days are Asia/Shanghai's, whatever zone is passed. The due day never counts: 18:01 is late (`is_late`) by no whole
    day. Source: DESIGN section 4, "Lateness".
    """
    first, last = shanghai_date(due), shanghai_date(handed_in)
    return sum(is_working_day(first + timedelta(n)) for n in range(1, (last - first).days + 1))


def is_late(due: datetime, handed_in: datetime) -> bool:
    """True after the due moment; on its stroke is on time."""
    return handed_in > due


def delivery_of(facts: ObligationFacts, at: datetime, cal: Calendar) -> tuple[Delivery, int]:
    """报送情况 at a moment, and its working days late: of the delivery, else up to `at`; of a returned one, on its
    second clock."""
    if facts.state is State.waived:
        return Delivery.waived, 0
    if facts.resubmitting:
        second = facts.resubmit_due_at
        return Delivery.returned, working_days_late(second, at, cal.is_working_day) if second else 0
    if facts.delivered_at is None:
        if is_late(facts.due_at, at):
            return Delivery.overdue, working_days_late(facts.due_at, at, cal.is_working_day)
        return Delivery.not_due, 0
    if is_late(facts.due_at, facts.delivered_at):
        return Delivery.late, working_days_late(facts.due_at, facts.delivered_at, cal.is_working_day)
    return Delivery.on_time, 0


def delivery_word(delivery: Delivery, days: int) -> str:
    """按时 / 迟报n日 / 迟报，当日 / 逾期n日 / 逾期，当日 / 退回 / 免报 / 未到期: the word of SHEETS section 4."""
    if delivery not in (Delivery.late, Delivery.overdue):
        return delivery.label
    return f"{delivery.label}{days}日" if days else f"{delivery.label}，当日"


def figures(obligations: Iterable[ObligationFacts], at: datetime) -> Figures:
    """应报, 已报, 按时 (and late, overdue) of any set of obligations. A returned one counts by its first delivery."""
    due = delivered = late = overdue = 0
    for facts in obligations:
        if facts.state is State.waived:
            continue
        due += 1
        if facts.delivered_at is not None:
            delivered += 1
            late += is_late(facts.due_at, facts.delivered_at)
        else:
            overdue += is_late(facts.due_at, at)
    return Figures(due, delivered, delivered - late, late, overdue)
