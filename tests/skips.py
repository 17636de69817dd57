"""A skip is a skip at home and a failure in CI: there everything that the tests need can be installed."""
from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


def never_skipped_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """What a missing browser or database kept from being tested is a failure in CI, and a skip at home."""
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    never_skipped_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    never_skipped_in_ci(report)
    return report
