"""Accounts from a workbook (从 Excel 导入账号): read, checked row by row, made all or none."""
from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, Refused
from tracker.models import Unit, UnitAlias, User
from tracker.notices.units import Registry
from tracker.services.accounts import (
    BAD_LOGIN,
    BAD_NAME,
    LOGIN,
    NEEDS_UNIT,
    NO_UNIT,
    invite_within,
    is_name,
    role_fault,
)
from tracker.services.deed import deed
from tracker.services.hand_out import Made
from tracker.services.incoming import Row, letters, read_rows

SHEET = "账号"
HEADINGS = {"账号": "login", "登录名": "login", "姓名": "name", "单位": "unit", "角色": "roles"}
LABELS = {"login": "账号", "name": "姓名", "unit": "单位", "roles": "角色"}
MOST_PEOPLE, MOST_ROWS, MOST_COLUMNS = 300, 400, 20
LOOK_FOR_HEADINGS = 20                  # rows from the top
LONGEST = 200                           # characters kept of a cell; longer is a fault all the same
NONE = frozenset({"", "—", "-", "无", "不填"})
BETWEEN = re.compile(r"[、，,/；;\s]+")

NO_HEADINGS = "表里没有找到“账号、姓名、单位、角色”这一行表头，没有收下。请下载模板，照模板填"
NO_PEOPLE = "表头下面没有人，没有收下。请从表头下一行起，一行填一个人"
TOO_MANY = "表里有{count}个人，一次最多导入{most}个，没有收下。请分成几份"
ROWS_LOST = "页面上的内容不完整，没有建账号。请重新上传一次"


class Typed(BaseModel):
    """A person's row as it stands in the workbook. `columns`: the letter of each field's column.

    `faults`: what was no text in it (公式、日期…), by field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    row: int = Field(ge=1, le=MOST_ROWS)
    login: str = Field("", max_length=LONGEST)
    name: str = Field("", max_length=LONGEST)
    unit: str = Field("", max_length=LONGEST)
    roles: str = Field("", max_length=LONGEST)
    columns: dict[str, str] = Field(default_factory=dict)
    faults: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A row with what it means, and what is wrong: (cell A5, 账号, sentence) each."""

    typed: Typed
    login: str
    name: str
    unit: str | None
    unit_id: int | None
    roles: tuple[UserRole, ...]
    problems: tuple[tuple[str, str, str], ...]


_PEOPLE = TypeAdapter(list[Typed])


def packed(people: Sequence[Typed]) -> str:
    """The rows as the page carries them from the preview to the deed."""
    return _PEOPLE.dump_json(list(people), exclude_defaults=True).decode()


def unpacked(text: str) -> tuple[Typed, ...]:
    """The opposite; Refused for what no preview wrote."""
    try:
        people = tuple(_PEOPLE.validate_json(text))
    except ValidationError:
        raise Refused(ROWS_LOST) from None
    if not 0 < len(people) <= MOST_PEOPLE:
        raise Refused(ROWS_LOST)
    return people


def read_people(content: bytes, name: str) -> tuple[Typed, ...]:
    """The people of an uploaded workbook, in its order. Refused, with the field `file`, where it is none of ours."""
    rows = read_rows(content, name, sheet=SHEET, rows=MOST_ROWS, columns=MOST_COLUMNS)
    top, columns = _headings(rows)
    people = tuple(person for row in rows if row.number > top and (person := _typed(row, columns)) is not None)
    if not people:
        raise _not_taken(NO_PEOPLE)
    if len(people) > MOST_PEOPLE:
        raise _not_taken(TOO_MANY.format(count=len(people), most=MOST_PEOPLE))
    return people


def check_people(session: Session, actor: Actor, people: Sequence[Typed]) -> tuple[Checked, ...]:
    """Each row with its problems; three queries however many rows."""
    if not may(actor, Act.keep_accounts):
        raise Forbidden
    units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
    aliases = session.execute(select(UnitAlias.alias, Unit.name).join(Unit, Unit.id == UnitAlias.unit_id))
    registry = Registry({_plain(alias): (name,) for alias, name in aliases} | {_plain(name): (name,) for name in units})
    logins = [_login(person.login) for person in people]
    taken = {login: f"{name}，{unit}" if unit else name for login, name, unit in session.execute(
        select(User.login, User.name, Unit.name).outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.login.in_(logins)))}
    times = Counter(logins)
    return tuple(_checked(person, units, registry, taken, times) for person in people)


def import_people(session: Session, actor: Actor, people: Sequence[Typed], *, at: datetime) -> tuple[Made, ...]:
    """Make all the accounts or none, each with a one-time link. Refused where a row has a problem by now."""
    with deed(session, actor, at) as d:
        checked = check_people(d.session, actor, people)
        wrong = [row for row in checked if row.problems]
        if wrong:
            raise Refused(f"{len(wrong)}行没有通过，整份没有导入。请按“问题”一列改好再传。")
        made = tuple(
            Made(row.login, row.name, row.unit, row.roles,
                 invite_within(d, login=row.login, name=row.name, roles=frozenset(row.roles), unit_id=row.unit_id))
            for row in checked)
        d.record("users.imported", count=len(made))
        return made


def _not_taken(sentence: str) -> Refused:
    return Refused(f"{sentence}。", fields={"file": f"{sentence}。"})


def _plain(text: str) -> str:
    """As it is compared: full width and half width alike, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _login(text: str) -> str:
    return _plain(text).lower()


def _headings(rows: Iterable[Row]) -> tuple[int, dict[str, int]]:
    """The number of the row of headings, and in which column each of the four stands."""
    for row in rows:
        if row.number > LOOK_FOR_HEADINGS:
            break
        columns: dict[str, int] = {}
        for index, cell in enumerate(row.cells):
            heading = re.split(r"[（(/]", _plain(cell.text))[0]
            if heading in HEADINGS:
                columns.setdefault(HEADINGS[heading], index)
        if columns.keys() == LABELS.keys():
            return row.number, columns
    raise _not_taken(NO_HEADINGS)


def _typed(row: Row, columns: Mapping[str, int]) -> Typed | None:
    cells = {field: row.cells[index] for field, index in columns.items()}
    if not any(cell.text or cell.problem for cell in cells.values()):
        return None
    faults = {field: cell.problem for field, cell in cells.items() if cell.problem}
    faults |= {field: f"最多{LONGEST}个字" for field, cell in cells.items() if len(cell.text) > LONGEST}
    return Typed(row=row.number, faults=faults, columns={field: letters(at + 1) for field, at in columns.items()},
                 **{field: cell.text[:LONGEST] for field, cell in cells.items()})


def _checked(typed: Typed, units: Mapping[str, int], registry: Registry, taken: Mapping[str, str],
             times: Mapping[str, int]) -> Checked:
    login, name = _login(typed.login), " ".join(typed.name.split())
    unit, near = _unit(typed.unit, registry)
    roles, unknown = _roles(typed.roles)
    faults = dict(typed.faults)
    if not LOGIN.fullmatch(login):
        faults.setdefault("login", BAD_LOGIN)
    elif login in taken:
        faults["login"] = f"账号{login}已经有了（{taken[login]}），请换一个"
    elif times[login] > 1:
        faults["login"] = f"账号{login}在表里写了{times[login]}次"
    if not is_name(name):
        faults.setdefault("name", BAD_NAME)
    if near is not None:
        faults.setdefault("unit", near)
    if unknown:
        faults.setdefault("roles", f"没有“{'、'.join(unknown)}”这个角色")
    elif "unit" not in faults and (fault := role_fault(frozenset(roles), units[unit] if unit else None)):
        faults.setdefault("unit" if fault in (NEEDS_UNIT, NO_UNIT) else "roles", fault)
    problems = tuple((f"{typed.columns.get(field, '')}{typed.row}", label, faults[field])
                     for field, label in LABELS.items() if field in faults)
    return Checked(typed, login, name, unit, units[unit] if unit else None, roles, problems)


def _unit(written: str, registry: Registry) -> tuple[str | None, str | None]:
    """The unit's name, None for the office; and what is wrong with the words."""
    words = _plain(written)
    if words in NONE:
        return None, None
    found = registry.wordings.get(words)
    if found is not None:
        return found[0], None
    nearest = registry.wordings.get(registry.nearest(words) or "", ())
    return None, f"没有“{written}”这个单位" + "".join(f"，最接近的是“{unit}”" for unit in nearest)


def _roles(written: str) -> tuple[tuple[UserRole, ...], tuple[str, ...]]:
    """The roles that are named, in their order; and the words that name none."""
    words = [word for word in BETWEEN.split(unicodedata.normalize("NFKC", written).strip()) if word]
    known = {role.label: role for role in UserRole} | {role.value: role for role in UserRole}
    named = {known[word] for word in words if word in known}
    return tuple(role for role in UserRole if role in named), tuple(word for word in words if word not in known)
