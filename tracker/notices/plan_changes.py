"""What an edited plan file would change (改动), line by line in Chinese. Pure."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracker.notices.schema import Indicator, Measure, PlanFile, Section, Task, Unit

FACTS = {
    "short_name": "方案简称", "header_name": "页眉名称", "title": "方案标题", "notice_title": "通知标题",
    "doc_number": "文号", "issuer": "发文机关", "issued_on": "印发日期", "valid_until": "有效期止",
    "addressees": "主送", "covering_words": "通知正文", "lead_in": "引言", "goals": "主要目标原文",
}
EXCERPT_CHARS = 24


@dataclass(frozen=True)
class Names:
    """How the units of the old file are called in the new one."""

    new_of: dict[str, str]

    def of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.new_of.get(name, name) for name in names)


def renames(old: PlanFile, new: PlanFile) -> Names:
    """Old name -> new name of each unit that the new file calls otherwise; an alias on either side tells."""
    gone = [unit for unit in old.units if unit.name not in {each.name for each in new.units}]
    come = [unit for unit in new.units if unit.name not in {each.name for each in old.units}]
    return Names({
        before.name: after.name for before in gone for after in come
        if before.name in after.aliases or after.name in before.aliases
    })


def plan_changes(old: PlanFile, new: PlanFile) -> tuple[str, ...]:
    """One line a change, in the order of the file; empty where nothing would change."""
    names = renames(old, new)
    return (
        *_facts(old, new), *_units(old, new, names), *_sections(old, new), *_indicators(old, new),
        *_standing(old, new, names), *_tasks(old, new, names),
        *(() if old.policy == new.policy else ("报送规则改了：从下一期起执行，已开的报告期不动",)),
    )


def _facts(old: PlanFile, new: PlanFile) -> Iterator[str]:
    for field, word in FACTS.items():
        if getattr(old, field) != getattr(new, field):
            yield f"{word}{changed_words(getattr(old, field), getattr(new, field))}"


def _units(old: PlanFile, new: PlanFile, names: Names) -> Iterator[str]:
    before: dict[str, Unit] = {names.new_of.get(unit.name, unit.name): unit for unit in old.units}
    for unit in new.units:
        was = before.pop(unit.name, None)
        if was is None:
            yield f"新增单位：{unit.name}（{unit.kind.label}）"
            continue
        if was.name != unit.name:
            yield f"单位更名：{was.name}改为{unit.name}，已报内容不动"
        if was.kind is not unit.kind:
            yield f"{unit.name}的类别由{was.kind.label}改为{unit.kind.label}"
        if more := [alias for alias in unit.aliases if alias not in was.aliases and alias != was.name]:
            yield f"{unit.name}增加别名：{'、'.join(more)}"
    for name in before:
        yield f"新文件里没有单位{name}：系统里保留，已报内容不动"


def _sections(old: PlanFile, new: PlanFile) -> Iterator[str]:
    before: dict[str, Section] = {section.number: section for section in old.sections}
    for section in new.sections:
        was = before.pop(section.number, None)
        if was is None:
            yield f"新增章节：{section.heading}"
        elif was != section:
            yield f"章节{section.number}{changed_words(was.part + was.title, section.part + section.title)}"
    for number in before:
        yield f"新文件里没有章节{number}：系统里保留"


def _indicators(old: PlanFile, new: PlanFile) -> Iterator[str]:
    before: dict[str, Indicator] = {indicator.key: indicator for indicator in old.indicators}
    for indicator in new.indicators:
        was = before.pop(indicator.key, None)
        if was is None:
            yield f"新增指标：{indicator.name}"
        elif was != indicator:
            yield f"指标“{indicator.name}”{changed_words(_target(was), _target(indicator))}"
    for was in before.values():
        yield f"新文件里没有指标“{was.name}”：系统里保留"


def _target(indicator: Indicator) -> str:
    return (f"{indicator.name}：{indicator.as_written}，{indicator.comparison.label}"
            f"{indicator.target or ''}{indicator.unit_word or ''}，{indicator.due_on}")


def _standing(old: PlanFile, new: PlanFile, names: Names) -> Iterator[str]:
    was = names.of(old.standing.units if old.standing else ())
    now = new.standing.units if new.standing else ()
    if words := _members(was, now):
        yield f"常态配合单位{words}"
    if (old.standing and old.standing.as_written) != (new.standing and new.standing.as_written):
        yield "常态配合的原文改了"


def _tasks(old: PlanFile, new: PlanFile, names: Names) -> Iterator[str]:
    before: dict[str, Task] = {task.number: task for task in old.tasks}
    for task in new.tasks:
        was = before.pop(task.number, None)
        if was is None:
            yield f"新增任务{task.number}：{task.title}（{'、'.join(task.units) or '待补录'}）"
        else:
            yield from (f"任务{task.number}{words}" for words in _task(was, task, names))
    for was in before.values():
        yield f"新文件里没有任务{was.number}“{was.title}”：系统里保留，已报内容不动"
    both = {task.number for task in old.tasks} & {task.number for task in new.tasks}
    orders = [[task.number for task in file.tasks if task.number in both] for file in (old, new)]
    if orders[0] != orders[1]:
        yield "任务的先后顺序改了"



def _task(was: Task, now: Task, names: Names) -> Iterator[str]:
    for field, word in {"title": "标题", "body": "正文", "section": "所属章节", "as_written": "责任单位原文"}.items():
        if getattr(was, field) != getattr(now, field):
            yield f"的{word}{changed_words(getattr(was, field) or '', getattr(now, field) or '')}"
    before = names.of((was.lead,) if was.lead else ())
    if before != ((now.lead,) if now.lead else ()):
        yield f"的牵头单位{changed_words(''.join(before), now.lead or '')}"
    if words := _members(names.of(was.co), now.co):
        yield f"的配合单位{words}"
    if was.basis is not now.basis:
        yield f"的牵头依据改为{now.basis.label if now.basis else '未定'}"
    if was.source_complete != now.source_complete:
        yield "已补全" if now.source_complete else "标为待补录"
    yield from _measures(was, now)


def _measures(was: Task, now: Task) -> Iterator[str]:
    before: dict[str, Measure] = {measure.key: measure for measure in was.measures}
    for measure in now.measures:
        old = before.pop(measure.key, None)
        if old is None:
            yield f"增加举措：{measure.name}"
        elif old != measure:
            yield f"的举措“{measure.name}”{changed_words(_amount(old), _amount(measure))}"
    for old in before.values():
        yield f"在新文件里没有举措“{old.name}”：系统里保留"


def _amount(measure: Measure) -> str:
    size = f"{measure.kind.label}{measure.amount or ''}{measure.unit_word or ''}"
    return f"{measure.name}（{size}）：{measure.as_written}"


def _members(was: tuple[str, ...], now: tuple[str, ...]) -> str:
    more = [name for name in now if name not in was]
    less = [name for name in was if name not in now]
    words = ([f"增加{'、'.join(more)}"] if more else []) + ([f"减少{'、'.join(less)}"] if less else [])
    return "，".join(words) or ("的顺序改了" if was != now else "")


def changed_words(was: Any, now: Any) -> str:
    """由“…”改为“…”, with only the words around what differs."""
    old, new = str(was), str(now)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = max(0, head - 6)
    return f"由“{_cut(old, start, len(old) - tail)}”改为“{_cut(new, start, len(new) - tail)}”"


def _cut(text: str, start: int, end: int) -> str:
    end = min(len(text), end + 6)
    shown = text[start:end] if end - start <= 2 * EXCERPT_CHARS else text[start:start + 2 * EXCERPT_CHARS]
    return ("…" if start else "") + shown + ("…" if start + len(shown) < len(text) else "")
