"""What the audit chain costs: the same small change as a deed with its event, and bare. `python -m bench.deeds`

Both in one run on one SQLite file with the settings of the office, so that their ratio means something anywhere.
"""
from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.db import prepare_engine
from tracker.domain.actors import SYSTEM
from tracker.models import Setting
from tracker.services import migrate
from tracker.services.deed import SEAL, Seal, deed

AT = datetime(2026, 10, 8, 1, 30, tzinfo=UTC)


def as_deed(session: Session, number: int) -> None:
    with deed(session, SYSTEM, AT) as d:
        d.session.add(Setting(key=f"deed {number}", value=number))
        d.record("bench.set", number=number)


def bare(session: Session, number: int) -> None:
    session.add(Setting(key=f"bare {number}", value=number))
    session.commit()


def rate(act: Callable[[Session, int], None], session: Session, times: int) -> float:
    started = time.perf_counter()
    for number in range(times):
        act(session, number)
    return times / (time.perf_counter() - started)


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/tracker.sqlite")
        prepare_engine(engine)
        migrate.upgrade(engine)
        with Session(engine, info={SEAL: Seal.in_folder(Path(folder))}) as session:
            without, chained = rate(bare, session, times), rate(as_deed, session, times)
        engine.dispose()
    print(f"bare {without:.0f}/s, as deed {chained:.0f}/s, ratio {without / chained:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
