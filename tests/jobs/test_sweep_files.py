"""What uploads left behind is swept once a day, and nothing that is young or has its row."""
from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import make_actor, make_obligation, make_unit, moment
from tests.services.evidence_desk import stored_files, upload, with_folder
from tracker.domain.words import Job
from tracker.jobs import JOBS, run_due
from tracker.models import AuditEvent, JobRun
from tracker.services import file_store

SWEEP = tuple(job for job in JOBS if job.name is Job.sweep_files)


@pytest.fixture
def folder(session, tmp_path: Path) -> Path:
    """With one file that has its row, stored on 2026-10-08 at 09:00."""
    unit, folder = make_unit(session), with_folder(session, tmp_path / "evidence")
    upload(session, make_actor(session, unit=unit), make_obligation(session, unit=unit).id)
    return folder


def tick(session, tmp_path, at):
    return [(run.scheduled_at, run.changed, run.told) for run in run_due(
        session, moment(at), now=moment(at), export_dir=tmp_path, jobs=SWEEP)]


def leave(folder: Path, name: str, at: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (moment(at).timestamp(),) * 2)


def test_swept_at_half_past_three_what_is_older_than_a_day(session, folder, tmp_path):
    kept = stored_files(folder)
    leave(folder, ".coming-1", "2026-10-08 03:29")
    leave(folder, "ab/" + "ab" * 32, "2026-10-08 03:29")
    leave(folder, ".coming-2", "2026-10-08 03:31")
    assert tick(session, tmp_path, "2026-10-09 03:29") == []
    assert tick(session, tmp_path, "2026-10-09 03:30") == [(moment("2026-10-09 03:30"), 2, "清理残留文件2个")]
    assert stored_files(folder) == sorted([*kept, ".coming-2"])
    assert tick(session, tmp_path, "2026-10-09 03:31") == []
    assert session.scalars(select(AuditEvent.action)).all()[-1] == "files.swept"


def test_after_downtime_only_the_latest_runs(session, folder, tmp_path):
    assert [at for at, _, _ in tick(session, tmp_path, "2026-10-20 12:00")] == [moment("2026-10-20 03:30")]


def test_before_a_file_is_stored_and_where_history_is_only_played_nothing_runs(session, tmp_path, folder):
    assert tick(session, tmp_path, "2026-10-08 08:00") == []
    assert run_due(session, moment("2026-10-20"), now=moment("2026-10-20"), export_dir=None, jobs=SWEEP) == []
    assert session.scalars(select(JobRun)).all() == []


def test_what_is_put_in_place_again_while_it_is_swept_stays(session, folder, monkeypatch):
    leave(folder, "ab/" + "ab" * 32, "2026-10-01 03:29")
    place, replace = folder / "ab" / ("ab" * 32), os.replace

    def put_there_first(source, target):
        if Path(source) == place:       # an upload comes between the look at its age and taking it aside
            os.utime(place, (moment("2026-10-09").timestamp(),) * 2)
        replace(source, target)

    monkeypatch.setattr(file_store.os, "replace", put_there_first)
    assert file_store.sweep(session, moment("2026-10-09") + timedelta(hours=1)) == 0
    assert place.is_file()
