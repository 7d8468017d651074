"""Places that tests need: the repository, the fixture clips, the shared reference data."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Whose few tests take minutes on one worker: begun last, the other would wait for it.
DEAREST = "test_reference.py"

# Who is started in the background by a shell ignores Ctrl-C, and so would every command that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the dearest file first; the workers of ``make test`` keep that order (``--no-loadscope-reorder``)."""
    items.sort(key=lambda item: item.path.name != DEAREST)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def videos() -> Path:
    """The fixture clips with their settings and truth."""
    return ROOT / "fixtures" / "videos"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real video, real weights and reference data; tests that need them skip where they are absent."""
    folder = Path(os.environ.get("FOOTFALL_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no reference data: FOOTFALL_SHARED={folder} is not a folder")
    return folder


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases as someone meets them who may not write the file.

    Root may write what is marked read-only, so the file's mode would refuse nothing where tests run as root: SQLite
    itself is asked to refuse, with the error that it gives for such a file.
    """
    connect = sqlite3.connect

    def refusing(database: str, **options: Any) -> sqlite3.Connection:
        target = str(database).replace("mode=rwc", "mode=ro").replace("mode=rw", "mode=ro")
        connection: sqlite3.Connection = connect(target, **options)
        return connection

    monkeypatch.setattr(sqlite3, "connect", refusing)
