"""From the shelf to the till: the funnel of every zone, and what is tried on and bought."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..kpis import command, funnel
from ..rfid import try_to_buy
from .how import How
from .language import UNKNOWN
from .sections import Row, Section

if TYPE_CHECKING:
    from .data import ReportData
    from .language import Language

MOST_ROWS = 12
_STEPS = ("entered", "engaged", "tried", "bought")


def zone_funnel(data: ReportData, say: Language) -> Section | str:
    """Entered, engaged, tried, bought by zone, or why there is none."""
    if not data.rules.zone_categories:
        return say("funnel.no_categories")
    tries = None
    if len(data.items):
        by = try_to_buy(data.items, data.products, "category")
        tries = {
            str(name): int(n) + int(more) for name, n, more in by[["group", "tries", "unknown"]].itertuples(index=False)
        }
    found = funnel(data.zone_days, data.sold, data.rules.zone_categories, tries)
    if found.empty:
        return say("funnel.none")
    rows = []
    for zone, mine in found.groupby("zone", sort=True):
        steps = mine.set_index("step")[["count", "of_entered"]].astype("float64").to_dict("index")
        cells = [str(zone).split("/", 1)[-1]]
        for step in _STEPS:
            count, share = steps[step]["count"], steps[step]["of_entered"]
            told = UNKNOWN if math.isnan(count) else say.count(count)
            plain = step == "entered" or math.isnan(count) or math.isnan(share)
            cells.append(told if plain else f"{told} ({say.percent(share, 0)})")
        rows.append(Row(tuple(cells)))
    heads = (say("zone.zone"), *(say(f"funnel.{step}") for step in _STEPS))
    way = How(say("tile.zone_visits"), "", command("zone_visits", data.since, data.until, "zone"))
    return Section(say("funnel.title"), say("funnel.lead"), heads, tuple(rows), (say("funnel.note"),), way)


def tried(data: ReportData, say: Language) -> Section | str:
    """What is taken to the fitting rooms and bought, by category and by product, or why nothing is known."""
    if data.items.empty:
        return say("tried.none")
    names = data.products.set_index("product_id")["name"]
    rows = []
    for by in ("category", "product"):
        found = try_to_buy(data.items, data.products, by)
        for row in found[found["tries"] > 0].head(MOST_ROWS).to_dict("records"):
            name = str(row["group"])
            if by == "product":
                name = str(names.get(name, name))
            between = say.percents(row["low"], row["high"])
            counts = (say.count(row["tries"]), say.count(row["bought"]))
            rows.append(Row((name, *counts, say.percent(row["conversion"]), between), strong=by == "category"))
    if not rows:
        return say("tried.none")
    unpaid = int(data.items["left_unpaid"].sum())
    lines = (say("tried.note"), *([say("tried.unpaid", n=unpaid)] if unpaid else []))
    heads = tuple(say(f"tried.{name}") for name in ("what", "tries", "bought", "share", "between"))
    return Section(say("tried.title"), say("tried.lead"), heads, tuple(rows), lines)
