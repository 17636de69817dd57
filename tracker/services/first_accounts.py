"""The first accounts of an installation (首批账号) and the table that hands them out (账号发放表)."""
from __future__ import annotations

import csv
import io
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.properties import PageSetupProperties
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.models import Unit, User
from tracker.services import passwords
from tracker.services.accounts import add_account
from tracker.services.deed import deed
from tracker.sheets.text import is_formula_like

OFFICE = (                                       # login, name shown until the person's is entered, role
    ("dcs01", "督查室督查员", UserRole.supervisor),
    ("ld01", "领导", UserRole.leader),
    ("admin01", "系统管理员", UserRole.admin),
)
SUPERVISION = "dcs01"
COLUMNS = ("单位", "姓名", "账号", "初始密码", "说明")
WIDTHS = (30, 34, 14, 20, 44)
ADVICE = "第一次登录要改密码，改好后请销毁本条；不要用微信、短信转发。"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class HandOut:
    """One line of 账号发放表."""

    unit: str
    name: str
    login: str
    password: str
    role: UserRole
    unit_id: int | None


def first_accounts(session: Session, *, data_dir: Path, at: datetime) -> str | None:
    """A clerk's account for each unit without one, and the office's three. Run again, it adds only what is missing.

    Their first passwords go to `data_dir`/accounts/账号发放表.csv and .xlsx, readable only by their owner; a later
    addition to a table with its moment in the name. Returns the supervision office's password, None where it had one.
    """
    existing = frozenset(session.scalars(select(User.login)))
    units = session.scalars(select(Unit).order_by(Unit.position)).all()
    wanted: list[tuple[str, str, str, UserRole, int | None]] = [
        (unit.name, f"{unit.name}填报员", f"{unit.login_stem}01", UserRole.clerk, unit.id)
        for unit in units]
    wanted += [("—", name, login, role, None) for login, name, role in OFFICE]
    lines = [HandOut(unit, name, login, passwords.first_password(), role, unit_id)
             for unit, name, login, role, unit_id in wanted if login not in existing]
    if not lines:
        return None
    digests = [passwords.hashed(line.password) for line in lines]
    hand_out(lines, data_dir / "accounts", "账号发放表" if not existing else f"账号发放表-{_stamp(at)}")
    with deed(session, SYSTEM, at) as d:
        for line, digest in zip(lines, digests, strict=True):
            add_account(d, login=line.login, name=line.name, roles=frozenset({line.role}), unit_id=line.unit_id,
                        password_hash=digest)
    return next((line.password for line in lines if line.login == SUPERVISION), None)


def hand_out(lines: list[HandOut], folder: Path, name: str) -> None:
    """Write the table twice, for spreadsheet and for paper: each line to be cut off and handed out."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    rows: list[tuple[str, ...]] = [
        (line.unit, line.name, line.login, line.password, ADVICE) for line in lines]
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *([_plain(cell) for cell in row] for row in rows)])
    write_private(folder / f"{name}.csv", text.getvalue().encode("utf-8-sig"))
    write_private(folder / f"{name}.xlsx", _workbook(rows))


def write_private(path: Path, content: bytes) -> None:
    """Put a file where only its owner reads it, whole or not at all."""
    own = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        own.replace(path)
    except BaseException:
        own.unlink(missing_ok=True)
        raise


def _workbook(rows: list[tuple[str, ...]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "账号发放表"
    sheet.append(COLUMNS)
    cut = Border(top=Side("dashed"), bottom=Side("dashed"))
    for row in rows:
        sheet.append([_plain(cell) for cell in row])
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        sheet.row_dimensions[number].height = 24 if number == 1 else 42
        for cell in cells:
            cell.data_type = "s"
            cell.font = Font("Consolas" if number > 1 and cell.column in (3, 4) else "宋体", 11, bold=number == 1)
            cell.alignment = Alignment(vertical="center", wrap_text=True)
            cell.border = cut
    for letter, width in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = "含初始密码，发放后请妥善保管　第&P页，共&N页"     # type: ignore[union-attr]
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if is_formula_like(cell) else cell


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y%m%d-%H%M}"
