"""The plan as data (方案文件): one frozen model family for the seed, for notices and for imports alike.

Text stands to the letter of the source, half-width commas included. The rules that span several fields are in
`checks.py`; all that is found is reported at once, each with its place. Source: DESIGN sections 2, 3 and 11.
"""
from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError, ValidationError

from tracker.domain.words import Basis, Cadence, ClauseEffect, Comparison, DueKind, MeasureKind, Shift, UnitKind
from tracker.notices.checks import line_errors
from tracker.notices.units import Registry


def _trimmed(text: str) -> str:
    if text != text.strip():
        raise PydanticCustomError("untrimmed", "前后有多余的空白，请删去")
    return text


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("no_such_day", "日历上没有“{day}”这一天", {"day": value}) from None
    raise PydanticCustomError("day_form", "日期要写成 2027-12-31 这样")


def _amount(value: object) -> Decimal:
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,12}(\.\d{1,4})?", str(value), re.ASCII):
        raise PydanticCustomError("amount_form", "要填数字，如 3000 或 0.7，单位另填在 unit_word")
    return Decimal(str(value))


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise PydanticCustomError("time_form", "时刻要写成带引号的 \"18:00\" 这样")
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text, re.ASCII):
        raise PydanticCustomError("slug_form", "只能用小写字母、数字和中间的短横，以字母开头，如 kjcx-2025")
    return text


Words = Annotated[str, Strict(), Field(min_length=1)]
Short = Annotated[Words, Field(max_length=20), AfterValidator(_trimmed)]
Name = Annotated[Words, Field(max_length=60), AfterValidator(_trimmed)]
Heading = Annotated[Words, Field(max_length=200), AfterValidator(_trimmed)]
Text = Annotated[Words, Field(max_length=20_000), AfterValidator(_trimmed)]
Slug = Annotated[Words, Field(max_length=40), AfterValidator(_slug)]
Stem = Annotated[Words, Field(max_length=18), AfterValidator(_slug)]
Day = Annotated[date, BeforeValidator(_day)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Indicator(Frozen):
    """主要目标的一项指标. `target` is in `unit_word`; both stay out where the comparison is with last year."""

    key: Slug
    name: Heading
    as_written: Text                    # the words of 主要目标 it comes from
    comparison: Comparison
    target: Amount | None = None
    unit_word: Short | None = None
    due_on: Day


class Section(Frozen):
    """章节. `number` as printed, (一); `part` is the heading of the part it stands in."""

    number: Short
    part: Heading
    title: Heading

    @property
    def heading(self) -> str:
        """The heading as printed: (一)建立健全……"""
        return self.number + self.title


class Unit(Frozen):
    """责任单位: written once, referred to by `name`. `login_stem` makes its accounts: kjj -> kjj01."""

    name: Name
    kind: UnitKind
    login_stem: Stem
    aliases: tuple[Name, ...] = ()


class Collective(Frozen):
    """A wording that stands for several units: 各市、县人民政府."""

    name: Name
    units: Annotated[tuple[Name, ...], Field(min_length=1)]


class StandingClause(Frozen):
    """A sentence of task `in_task` that makes `units` 常态配合 of every task that does not list them."""

    in_task: Short
    as_written: Text
    effect: ClauseEffect
    units: Annotated[tuple[Name, ...], Field(min_length=1)]


class Measure(Frozen):
    """具体举措: a sum (`amount` in `unit_word`) or a document promised in the task's body."""

    key: Slug
    kind: MeasureKind
    name: Heading
    as_written: Text                    # the words of the body it comes from
    amount: Amount | None = None
    unit_word: Short | None = None


class Task(Frozen):
    """任务. `lead`, `co`, `basis` and `as_written` come together, or not at all where the source breaks off."""

    number: Short
    section: Short
    title: Heading                      # the first sentence without its full stop
    body: Text                          # the official wording after it
    as_written: Text | None = None      # the words after 责任单位:
    lead: Name | None = None
    co: tuple[Name, ...] = ()
    basis: Basis | None = None
    source_complete: Annotated[bool, Strict()] = True
    measures: tuple[Measure, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The units that the task lists itself, lead first."""
        return ((self.lead,) if self.lead else ()) + self.co


class DueRule(Frozen):
    """应报时限: the `day`-th working day after the period, or day `day` of its last month, at `time` (Shanghai)."""

    kind: DueKind
    day: Annotated[int, Strict(), Field(ge=1, le=31)]
    time: Annotated[str, Strict(), AfterValidator(_time_of_day)]
    shift: Shift | None = None          # needed for day_of_month, which may fall on a holiday


class Policy(Frozen):
    """报送规则 as the notice starts with; the office changes it later in the settings."""

    lead: Cadence
    co: Cadence
    standing_co: Cadence
    due: DueRule
    co_days_before: Annotated[int, Strict(), Field(ge=0, le=10)]          # working days before the lead's due day
    draft_from_day: Annotated[int, Strict(), Field(ge=1, le=31)]          # day of the period
    collect_days_before: Annotated[int, Strict(), Field(ge=0, le=31)]     # days before its end: 集中填报期 opens


class PlanFile(Frozen):
    """行动方案 exactly as issued. A value of this type has passed every check."""

    key: Slug
    short_name: Name                    # in file names: 科创方案
    header_name: Name                   # in page headers: 科技创新行动方案
    title: Heading                      # without 《》
    notice_title: Heading
    doc_number: Name
    issuer: Heading
    issued_on: Day
    valid_until: Day
    addressees: Text
    covering_words: Text
    lead_in: Text
    goals: Text                         # 主要目标, whole
    indicators: tuple[Indicator, ...]
    parts: Annotated[tuple[Heading, ...], Field(min_length=1)]
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    collectives: tuple[Collective, ...]
    standing: StandingClause | None
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    policy: Policy                      # last on purpose: a file cut off anywhere is missing something

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if errors := line_errors(self):
            raise ValidationError.from_exception_data("PlanFile", errors)
        return self

    @property
    def registry(self) -> Registry:
        """Every wording of a unit or a collective that a line of the plan may use."""
        wordings = {wording: (unit.name,) for unit in self.units for wording in (unit.name, *unit.aliases)}
        return Registry(wordings | {group.name: group.units for group in self.collectives})

    def standing_of(self, task: Task) -> tuple[str, ...]:
        """常态配合 units of a task: the clause's units less those the task lists itself, in the units' order."""
        bound = set(self.standing.units if self.standing else ()) - set(task.units)
        return tuple(unit.name for unit in self.units if unit.name in bound)
