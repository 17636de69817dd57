"""年度计划 of a task: what its rows must say, and how its milestones (节点) stand on a day."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain.lamp import MilestoneFacts
from tracker.domain.report_text import clean
from tracker.domain.show import date_cn, late_words, left_words
from tracker.domain.workdays import Calendar, working_days_between
from tracker.errors import Refused

NAME_CHARS = 200
MOST_ROWS = 40

NEED_NAME = "第{place}行还没写节点"
LONG_NAME = "第{place}行的节点写了{length}个字，最多{most}个字"
NEED_DAY = "第{place}行还没写完成日期"
NOT_A_DAY = "第{place}行的“{text}”不是日期，要写成 {year}-06-30 这样"
OTHER_YEAR = "第{place}行的完成日期要在{year}年内"
TOO_LATE = "第{place}行的完成日期晚于任务的完成时限{last}"
NEED_OWNER = "第{place}行要选责任单位：牵头单位或配合单位"
TOO_MANY = f"一年最多{MOST_ROWS}个节点，请合并"


@dataclass(frozen=True)
class TypedRow:
    """A row of the form as typed. `position`: of the milestone that it was, None for a new one."""

    name: str
    due_on: str
    owner: str
    position: int | None = None


@dataclass(frozen=True)
class PlannedRow:
    """A row that can stand in a plan."""

    name: str
    due_on: date
    owner_id: int
    position: int | None = None


@dataclass(frozen=True)
class MilestoneCount:
    """节点 3/4: `done` of those `due` by now (what is done early is counted there too), of `total`; `late` of them."""

    done: int
    due: int
    late: int
    total: int

    @property
    def word(self) -> str:
        """3/4 (done of due); 共4个 while none is due."""
        return f"{self.done}/{self.due}" if self.due else f"共{self.total}个"


def count_milestones(milestones: Iterable[MilestoneFacts], today: date) -> MilestoneCount:
    """How the milestones that count stand at a day. One is late from the day after its due day."""
    found = list(milestones)
    done = sum(one.done_on is not None for one in found)
    late = sum(one.done_on is None and one.due_on < today for one in found)
    return MilestoneCount(done, done + late, late, len(found))


def milestone_words(due_on: date, done_on: date | None, today: date, cal: Calendar) -> str:
    """按期完成 / 晚3个工作日完成 / 逾期3个工作日 / 还有12个工作日."""
    if done_on is None:
        return late_words(due_on, today, cal) if due_on < today else left_words(due_on, today, cal)
    if done_on <= due_on:
        return "按期完成"
    return f"晚{working_days_between(due_on, done_on, cal)}个工作日完成"


def planned_rows(rows: Sequence[TypedRow], *, year: int, last: date, owners: Collection[int]) -> tuple[PlannedRow, ...]:
    """The rows that say something. `last`: the task's due day; `owners`: the lead and the co-units.

    Refused with `fields` name-0, due-0, owner-0 … for what is missing or cannot be.
    """
    fields: dict[str, str] = {}
    found = []
    for number, row in enumerate(rows):
        name, typed = " ".join(clean(row.name).split()), row.due_on.strip()
        if not name and not typed:
            continue
        faults = _faults(number + 1, name, typed, row.owner, year, last, owners)
        fields |= {f"{field}-{number}": sentence for field, sentence in faults.items()}
        if not faults:
            found.append(PlannedRow(name, date.fromisoformat(typed), int(row.owner), row.position))
    if len(found) > MOST_ROWS:
        fields["name-0"] = TOO_MANY
    if fields:
        raise Refused(f"{'；'.join(fields.values())}。没有保存，填的内容还在。", fields=fields)
    return tuple(found)


def _faults(place: int, name: str, typed: str, owner: str, year: int, last: date,
            owners: Collection[int]) -> dict[str, str]:
    faults = {}
    if not name:
        faults["name"] = NEED_NAME.format(place=place)
    elif len(name) > NAME_CHARS:
        faults["name"] = LONG_NAME.format(place=place, length=len(name), most=NAME_CHARS)
    day = _day(typed)
    if not typed:
        faults["due"] = NEED_DAY.format(place=place)
    elif day is None:
        faults["due"] = NOT_A_DAY.format(place=place, text=typed[:20], year=year)
    elif day.year != year:
        faults["due"] = OTHER_YEAR.format(place=place, year=year)
    elif day > last:
        faults["due"] = TOO_LATE.format(place=place, last=date_cn(last))
    if owner not in {str(one) for one in owners}:
        faults["owner"] = NEED_OWNER.format(place=place)
    return faults


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
