"""Places that tests need: the repository, the fixture clips, the shared reference data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
