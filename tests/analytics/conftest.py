"""The fixture world is a folder of scripts, not a package: tests import its modules from there."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures" / "world"))
