"""What pydantic and the YAML reader find, said in Chinese (核对提示)."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

# Every error type of pydantic's own that the schema can raise; a test finds them all by breaking each field.
SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "缺少这一项",
    "extra_forbidden": lambda _: "没有这个字段，请检查拼写",
    "model_type": lambda _: "这里要写成“字段: 内容”的若干行",
    "tuple_type": lambda _: "这里要写成列表，每项前加“- ”",
    "string_type": lambda _: "这里要填文字；数字、true 之类作文字用时请加引号",
    "string_too_short": lambda _: "这里不能空着",
    "string_too_long": lambda facts: f"最多{facts['max_length']}个字",
    "too_short": lambda facts: f"至少要有{facts['min_length']}项",
    "bool_type": lambda _: "这里只能填 true 或 false",
    "int_type": lambda _: "这里要填整数",
    "greater_than_equal": lambda facts: f"不能小于{facts['ge']}",
    "less_than_equal": lambda facts: f"不能大于{facts['le']}",
    "enum": lambda facts: "这里只能填 " + "、".join(re.findall(r"'(\w+)'", facts["expected"])) + " 之一",
}

# Words of ruamel's message -> what to look for. The first that fits is said.
SYNTAX: tuple[tuple[str, str], ...] = (
    ("too deep", "层次太深，不像是方案文件"),
    ("too many", "内容太多，不像是方案文件"),
    ("found unexpected end of stream", "引号或括号没有配对，或者文件被截断了"),
    ("found unexpected document separator", "引号没有配对，或者文件被截断了"),
    ("found undefined alias", "不能用锚点和别名（& 和 *），请把内容写全"),
    ("found duplicate anchor", "不能用锚点和别名（& 和 *），请把内容写全"),
    ("mapping values are not allowed", "这里多了一个冒号，或者缩进不对；文字里有冒号加空格时请加引号"),
    ("could not find expected ':'", "字段名后面要有冒号和空格"),
    ("but found another document", "一个文件里只能写一份方案（不能有 ---）"),
    ("expected <block end>", "缩进不对，或者上一行没有写完"),
    ("expected ',' or", "方括号或花括号没有配对，或者文件被截断了"),
    ("expected the node content", "方括号或花括号没有配对，或者文件被截断了"),
    ("cannot start any token", "这里的符号不能放在开头，文字请加引号"),
)


def complaint(fault: ErrorDetails) -> str:
    """The sentence for one error of pydantic; what our own rules say is Chinese already."""
    sentence = SENTENCES.get(fault["type"])
    return sentence(fault.get("ctx", {})) if sentence else fault["msg"]


def syntax_complaint(problem: str) -> str:
    """The sentence for what the YAML reader could not read."""
    return next((said for words, said in SYNTAX if words in problem), "这里读不懂，请检查缩进、冒号和引号")
