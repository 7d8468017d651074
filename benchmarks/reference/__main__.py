"""Prints the table: what, published, reached, tolerance, ok."""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

PARTS = ("value", "repurchase", "baskets", "rfm", "statistics", "recommend", "pedestrian", "taxi", "outages", "world")
# Speed depends on the machine: shown here, and by no test.
TIMED = ("pedestrian_time",)


def main() -> int:
    """Runs the parts that are asked for; the exit code is 1 where a figure is not reached."""
    every = (*PARTS, *TIMED)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or more of {', '.join(every)}; all unless given")
    asked = parser.parse_args().parts or every
    unknown = [part for part in asked if part not in every]
    if unknown:
        parser.error(f"{unknown[0]}: unknown part; known are {', '.join(every)}")
    shared = Path(os.environ.get("FOOTFALL_SHARED", "../shared"))
    if not (shared / "reference").is_dir():
        parser.error(f"{shared}: no reference data here; say where they are in FOOTFALL_SHARED")
    console, failed = Console(emoji=False), 0
    for part in asked:
        began = time.monotonic()
        found = list(import_module(f"{__package__}.{part}").checks(shared))
        table = Table(title=f"{part} ({time.monotonic() - began:.0f} s)", title_justify="left")
        for heading in ("what", "published", "reached", "tolerance", "ok"):
            table.add_column(heading, overflow="fold")
        for one in found:
            table.add_row(one.what, one.published, one.reached, one.tolerance, "ok" if one.ok else "NO")
        console.print(table)
        failed += sum(not one.ok for one in found)
    console.print("every figure is reached" if not failed else f"{failed} figures are not reached")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
