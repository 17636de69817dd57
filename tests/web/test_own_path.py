"""Redirects stay in the house (站内跳转)."""
from __future__ import annotations

import pytest

from tracker.web.page import own_path


@pytest.mark.parametrize("target", [
    "/", "/my", "/tasks?unit=me&page=2", "/tasks?q=%E7%A7%91%E6%8A%80", "/reports/7",
])
def test_a_path_of_this_site_is_followed(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.parametrize("target", [
    "", "my", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%5cevil.example",
    "/%2f/evil.example", "/%09/evil.example", "/\tevil", "https:evil.example", "https://evil.example",
    "http://localhost@evil.example/", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/x%0d%0aSet-Cookie:a", " /my",
    "/evil。example\uff0fx", "/．．//evil", "data:text/html,x", "/ /evil", "/x\u2028y", "/@evil.example//x",
])
def test_everything_else_leads_home(target: str) -> None:
    assert own_path(target) == "/"
