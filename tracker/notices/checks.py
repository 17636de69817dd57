"""The rules of a plan that span several fields (方案核对): what is wrong, where, in Chinese.

Each rule yields (place, code, sentence); `PlanFile` reports all of them at once. Source: DESIGN sections 3 and 11.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic_core import InitErrorDetails, PydanticCustomError

from tracker.domain.words import Basis, Comparison, DueKind, MeasureKind
from tracker.notices.units import UnknownUnit, resolve_line

if TYPE_CHECKING:
    from tracker.notices.schema import PlanFile, Task

Place = tuple[str | int, ...]
Fault = tuple[Place, str, str]


def line_errors(plan: PlanFile) -> list[InitErrorDetails]:
    """All faults of a plan whose fields are each right by themselves, as pydantic wants them."""
    return [
        # A template with one hole: the sentence may hold braces of its own.
        InitErrorDetails(
            type=PydanticCustomError("plan_" + code, "{sentence}", {"sentence": sentence}), loc=place, input=None)
        for rule in RULES for place, code, sentence in rule(plan)
    ]


def _doubled(values: Iterable[tuple[Place, str]], what: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, value in values:
        if value in seen:
            yield place, "doubled", f"{what}“{value}”重复了"
        seen.add(value)


def no_name_stands_twice(plan: PlanFile) -> Iterator[Fault]:
    units, tasks = list(enumerate(plan.units)), list(enumerate(plan.tasks))
    wordings: list[tuple[Place, str]] = [
        *((("units", n, "name"), unit.name) for n, unit in units),
        *((("units", n, "aliases", m), alias) for n, unit in units for m, alias in enumerate(unit.aliases)),
        *((("collectives", n, "name"), group.name) for n, group in enumerate(plan.collectives)),
    ]
    yield from _doubled(wordings, "单位写法")
    yield from _doubled(((("units", n, "login_stem"), unit.login_stem) for n, unit in units), "账号前缀")
    yield from _doubled(((("parts", n), part) for n, part in enumerate(plan.parts)), "部分标题")
    yield from _doubled(((("sections", n, "number"), each.number) for n, each in enumerate(plan.sections)), "章节序号")
    yield from _doubled(((("indicators", n, "key"), each.key) for n, each in enumerate(plan.indicators)), "指标代号")
    yield from _doubled(((("tasks", n, "number"), task.number) for n, task in tasks), "任务序号")
    for n, task in tasks:
        keys = ((("tasks", n, "measures", m, "key"), each.key) for m, each in enumerate(task.measures))
        yield from _doubled(keys, "举措代号")


def _unit_names(plan: PlanFile) -> Iterator[tuple[Place, tuple[str, ...]]]:
    for n, group in enumerate(plan.collectives):
        yield ("collectives", n, "units"), group.units
    if plan.standing:
        yield ("standing", "units"), plan.standing.units
    for n, task in enumerate(plan.tasks):
        if task.lead:
            yield ("tasks", n, "lead"), (task.lead,)
        yield ("tasks", n, "co"), task.co


def units_are_known(plan: PlanFile) -> Iterator[Fault]:
    known, registry = {unit.name for unit in plan.units}, plan.registry
    for place, names in _unit_names(plan):
        for n, name in enumerate(names):
            if name in known:
                continue
            at = place if place[-1] == "lead" else (*place, n)
            full = registry.wordings.get(name, ())
            if len(full) == 1:
                yield at, "unit_alias", f"“{name}”是别名，这里请写全称“{full[0]}”"
            else:
                yield at, "unit_unknown", str(UnknownUnit(name, registry.nearest(name)))


def units_stand_once(plan: PlanFile) -> Iterator[Fault]:
    for n, group in enumerate(plan.collectives):
        yield from _doubled(((("collectives", n, "units", m), name) for m, name in enumerate(group.units)), "单位")
    if plan.standing:
        yield from _doubled(((("standing", "units", m), name) for m, name in enumerate(plan.standing.units)), "单位")
    for n, task in enumerate(plan.tasks):
        listed: list[tuple[Place, str]] = [(("tasks", n, "co", m), name) for m, name in enumerate(task.co)]
        lead: list[tuple[Place, str]] = [(("tasks", n, "lead"), task.lead)] if task.lead else []
        yield from _doubled(lead + listed, f"任务{task.number}的责任单位")


def places_are_known(plan: PlanFile) -> Iterator[Fault]:
    sections = {section.number for section in plan.sections}
    for n, section in enumerate(plan.sections):
        if section.part not in plan.parts:
            yield ("sections", n, "part"), "part_unknown", f"parts 里没有“{section.part}”"
    for n, task in enumerate(plan.tasks):
        if task.section not in sections:
            yield ("tasks", n, "section"), "section_unknown", f"sections 里没有“{task.section}”"


def responsibility_is_whole(plan: PlanFile) -> Iterator[Fault]:
    for n, task in enumerate(plan.tasks):
        named = {"lead": task.lead, "basis": task.basis, "as_written": task.as_written}
        missing = [field for field, value in named.items() if value is None]
        if task.source_complete or task.co or len(missing) < len(named):
            for field in missing:
                yield ("tasks", n), "responsibility_partial", f"任务{task.number}还缺 {field}（责任单位要写全）"


def lines_resolve(plan: PlanFile) -> Iterator[Fault]:
    registry = plan.registry
    for n, task in enumerate(plan.tasks):
        if task.as_written is None:
            continue
        place: Place = ("tasks", n, "as_written")
        try:
            line = resolve_line(task.as_written, registry)
        except UnknownUnit as unknown:
            yield place, "line_unknown", str(unknown)
            continue
        if task.lead and line.units != task.units:
            yield place, "line_differs", _difference(task, line.units)
        if task.basis and (line.basis is Basis.duties_apart) != (task.basis is Basis.duties_apart):
            yield ("tasks", n, "basis"), "basis_differs", f"按原文这里应是 {line.basis}（{line.basis.label}）"


def _difference(task: Task, resolved: tuple[str, ...]) -> str:
    more = "、".join(name for name in resolved if name not in task.units)
    less = "、".join(name for name in task.units if name not in resolved)
    if not more and not less:
        return f"任务{task.number}的责任单位与原文顺序不同，原文是：{'、'.join(resolved)}"
    parts = ([f"原文有而没有列出：{more}"] if more else []) + ([f"列出而原文没有：{less}"] if less else [])
    return f"任务{task.number}的责任单位与原文不一致，" + "；".join(parts)


def standing_clause_stands(plan: PlanFile) -> Iterator[Fault]:
    if plan.standing is None:
        return
    task = next((task for task in plan.tasks if task.number == plan.standing.in_task), None)
    if task is None:
        yield ("standing", "in_task"), "task_unknown", f"tasks 里没有任务“{plan.standing.in_task}”"
    elif plan.standing.as_written not in (task.as_written or ""):
        yield ("standing", "as_written"), "words_missing", f"这句话不在任务{task.number}的责任单位原文里"


def measures_stand_in_the_text(plan: PlanFile) -> Iterator[Fault]:
    for n, task in enumerate(plan.tasks):
        for m, measure in enumerate(task.measures):
            place: Place = ("tasks", n, "measures", m)
            if measure.as_written not in task.body:
                yield (*place, "as_written"), "words_missing", f"任务{task.number}的正文里没有“{measure.as_written}”"
            has = [measure.amount is not None, measure.unit_word is not None]
            if measure.kind is MeasureKind.document and any(has):
                yield place, "amount_excess", "举措是文件，不填 amount 和 unit_word"
            if measure.kind is not MeasureKind.document and not all(has):
                yield place, "amount_missing", "举措是资金或数量，amount 和 unit_word 都要填"


def indicators_stand_in_the_text(plan: PlanFile) -> Iterator[Fault]:
    for n, indicator in enumerate(plan.indicators):
        place: Place = ("indicators", n)
        if indicator.as_written not in plan.goals:
            yield (*place, "as_written"), "words_missing", f"主要目标里没有“{indicator.as_written}”"
        if indicator.name not in indicator.as_written:
            yield (*place, "name"), "words_missing", f"“{indicator.name}”不在所引的原文里"
        has = [indicator.target is not None, indicator.unit_word is not None]
        if indicator.comparison is Comparison.not_below_last_year and any(has):
            yield place, "target_excess", "与上一年度比的指标，不填 target 和 unit_word"
        if indicator.comparison is not Comparison.not_below_last_year and not all(has):
            yield place, "target_missing", "这项指标要填 target 和 unit_word"


def dates_are_in_order(plan: PlanFile) -> Iterator[Fault]:
    if plan.valid_until < plan.issued_on:
        yield ("valid_until",), "dates", f"有效期止于印发日 {plan.issued_on} 之前"
    for n, indicator in enumerate(plan.indicators):
        if not plan.issued_on <= indicator.due_on <= plan.valid_until:
            yield ("indicators", n, "due_on"), "dates", f"要在印发日 {plan.issued_on} 和有效期 {plan.valid_until} 之间"


def due_rule_is_whole(plan: PlanFile) -> Iterator[Fault]:
    due = plan.policy.due
    if due.kind is DueKind.day_of_month and due.shift is None:
        yield ("policy", "due"), "shift_missing", "按每月几日报送时要填 shift：before 或 after"
    if due.kind is DueKind.working_day_after and due.shift is not None:
        yield ("policy", "due", "shift"), "shift_excess", "按工作日报送时不填 shift"


RULES: tuple[Callable[[PlanFile], Iterator[Fault]], ...] = (
    no_name_stands_twice, units_are_known, units_stand_once, places_are_known, responsibility_is_whole, lines_resolve,
    standing_clause_stands, measures_stand_in_the_text, indicators_stand_in_the_text, dates_are_in_order,
    due_rule_is_whole,
)
