"""The templates (页面模板): each compiles, is used, and asks for nothing inline or from outside."""
from __future__ import annotations

import re

import pytest

from tests.house.tree import PYTHON, ROOT
from tracker.app import create_app
from tracker.config import Settings

FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
NAMED = re.compile(r"""["']((?:[\w-]+/)*[\w-]+\.html)["']""")


def test_each_template_compiles_with_our_filters(tmp_path):
    templates = create_app(Settings(data_dir=tmp_path)).jinja_env
    names = [str(path.relative_to(FOLDER)) for path in TEMPLATES]
    assert [templates.get_template(name).name for name in names] == names


def test_templates_that_are_named_are_there_and_those_there_are_named():
    named = {name for path in [*PYTHON, *TEMPLATES] for name in NAMED.findall(path.read_text())}
    assert named == {str(path.relative_to(FOLDER)) for path in TEMPLATES}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_has_nothing_inline_and_nothing_from_outside(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"<style\b|\sstyle=", text), "inline style"
    assert not re.search(r"\son[a-z]+=|hx-on|javascript:", text), "inline handler"
    assert not re.search(r"\|\s*safe\b|Markup|autoescape", text), "unescaped"
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), "something from outside"
