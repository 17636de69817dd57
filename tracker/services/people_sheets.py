"""The workbooks around accounts (账号的表): the template to fill in, what is wrong with it, 账号发放表 with links."""
from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.domain.workdays import SHANGHAI
from tracker.errors import Forbidden
from tracker.models import OneTimeLink, Unit, User
from tracker.services.links import token_hash
from tracker.services.people_import import MOST_PEOPLE, SHEET, Checked
from tracker.sheets.text import clean, is_formula_like

COLUMNS = ("账号（登录名）", "姓名", "单位", "角色")
WIDTHS = (20, 24, 34, 28)
EXPLAINED = (
    f"从第5行起一行填一个人，一次最多{MOST_PEOPLE}人；不要改表头，不要写公式。本系统是非涉密系统，不要填身份证号、手机号。",
    "账号：小写字母开头，后面是小写字母和数字，3至40个，不能和别人的重复。姓名：显示在办理经过里。",
    "单位：从下拉里选；督查员、领导、系统管理员、审计员留空。"
    "角色：从下拉里选，几个角色用顿号隔开，如 填报员、审签人；系统管理员、审计员不能兼别的角色。",
)
HANDOUT = ("单位", "姓名", "账号", "一次性链接", "有效到", "说明")
HANDOUT_WIDTHS = (26, 22, 14, 62, 18, 36)
ADVICE = "打开链接自己设密码，只能用一次；用过后请销毁本条，不要发到微信群。"
HAIR = Side("thin", color="FF999999")
FRAME = Border(left=HAIR, right=HAIR, top=HAIR, bottom=HAIR)
HEAD = PatternFill("solid", fgColor="FFE8ECF1")
LAST_ROW = len(EXPLAINED) + 1 + MOST_PEOPLE


def template(session: Session, actor: Actor) -> bytes:
    """The workbook to fill in (导入模板): explained at the top, with the units and roles to choose from."""
    _check(actor)
    book, sheet = _book(SHEET)
    _explain(sheet, len(COLUMNS))
    _put(sheet, len(EXPLAINED) + 1, COLUMNS, head=True)
    _widths(sheet, WIDTHS)
    names = list(session.scalars(select(Unit.name).order_by(Unit.position)))
    listed = book.create_sheet("单位")
    for number, name in enumerate(names, start=1):
        _put(listed, number, (name,))
    listed.column_dimensions["A"].width = WIDTHS[2]
    _choose(sheet, "C", f"{quote_sheetname('单位')}!$A$1:$A${max(len(names), 1)}")
    _choose(sheet, "D", '"' + ",".join(role.label for role in UserRole) + '"')
    for row in range(len(EXPLAINED) + 2, LAST_ROW + 1):
        for column in range(1, len(COLUMNS) + 1):
            sheet.cell(row, column).number_format = "@"         # what looks like a number stays as typed
    sheet.freeze_panes = f"A{len(EXPLAINED) + 2}"
    return _saved(book)


def with_problems(rows: Iterable[Checked]) -> bytes:
    """The people as they were written, each with its problems beside (问题): put right, it can be uploaded again."""
    book, sheet = _book(SHEET)
    _explain(sheet, len(COLUMNS) + 1)
    _put(sheet, len(EXPLAINED) + 1, (*COLUMNS, "问题"), head=True)
    _widths(sheet, (*WIDTHS, 60))
    for number, row in enumerate(rows, start=len(EXPLAINED) + 2):
        typed = row.typed
        problems = "；".join(f"{cell} {label}：{sentence}" for cell, label, sentence in row.problems)
        _put(sheet, number, (typed.login, typed.name, typed.unit, typed.roles, problems))
    sheet.freeze_panes = f"A{len(EXPLAINED) + 2}"
    return _saved(book)


def hand_out(session: Session, actor: Actor, tokens: Sequence[str], *, base: str, at: datetime) -> bytes:
    """账号发放表 of links that were just made: each line to be cut off and handed out. Dead links stand in no line.

    `tokens`: as the page that showed them sends them back; what else stands in a line comes from the database.
    """
    _check(actor)
    hashes = {token_hash(token): token for token in tokens}
    found = session.execute(
        select(OneTimeLink.token_hash, OneTimeLink.expires_at, User.login, User.name, Unit.name)
        .join(User, User.id == OneTimeLink.user_id).outerjoin(Unit, Unit.id == User.unit_id)
        .where(OneTimeLink.token_hash.in_(hashes), OneTimeLink.used_at.is_(None), OneTimeLink.ended_at.is_(None),
               OneTimeLink.expires_at > at)
        .order_by(Unit.position.nulls_last(), User.login))
    book, sheet = _book("账号发放表")
    _put(sheet, 1, HANDOUT, head=True)
    for number, (hashed, until, login, name, unit) in enumerate(found, start=2):
        _put(sheet, number, (unit or "—", name, login, f"{base}/welcome/{hashes[hashed]}",
                             f"{until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", ADVICE))
    _widths(sheet, HANDOUT_WIDTHS)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.oddFooter.center.text = "含一次性链接，发放后请销毁　第&P页，共&N页"     # type: ignore[union-attr]
    return _saved(book)


def _check(actor: Actor) -> None:
    if not may(actor, Act.keep_accounts):
        raise Forbidden


def _book(title: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return book, sheet


def _explain(sheet: Worksheet, columns: int) -> None:
    for number, sentence in enumerate(EXPLAINED, start=1):
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=columns)
        cell = sheet.cell(number, 1, sentence)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        cell.font = Font("宋体", 11)
        sheet.row_dimensions[number].height = 34


def _put(sheet: Worksheet, number: int, texts: Sequence[str], *, head: bool = False) -> None:
    """A row of texts, each as text whatever it begins with."""
    sheet.row_dimensions[number].height = 24 if head else 34
    for column, text in enumerate(texts, start=1):
        cell = sheet.cell(number, column)
        cell.value = clean(text)[0]
        cell.data_type = "s"
        cell.quotePrefix = is_formula_like(text)
        cell.number_format = "@"
        cell.font = Font("宋体", 11, bold=head)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        cell.border = FRAME
        if head:
            cell.fill = HEAD


def _widths(sheet: Worksheet, widths: Sequence[int]) -> None:
    for column, width in enumerate(widths):
        sheet.column_dimensions[chr(65 + column)].width = width


def _choose(sheet: Worksheet, column: str, choices: str) -> None:
    offered = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=False)
    offered.add(f"{column}{len(EXPLAINED) + 2}:{column}{LAST_ROW}")
    sheet.add_data_validation(offered)


def _saved(book: Workbook) -> bytes:
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()
