"""The planted promotion: its effect on visits lies in the interval that the product states."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from analytics import comparisons
from analytics.frames import CALENDAR_DAYS, DAILY
from analytics.results import open_results

from .check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fixture_world import World


def checks(world: World) -> Iterator[Check]:
    """The traffic of the promotion against matched days.

    Args:
        world: With hours and days computed.
    """
    truth = json.loads((world.truth / "truth.json").read_text(encoding="utf-8"))["promotion"]
    results = open_results(world.database)
    try:
        daily, calendar = results.read(DAILY), results.read(CALENDAR_DAYS)
    finally:
        results.close()
    first, last = (date.fromisoformat(truth[name]) for name in ("begins", "last_day"))
    found = comparisons.before_after(daily, calendar, "visits", comparisons.Change("promotion", first, last)).ratio
    true = float(truth["traffic_factor"])
    reached, ok = "no effect stated", False
    if found is not None:
        reached = f"{found.value:.3f} ({found.low:.3f}..{found.high:.3f})"
        ok = found.low <= true <= found.high and found.low > 1.0
    yield Check("promotion: visits, times matched days", f"{true:.2f}", reached, "truth in the interval, 1 not", ok)
