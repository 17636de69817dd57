"""The first accounts (首批账号) and 账号发放表."""
from __future__ import annotations

import csv
import stat
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_unit, moment
from tracker.models import AuditEvent, User
from tracker.services import logins
from tracker.services.first_accounts import first_accounts

AT = moment("2026-10-08 09:30")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_unit_gets_a_clerk_and_the_office_its_three(session: Session, tmp_path: Path) -> None:
    make_unit(session, name="州科技局", login_stem="kjj")
    make_unit(session, name="都兰县人民政府", login_stem="dlx")
    printed = first_accounts(session, data_dir=tmp_path, at=AT)
    lines = table(tmp_path / "accounts" / "账号发放表.csv")
    assert [(line["单位"], line["姓名"], line["账号"]) for line in lines] == [
        ("州科技局", "州科技局填报员", "kjj01"), ("都兰县人民政府", "都兰县人民政府填报员", "dlx01"),
        ("—", "督查室督查员", "dcs01"), ("—", "领导", "ld01"), ("—", "系统管理员", "admin01")]
    assert printed == lines[2]["初始密码"]
    for line in lines:
        actor = logins.authenticate(session, login=line["账号"], password=line["初始密码"], address="", at=AT)
        assert actor.name == line["姓名"]
    assert set(session.scalars(select(User.must_change))) == {True}


def test_the_workbook_says_the_same_as_the_csv(session: Session, tmp_path: Path) -> None:
    make_unit(session, name="州科技局", login_stem="kjj")
    first_accounts(session, data_dir=tmp_path, at=AT)
    sheet = load_workbook(tmp_path / "accounts" / "账号发放表.xlsx").worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows == [list(line.values()) for line in table(tmp_path / "accounts" / "账号发放表.csv")]


def test_only_the_owner_reads_the_tables(session: Session, tmp_path: Path) -> None:
    first_accounts(session, data_dir=tmp_path, at=AT)
    folder = tmp_path / "accounts"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        "账号发放表.csv": 0o600, "账号发放表.xlsx": 0o600}


def test_a_second_run_changes_nothing(session: Session, tmp_path: Path) -> None:
    make_unit(session, name="州科技局", login_stem="kjj")
    first_accounts(session, data_dir=tmp_path, at=AT)
    before = (tmp_path / "accounts" / "账号发放表.csv").read_bytes()
    assert first_accounts(session, data_dir=tmp_path, at=AT) is None
    assert (tmp_path / "accounts" / "账号发放表.csv").read_bytes() == before
    assert len(session.scalars(select(AuditEvent)).all()) == 4


def test_a_unit_that_comes_later_gets_its_own_table(session: Session, tmp_path: Path) -> None:
    first_accounts(session, data_dir=tmp_path, at=AT)
    make_unit(session, name="州科技局", login_stem="kjj")
    assert first_accounts(session, data_dir=tmp_path, at=AT) is None
    assert [line["账号"] for line in table(tmp_path / "accounts" / "账号发放表-20261008-0930.csv")] == ["kjj01"]
    assert len(table(tmp_path / "accounts" / "账号发放表.csv")) == 3


def test_a_unit_named_like_a_formula_stays_text(session: Session, tmp_path: Path) -> None:
    make_unit(session, name="=1+1", login_stem="gs")
    first_accounts(session, data_dir=tmp_path, at=AT)
    assert table(tmp_path / "accounts" / "账号发放表.csv")[0]["单位"] == "'=1+1"
    cell = load_workbook(tmp_path / "accounts" / "账号发放表.xlsx").worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("'=1+1", "s")
