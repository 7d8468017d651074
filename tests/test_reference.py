"""Every published figure that the reference table prints is reached."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from benchmarks.reference.__main__ import PARTS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_reached(shared: Path, part: str) -> None:
    found = list(import_module(f"benchmarks.reference.{part}").checks(shared))
    assert found
    assert [one for one in found if not one.ok] == []
