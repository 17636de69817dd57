from __future__ import annotations

import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.cli.office import Office


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new installation: nothing there yet, SQLite, its own folders."""
    for name, value in {"DATA_DIR": tmp_path / "new", "EXPORT_DIR": tmp_path / "sheets", "DATABASE_URL": ""}.items():
        monkeypatch.setenv(f"TRACKER_{name}", str(value))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "new"


@pytest.fixture
def installed(settings, monkeypatch):
    """The migrated database of the test, on both kinds."""
    for name, value in {"DATA_DIR": settings.data_dir, "EXPORT_DIR": settings.export_dir,
                        "DATABASE_URL": settings.url}.items():
        monkeypatch.setenv(f"TRACKER_{name}", str(value))
    return settings


@pytest.fixture
def run(clock):
    """`run("init", "--from", "2025Q3")`: exit code, what was printed, what was said on stderr."""

    def running(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, words, obj=Office(clock))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return running
