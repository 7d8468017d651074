"""What every indicator is: one table, from which they are computed, explained and traced."""

from __future__ import annotations

from dataclasses import dataclass, replace

TIMES = ("all", "hour", "day", "week", "month", "retail_week", "weekday_hour", "weather", "promotion", "holiday")
# Over which hours the sums of an indicator are taken.
#   tills: all hours, whatever the cameras saw
#   seen:  those that were seen; none when under half of the opening time was
#   rated: those neither missing nor partial, or the partial ones where there are no others (as metrics.totals does)
#   known: those in which both sides are known
OVER = ("tills", "seen", "rated", "known")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One indicator.

    Attributes:
        name: What commands and tables call it.
        formula: For people.
        numerator: Measure that is summed above.
        denominator: Measure that is summed below; empty: the value is the numerator itself.
        unit: ``people``, ``receipts``, ``units``, ``minor`` (minor units of the currency), ``share`` (0..1), ``s``,
            or a ratio of these.
        over: Which hours: one of ``OVER``.
        by: What it can be grouped by.
        largest: The numerator is the largest of the hours, not their sum.
        cameras: Whose coverage it carries: ``doors``, ``own`` (the hours in which it is known) or ``none``.
        watched: With ``own``, a measure that is known wherever the camera saw, where both sides need more than that:
            an hour in which nobody stayed has no dwell and was seen all the same.
        seconds: With ``own``, the measure that says how much of an hour was seen; empty: all of it.
        source: Where the formula comes from.
    """

    name: str
    formula: str
    numerator: str
    denominator: str = ""
    unit: str = "share"
    over: str = "tills"
    by: tuple[str, ...] = TIMES
    largest: bool = False
    cameras: str = "none"
    watched: str = ""
    seconds: str = ""
    source: str = "field standard"

    @property
    def total(self) -> bool:
        """A plain sum."""
        return not self.denominator and not self.largest


def _seen(name: str, formula: str, measure: str, unit: str = "people") -> Kpi:
    return Kpi(name, formula, measure, unit=unit, over="seen", cameras="doors")


def _rated(name: str, formula: str, above: str, below: str, unit: str = "share") -> Kpi:
    return Kpi(name, formula, above, below, unit, "rated", cameras="doors")


def _till(name: str, formula: str, above: str, below: str = "", unit: str = "share") -> Kpi:
    return Kpi(name, formula, above, below, unit, by=(*TIMES, "till", "segment"))


def _zone(name: str, formula: str, above: str, below: str = "", unit: str = "people", *, largest: bool = False) -> Kpi:
    return Kpi(name, formula, above, below, unit, "known", ("zone",), largest, "own", seconds="zone_seen_s")


def _queue(name: str, formula: str, above: str, below: str = "", unit: str = "people", *, largest: bool = False) -> Kpi:
    return replace(_zone(name, formula, above, below, unit, largest=largest), seconds="queue_seen_s")


_ALL = (
    Kpi("coverage", "seconds seen / seconds open", "seen_s", "open_s", cameras="doors"),
    _seen("traffic_in", "inward crossings of the doors", "entries_in"),
    _seen("traffic_out", "outward crossings of the doors", "entries_out"),
    _seen("visits", "entries that keep the rules of a visit", "visits"),
    _seen("buying_units", "groups that came in together", "buying_units"),
    _rated("conversion", "transactions / visits, never clipped", "receipts", "visits"),
    _rated("conversion_per_unit", "transactions / buying units, never clipped", "receipts", "buying_units"),
    _rated("sales_per_visitor", "net sales / visits", "sales_minor", "visits", "minor/people"),
    _till("transactions", "sales; no voids, training or zero receipts", "receipts", unit="receipts"),
    _till("net_sales", "sales less returns", "sales_minor", unit="minor"),
    _till("net_units", "units sold less returned", "units", unit="units"),
    _till("atv", "net sales / transactions", "sales_minor", "receipts", "minor/receipts"),
    _till("upt", "net units / transactions", "units", "receipts", "units/receipts"),
    _till("aur", "net sales / net units", "sales_minor", "units", "minor/units"),
    _till("return_rate", "value returned / value sold", "returned_minor", "sold_minor"),
    _till("discount_rate", "discounts / value sold before them", "discount_minor", "list_minor"),
    _till("void_rate", "voids / all receipts but training", "voids", "printed"),
    Kpi(
        "occupancy_mean", "person-seconds inside / seconds open", "inside_s", "inside_open_s", "people", "known",
        cameras="doors",
    ),
    Kpi("occupancy_max", "most people inside", "occupancy_max", "", "people", "known", largest=True, cameras="doors"),
    Kpi(
        "bounce", "visits gone again within the stated time / visits whose own exit was seen", "bounced", "followed",
        over="known", cameras="doors", source="published limits 10-40 s; stated in the settings",
    ),
    Kpi(
        "capture_rate", "entries / people passing by, entrants included", "captured", "passers", over="known",
        cameras="own", seconds="outside_seen_s",
    ),
    _rated("star", "visits / labour hours on the floor", "visits", "labour_h", "people/h"),
    _zone("zone_visits", "people who stayed in the zone, once an hour", "visitors"),
    _zone("zone_stays", "stays of at least the zone's least time", "stays", unit="stays"),
    replace(
        _zone("draw_in_rate", "zone visitors / visits, both seen", "visitors", "zone_store_visits", "share"),
        seconds="both_seen_s",
    ),
    replace(
        _zone("dwell", "mean stay, weighted by stays over the hours", "dwell_s", "dwell_stays", "s"), watched="stays"
    ),
    _zone("zone_occupancy_mean", "person-seconds / seconds open and seen", "zone_inside_s", "zone_open_s"),
    _zone("zone_occupancy_max", "most people in the zone", "zone_occupancy_max", largest=True),
    _zone("pass_through", "shorter stays / all stays", "pass_through", "all_stays", "share"),
    _queue("queue_arrivals", "people who began to queue", "arrivals"),
    _queue("queue_length", "person-seconds queueing / seconds open and seen", "queue_s", "queue_open_s"),
    _queue("queue_length_max", "longest queue", "length_max", largest=True),
    replace(_queue("queue_wait", "mean wait of the served", "wait_s", "served_timed", "s"), watched="arrivals"),
    _queue("abandonment", "left the queue unserved / left or served", "abandoned", "ended", "share"),
)  # fmt: skip
KPIS: dict[str, Kpi] = {kpi.name: kpi for kpi in _ALL}
