"""The main job (填报、退回、重报、认定、出台账) over HTTP, and what a scheduler finds after a long absence."""
from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from tests.acceptance.person import Person
from tests.acceptance.served import Installation

FIRST = "本期新认定高新技术企业2家，走访企业11家。"
SECOND = "本期新认定高新技术企业2家，走访企业11家；核对名单后补充：入库科技型中小企业9家，均有认定文号。"
REASON = "内容空泛；请写明入库企业的数量和文号"


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path)


def lead_report(clerk: Person, task: int) -> str:
    """The address of the unit's own 牵头 report on a task, as /my links it."""
    rows = re.findall(r"<tr.*?</tr>", clerk.get("/my"), re.DOTALL)
    found = {re.search(r'href="(/reports/\d+)"', row)[1] for row in rows  # type: ignore[index]
             if "牵头" in row and re.search(rf'<td class="tn hide-s">{task}</td>', row)}
    assert len(found) == 1, (found, clerk.words)
    return found.pop()


def test_a_report_goes_from_the_clerk_to_the_ledger(installation):
    installation.run("init", "--with-accounts")
    first = installation.first_passwords()
    assert len(first) == 33
    with installation.served() as address:
        clerk, office, leader = Person(address), Person(address), Person(address)
        clerk.enter("kjj01", first["kjj01"])
        report = lead_report(clerk, 1)
        clerk.get(report)
        assert "没有上期报告" in clerk.words
        clerk.send(report, button=("deed", "submit"), progress=FIRST, self_rating="on_track", percent="40",
                   problems="部分企业账务不规范", next_steps="下期再走访12家")
        assert clerk.status == 200
        assert "已报出，督查室审核中" in clerk.get(report)

        office.enter("dcs01", first["dcs01"])
        office.get("/review")
        assert FIRST in office.words
        decide = office.form(r"/review/\d+").action
        office.send(decide, button=("deed", "send_back"), picked="内容空泛", words="请写明入库企业的数量和文号")
        assert "等审核的都办完了" in office.words

        clerk.get(report)
        assert REASON in clerk.words
        assert clerk.form(report).fields["progress"].strip() == FIRST
        clerk.send(report, button=("deed", "submit"), progress=SECOND)

        office.get("/review")
        assert SECOND in office.words
        office.send(decide, button=("deed", "accept"), judged="on_track")
        assert office.status == 200

        clerk.get("/tasks/1")
        assert re.search(r"绿灯 正常.*认定达序时", clerk.words), clerk.words
        assert SECOND in clerk.words

        office.get("/exports")
        period = re.findall(r'<option value="(\w+)"[^>]*>[^<]*</option>', office.page)
        office.send("/exports", button=("kind", "ledger"), period=this_quarter())
        assert this_quarter() in period
        download = re.search(r'href="(/exports/\d+)"[^>]*>直接下载', office.page)
        assert download, office.words
        office.get(download[1])
        name = unquote(office.headers["Content-Disposition"].partition("filename*=UTF-8''")[2])
        assert "督办台账" in name
        assert name.endswith(".xlsx")
        assert rows_with(office.body, SECOND) == {"1"}

        leader.enter("ld01", first["ld01"])
        leader.get("/")
        assert "培育" in leader.words or "科技体制机制改革" in leader.words
        assert len(re.findall("<h1", leader.page)) == 1
        leader.get("/review")
        assert leader.status == 404
    assert "完整" in installation.run("audit", "verify")


def this_quarter() -> str:
    today = datetime.now(ZoneInfo("Asia/Shanghai"))
    return f"{today.year}Q{(today.month + 2) // 3}"


def rows_with(workbook: bytes, text: str) -> set[str]:
    """The task numbers (任务序号) of the rows of the flat sheet that hold the text, which the print sheet holds too."""
    book = load_workbook(BytesIO(workbook))
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    assert all(any(text in str(cell) for row in rows for cell in row) for rows in list(sheets.values())[:2])
    flat = next(rows for rows in sheets.values() if any("任务序号" in row for row in rows))
    head = next(row for row in flat if "任务序号" in row)
    column, said = head.index("任务序号"), head.index("进展情况")
    return {str(row[column]) for row in flat if text in str(row[said])}


def test_after_a_long_absence_every_period_is_open_and_everything_owed_flagged_once(installation):
    assert "起报期：2025Q3" in installation.run("init", "--from", "2025Q3")
    installation.run("tick")
    opened, owed = facts(installation)
    assert [key for key in opened if "Q" in key] == quarters("2025Q3", this_quarter())
    assert next(key for key in opened if "H" in key) == "2025H2"
    now = datetime.now(ZoneInfo("UTC")).replace(tzinfo=None)
    past = [one for one in owed if datetime.fromisoformat(one["due_at"]) < now - timedelta(minutes=2)]
    assert {one["overdue_since"] for one in past} != set()
    assert [one for one in past if one["overdue_since"] != one["due_at"]] == []
    assert [one for one in owed if one not in past and one["overdue_since"]] == []
    assert sum(1 for one in past if one["period"] == "2025Q3") == 87
    assert flags_in_the_trail(installation) == len(past)

    assert installation.run("tick") == "没有到期的作业。\n"
    assert facts(installation) == (opened, owed)

    listed = installation.run("export", "overdue", "--period", "2025Q3").strip()
    book = load_workbook(listed)
    rows = list(book["逾期数据"].iter_rows(values_only=True))
    head = next(row for row in rows if "责任单位" in row)
    unit, task = head.index("责任单位"), head.index("任务\n序号" if "任务\n序号" in head else "任务序号")
    sheet = [(row[unit], str(row[task])) for row in rows[rows.index(head) + 1:] if row[unit]]
    expected = sorted((one["unit"], one["task"]) for one in past if one["period"] == "2025Q3")
    assert len(expected) == 87
    assert set(expected) <= set(sheet)
    assert len(sheet) == len(set(sheet)), "nothing is listed twice"


def quarters(first: str, last: str) -> list[str]:
    keys, key = [], first
    while key <= last:
        keys.append(key)
        year, number = int(key[:4]), int(key[-1])
        key = f"{year}Q{number + 1}" if number < 4 else f"{year + 1}Q1"
    return keys


def facts(installation: Installation) -> tuple[list[str], list[dict[str, str]]]:
    with closing(sqlite3.connect(installation.data / "tracker.sqlite")) as database:
        database.row_factory = sqlite3.Row
        opened = [row["key"] for row in database.execute("SELECT key FROM period ORDER BY starts_on, key")]
        owed = [dict(row) for row in database.execute(
            "SELECT o.id, p.key AS period, u.name AS unit, t.number AS task, o.due_at, o.overdue_since, o.version"
            " FROM obligation o JOIN period p ON p.id = o.period_id JOIN unit u ON u.id = o.unit_id"
            " LEFT JOIN task t ON t.id = o.task_id ORDER BY o.id")]
    return opened, owed


def flags_in_the_trail(installation: Installation) -> int:
    with closing(sqlite3.connect(installation.data / "tracker.sqlite")) as database:
        return int(database.execute("SELECT sum(json_extract(facts, '$.count')) FROM audit_event"
                                    " WHERE action = 'obligations.flagged_overdue'").fetchone()[0])
