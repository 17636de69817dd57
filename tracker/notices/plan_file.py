"""Reads a plan file (YAML 1.2) into a `PlanFile`; whatever is wrong comes back in Chinese with line and field.

The file is composed, never constructed: no tag makes an object, no alias copies a node, and every key knows its line.
A word that YAML readers of other versions take for something else (NO, 0123, 12:30) is refused unless quoted.
"""
from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from tracker.notices.complaints import complaint, syntax_complaint
from tracker.notices.schema import PlanFile

SIZE_LIMIT_BYTES = 2 * 1024 * 1024
DEPTH_LIMIT = 20
NODE_LIMIT = 60_000         # about 1,500 tasks; composing takes 40 µs a node, so a hostile file ends within seconds
Place = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_SCALAR_KINDS = {"str", "int", "float", "bool", "null", "timestamp"}
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_AMBIGUOUS = re.compile(
    r"y|yes|n|no|on|off|[-+]?0[0-9_]+(\.[0-9_]*)?|[-+]?0[xob][0-9a-f_]+|\d[\d_]*(:[0-5]?\d)+(\.\d*)?|\d+_[\d_]*",
    re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a plan file: `line` from 1, `field` like `tasks 第3项 lead` (empty: the whole file)."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"第{self.line}行{'，' + self.field if self.field else ''}：{self.message}。"


class _BoundedComposer(Composer):
    """Stops where a file goes too deep or holds too much, before it costs time."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self.depth += 1
        self.nodes += 1
        if self.depth > DEPTH_LIMIT or self.nodes > NODE_LIMIT:
            problem = "too deep" if self.depth > DEPTH_LIMIT else "too many"
            raise ComposerError(problem=problem, problem_mark=self.loader.parser.peek_event().start_mark)
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


class PlanProblems(ValueError):
    """The file is no plan; nothing of it may be loaded. `problems` in the order of the lines."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_plan(path: Path) -> PlanFile:
    """The plan in a file. Raises PlanProblems, also where the file cannot be read at all."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise PlanProblems(Problem(1, "", f"读不到文件 {path}（{error.strerror}）")) from None
    return parse_plan(data)


def parse_plan(data: bytes) -> PlanFile:
    """The plan in the bytes of a file. Raises PlanProblems."""
    text = _decoded(data)
    lines: dict[Place, int] = {}
    plain = _plain(_composed(text), (), lines, set())
    try:
        return PlanFile.model_validate(plain)
    except ValidationError as error:
        raise PlanProblems(*(
            Problem(_line_of(fault["loc"], lines), field_name(fault["loc"]), complaint(fault))
            for fault in error.errors(include_url=False)
        )) from None


def field_name(place: Place) -> str:
    """tasks 第3项 lead: the way to a field, items counted from 1."""
    return " ".join(f"第{step + 1}项" if isinstance(step, int) else step for step in place)


def _decoded(data: bytes) -> str:
    if len(data) > SIZE_LIMIT_BYTES:
        raise PlanProblems(Problem(1, "", "文件超过2MB，不像是方案文件"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise PlanProblems(Problem(line, "", "文件不是 UTF-8 编码，请用“另存为”选 UTF-8 后再来")) from None
    if not text.strip():
        raise PlanProblems(Problem(1, "", "文件是空的"))
    if "\t" in text:
        at = text.index("\t")
        raise _syntax_problem(text, at, "这里有制表符（Tab），请换成空格")
    if not text.endswith("\n"):
        raise _syntax_problem(text, len(text), "文件末尾没有换行，可能没有写完或者被截断了；确认完整后在末尾补一个回车")
    return text


def _composed(text: str) -> Node:
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _BoundedComposer
    yaml.composer.warn_double_anchors = False       # refused below, with line and field
    try:
        node: Node | None = yaml.compose(text)
    except ReaderError as error:
        raise _syntax_problem(text, error.position, "这里有不能用的控制字符") from None
    except MarkedYAMLError as error:
        opened = (error.context or "").startswith(("while scanning a", "while parsing a flow"))
        mark = (error.context_mark if opened else None) or error.problem_mark     # where a quote or a bracket began
        raise _syntax_problem(text, mark.index if mark else 0, syntax_complaint(error.problem or "")) from None
    except (YAMLError, ValueError):
        raise _syntax_problem(text, 0, syntax_complaint("")) from None
    if node is None:
        raise PlanProblems(Problem(1, "", "文件里只有注释"))
    return node


def _syntax_problem(text: str, at: int, message: str) -> PlanProblems:
    """A problem at a sign of the text; its field is the nearest key at or above, all that a broken file still tells."""
    before = text[:at]
    here = before + text[at:].split("\n", 1)[0]
    keys = re.findall(r"^[ \t]*(?:- +)?([a-z_]+)[:：]", here, re.MULTILINE)
    return PlanProblems(Problem(before.count("\n") + 1, keys[-1] if keys else "", message))


def _plain(node: Node, place: Place, lines: dict[Place, int], seen: set[int]) -> object:
    """Dicts, lists and scalars of a node; `lines` learns where each place stands."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    field = field_name(place)
    if id(node) in seen or node.anchor:
        raise PlanProblems(Problem(line, field, "不能用锚点和别名（& 和 *），请把内容写全"))
    seen.add(id(node))
    if isinstance(node, MappingNode) and node.tag == _TAG + "map":
        return _mapping(node, place, lines, seen)
    if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
        return [_plain(item, (*place, n), lines, seen) for n, item in enumerate(node.value)]
    if isinstance(node, ScalarNode):
        return _scalar(node, line, field)
    raise PlanProblems(Problem(line, field, f"不能用标签 {node.tag}，请去掉"))


def _mapping(node: MappingNode, place: Place, lines: dict[Place, int], seen: set[int]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _plain(key_node, (*place, "?"), {}, seen)
        if not isinstance(key, str):
            raise PlanProblems(Problem(line, field_name(place), "冒号前要写字段名"))
        if key in values:
            raise PlanProblems(Problem(
                line, field_name((*place, key)), f"“{key}”写了两次，第一次在第{lines[(*place, key)]}行"))
        lines[(*place, key)] = line
        values[key] = _plain(value_node, (*place, key), lines, seen)
    return values


def _scalar(node: ScalarNode, line: int, field: str) -> str | int | float | bool | None:
    text, kind = str(node.value), str(node.tag).removeprefix(_TAG)
    if kind not in _SCALAR_KINDS:
        raise PlanProblems(Problem(line, field, f"不能用标签 {node.tag}，请去掉"))
    if node.style is None and _AMBIGUOUS.fullmatch(text):
        raise PlanProblems(Problem(
            line, field, f"“{text}”容易被读成别的意思：是文字就加引号，是与否写 true 或 false，数字不以0开头"))
    if node.style is not None or kind in ("str", "timestamp"):
        return text
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return text


def _line_of(place: Place, lines: dict[Place, int]) -> int:
    """The line of a place, or of the nearest thing around it that is there (a missing field: its parent)."""
    while place not in lines:
        place = place[:-1]
    return lines[place]
