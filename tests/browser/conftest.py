"""Real Chromium at a running office: each window tells what went wrong in it, and asks nobody else anything."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.acceptance.served import Installation

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: NO page was tried in a browser (apt-get install chromium)")
    return browser_type_launch_args | {"executable_path": CHROMIUM}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("office"))
    made.run("init", "--with-accounts")
    return made


@pytest.fixture(scope="module")
def address(installation: Installation) -> Iterator[str]:
    with installation.served() as served:
        yield served


@pytest.fixture
def window(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a window of its own (nobody logged in); at the end none may have erred or asked another host."""
    opened, faults = [], []

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{address}/", "data:", "blob:")):
            faults.append(f"asked elsewhere: {request.url}")

    def said(message: ConsoleMessage) -> None:
        refused = "status of 422" in message.text       # a form sent back with what is missing: meant to be
        if message.type in ("error", "warning") and not refused:
            faults.append(f"console: {message.text}")

    def opening(size: dict[str, int] = DESK, *, scripts: bool = True) -> Page:
        context = browser.new_context(base_url=address, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai",
                                      java_script_enabled=scripts, is_mobile=size is PHONE, has_touch=size is PHONE)
        context.on("request", asked)
        context.on("console", said)
        context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
        opened.append(context)
        return context.new_page()

    yield opening
    for context in opened:
        context.close()
    assert faults == []
