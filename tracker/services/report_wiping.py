"""What a report says, hidden, put back or wiped (涉密误传) wherever it stands.

That is the draft, its copies, every version, each quotation taken from them, and the passages quoted in the lead's own
draft, copies and versions. While it is hidden, what stood there is kept in a setting of its own, read by nobody.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence, Set
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.secrecy import HIDDEN, WIPED
from tracker.models import DraftCopy, Quotation, Report, ReportVersion, Setting

FIELDS = ("progress", "problems", "matters", "next_steps")
TABLES: dict[str, Any] = {table.__tablename__: table for table in (Report, DraftCopy, ReportVersion, Quotation)}

Place = tuple[Any, str, Any]        # a row, its column, and what shall stand there


def hash_of(session: Session, obligation_id: int) -> str:
    """sha256 of all that the report says in its draft, copies and versions: what stays when the words are gone."""
    said = [[getattr(row, field) for field in (*FIELDS, "measures")] for row in _own(session, (obligation_id,))]
    words = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def hide(session: Session, obligation_id: int, key: str) -> set[int]:
    """Put HIDDEN in place of every word, keep under `key` what stood there. Returns the obligations it stood in."""
    kept, touched = [], set()
    for row, column, words in _places(session, obligation_id, HIDDEN):
        kept.append([row.__tablename__, _id(row), column, getattr(row, column), words])
        setattr(row, column, words)
        touched.add(row.obligation_id)
    session.add(Setting(key=key, value=kept))
    return touched


def put_back(session: Session, key: str) -> set[int]:
    """What was hidden under `key` stands again; where somebody has written since, beside it (底稿). Returns where."""
    setting, touched = session.get_one(Setting, key), set()
    lost: dict[int, dict[str, Any]] = {}
    for table, number, column, before, after in setting.value:
        row = session.get_one(TABLES[table], number)
        now = getattr(row, column)
        if now == after:
            setattr(row, column, before)
            touched.add(row.obligation_id)
        elif isinstance(row, Report):       # written on meanwhile: the marks go, what stood there is kept beside
            lost.setdefault(row.obligation_id, {})[column] = before
            if isinstance(now, str):
                setattr(row, column, now.replace(HIDDEN, "").strip())
            touched.add(row.obligation_id)
    for number, columns in lost.items():
        draft = session.get_one(Report, number)
        said = {name: getattr(draft, name) for name in (*FIELDS, "self_rating", "percent", "measures")}
        session.add(DraftCopy(obligation_id=number, kept_at=draft.edited_at, written_by=draft.edited_by,
                              **(said | columns)))
    setting.value = None
    return touched


def wipe(session: Session, obligation_id: int, key: str) -> set[int]:
    """Put WIPED in place of every word, of what was written meanwhile too; what was kept goes. Returns where."""
    setting, touched = session.get_one(Setting, key), set()
    quoted = {before for table, _, _, before, _ in setting.value if table == Quotation.__tablename__}
    for table, number, column, _, _ in setting.value:
        row = session.get_one(TABLES[table], number)
        words = getattr(row, column)
        touched.add(row.obligation_id)
        if isinstance(words, str):
            setattr(row, column, words.replace(HIDDEN, WIPED))
    for row, column, words in _places(session, obligation_id, WIPED, quoted):
        setattr(row, column, words)
        touched.add(row.obligation_id)
    setting.value = None
    return touched


def _places(session: Session, obligation_id: int, words: str, quoted: Set[str] = frozenset()) -> Iterator[Place]:
    """Every column that holds something of the report, with what it becomes. `quoted`: passages known from before."""
    versions = select(ReportVersion.id).where(ReportVersion.obligation_id == obligation_id)
    quotations = session.scalars(select(Quotation).where(Quotation.part_version_id.in_(versions))).all()
    passages = {quotation.text for quotation in quotations} | quoted
    passages -= {HIDDEN, WIPED, ""}
    for row in _own(session, (obligation_id,)):
        yield from ((row, column, words) for column in FIELDS if getattr(row, column) not in ("", words))
        if row.measures:
            yield row, "measures", {}
    for row in _own(session, sorted({quotation.obligation_id for quotation in quotations} - {obligation_id})):
        for column in FIELDS:
            before = after = getattr(row, column)
            for passage in sorted(passages, key=len, reverse=True):
                after = after.replace(passage, words)
            if after != before:
                yield row, column, after
    yield from ((quotation, "text", words) for quotation in quotations if quotation.text != words)


def _own(session: Session, obligation_ids: Sequence[int]) -> Iterator[Report | DraftCopy | ReportVersion]:
    yield from session.scalars(select(Report).where(Report.obligation_id.in_(obligation_ids))
                               .order_by(Report.obligation_id))
    yield from session.scalars(select(DraftCopy).where(DraftCopy.obligation_id.in_(obligation_ids))
                               .order_by(DraftCopy.id))
    yield from session.scalars(select(ReportVersion).where(ReportVersion.obligation_id.in_(obligation_ids))
                               .order_by(ReportVersion.id))


def _id(row: Any) -> int:
    return int(row.obligation_id if isinstance(row, Report) else row.id)
