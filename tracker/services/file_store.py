"""Where uploaded files lie (存放): below the data folder, each content once, under its sha256.

A file comes in under a temporary name, its bytes counted while they are read; whole, synced and recognised it is put
in place by the deed that writes its row. What no row speaks of is swept after a day.
"""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain import file_refusals as refusals
from tracker.domain.file_kinds import recognise
from tracker.domain.file_names import clean_name, split_name
from tracker.domain.file_refusals import FileRefused, size_words
from tracker.domain.words import FileKind
from tracker.models import StoredFile
from tracker.services.office_rules import office_rules

EVIDENCE = "evidence"           # session.info key: the folder of uploaded files, put there by whoever opens sessions
COMING = ".coming-"             # how the name of a file begins that is still being received
CHUNK = 1024 * 1024
KEPT_FOR = timedelta(hours=24)  # a file without a row: its deed may be under way


@dataclass(frozen=True)
class Received:
    """A file that was read to its end and recognised, under its temporary name. `name` is cleaned, its ending true."""

    name: str
    sha256: str
    size_bytes: int
    kind: FileKind
    media_type: str
    marks: tuple[str, ...]
    path: Path


@contextmanager
def receive(session: Session, stream: BinaryIO, name: str) -> Iterator[Received]:
    """Read an uploaded file: `with receive(…) as stored: attach(…, stored=stored, …)`. What is not attached is removed.

    FileRefused for what is too large, not of an accepted kind, or not whole.
    """
    name, limit = clean_name(name), office_rules(session).evidence_mb
    folder = folder_of(session)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{COMING}{uuid4().hex}"
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            sha256, size_bytes = _read(stream, file, name, limit)
            found = recognise(file, size_bytes, name)
            file.flush()
            os.fsync(file.fileno())
        if not split_name(name)[1]:
            name = f"{name}.{found.endings[0]}"
        yield Received(name, sha256, size_bytes, found.kind, found.media_type, found.marks, path)
    finally:
        path.unlink(missing_ok=True)


def put_in_place(session: Session, received: Received) -> None:
    """Its final name, before its row. Content that is there already is put there again: nobody can tell by the time."""
    place = path_of(session, received.sha256)
    place.parent.mkdir(exist_ok=True, mode=0o700)
    os.replace(received.path, place)
    _sync(place.parent)


def path_of(session: Session, sha256: str) -> Path:
    """Where the content with this hash lies."""
    return folder_of(session) / sha256[:2] / sha256


def folder_of(session: Session) -> Path:
    """The folder of uploaded files; RuntimeError where the opener of the session forgot it."""
    folder = session.info.get(EVIDENCE)
    if not isinstance(folder, Path):
        raise RuntimeError("no folder for evidence on this session")
    return folder


def destroy(path: Path) -> None:
    """Write zeros over a file, then unlink it. A file that is gone already is no error."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, CHUNK)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync(path.parent)


def sweep(session: Session, at: datetime) -> int:
    """Remove what no row speaks of and what was never received to its end, older than a day. Returns how many."""
    folder, oldest, swept = folder_of(session), (at - KEPT_FOR).timestamp(), 0
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.is_dir():
            known = set(session.scalars(select(StoredFile.sha256).where(
                StoredFile.sha256.startswith(path.name, autoescape=True), StoredFile.purged_at.is_(None))))
            unknown = [file for file in path.iterdir() if file.name not in known]
        else:
            unknown = [path] if path.name.startswith(COMING) else []
        swept += sum(_sweep_away(file, oldest) for file in unknown)
    return swept


def _sweep_away(file: Path, oldest: float) -> bool:
    """Taken aside first: who puts the same content in place at this moment loses nothing."""
    if file.stat().st_mtime >= oldest:
        return False
    aside = file.with_name(f"{COMING}{uuid4().hex}")
    os.replace(file, aside)
    if aside.stat().st_mtime >= oldest:
        os.replace(aside, file)
        return False
    destroy(aside)
    return True


def _read(stream: BinaryIO, file: BinaryIO, name: str, limit_mb: int) -> tuple[str, int]:
    digest, size_bytes, limit = hashlib.sha256(), 0, limit_mb * CHUNK
    while piece := stream.read(CHUNK):
        size_bytes += len(piece)
        if size_bytes > limit:
            whole = size_words(_whole_size(stream, size_bytes))
            raise FileRefused(refusals.TOO_LARGE, name, size=whole, limit=limit_mb)
        digest.update(piece)
        file.write(piece)
    return digest.hexdigest(), size_bytes


def _whole_size(stream: BinaryIO, read_bytes: int) -> int:
    """How large what is too large is: told by the stream where it can tell, without reading it."""
    return max(stream.seek(0, os.SEEK_END), read_bytes) if stream.seekable() else read_bytes


def _sync(folder: Path) -> None:
    """A new name reaches the disk with its folder; Windows has no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
