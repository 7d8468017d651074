"""Every indicator once more, row by row and by hand: slow, and written from the definitions alone."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from .store_days import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.kpis import Rollups

    Known = Callable[[dict[str, Any]], float | None]

Hour = dict[str, Any]


@dataclass
class Answer:
    """What the slow version says of one indicator and group."""

    numerator: float | None
    denominator: float | None
    value: float | None
    coverage: float | None
    status: str


def number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def hours_of(rollups: Rollups, kind: str, name: str) -> list[Hour]:
    """Every hour with all that is known of it, as dictionaries; of one till, zone or segment where asked."""
    tills: dict[Any, list[Any]] = defaultdict(list)
    slips = rollups.segments if kind == "segment" else rollups.tills
    for row in rows_of(slips):
        if kind not in {"till", "segment"} or row.till_id == name:
            tills[row.hour_utc].append(row)
    zones = {r.hour_utc: r for r in rows_of(rollups.zones) if f"{r.camera_id}/{r.zone_id}" == name}
    queues = {r.hour_utc: r for r in rows_of(rollups.queues) if f"{r.camera_id}/{r.zone_id}" == name}
    outside = {r.hour_utc: r for r in rows_of(rollups.capture)}
    bounces = {r.hour_utc: r for r in rows_of(rollups.bounces)}
    shifts: dict[Any, float] = defaultdict(float)
    for row in rows_of(rollups.labour) if rollups.labour is not None else []:
        shifts[row.hour_utc] += row.labour_s / 3600
    day_of = {r.hour_utc: r.local_date for r in rows_of(rollups.hourly)}
    on_rota = {day_of[hour] for hour, worked in shifts.items() if worked > 0 and hour in day_of}
    special = {
        row.local_date
        for row in rows_of(rollups.calendar)
        if any(isinstance(text, str) for text in (row.holiday, row.event, row.promotion))
    }
    found = []
    for row in rows_of(rollups.hourly):
        hour: Hour = {name_: getattr(row, name_) for name_ in rollups.hourly.columns}
        hour["slips"] = tills[row.hour_utc]
        hour["zone"], hour["queue"] = zones.get(row.hour_utc), queues.get(row.hour_utc)
        hour["outside"], hour["bounce"] = outside.get(row.hour_utc), bounces.get(row.hour_utc)
        hour["labour_h"] = shifts[row.hour_utc] if row.local_date in on_rota else None
        hour["plain"] = row.local_date not in special
        found.append(hour)
    return found


def slips(hour: Hour, name: str) -> float:
    return float(sum(getattr(row, name) for row in hour["slips"]))


def of(row: str, name: str) -> Known:
    return lambda hour: None if hour[row] is None else number(getattr(hour[row], name))


def times(one: Known, other: Known) -> Known:
    def product(hour: Hour) -> float | None:
        left, right = one(hour), other(hour)
        return None if left is None or right is None else left * right

    return product


def plus(one: Known, other: Known) -> Known:
    def total(hour: Hour) -> float | None:
        left, right = one(hour), other(hour)
        return None if left is None or right is None else left + right

    return total


def at(name: str) -> Known:
    return lambda hour: number(hour[name])


def where(known: Known, value: Known) -> Known:
    return lambda hour: None if known(hour) is None else value(hour)


def bounced(name: str) -> Known:
    def count(hour: Hour) -> float | None:
        if number(hour["visits"]) is None:
            return None
        return 0.0 if hour["bounce"] is None else float(getattr(hour["bounce"], name))

    return count


def slip(*names: str) -> Known:
    return lambda hour: sum(slips(hour, name) for name in names)


def never(hour: Hour) -> float | None:
    return number(hour["visits"]) if hour["open_s"] > 0 else None


OPEN = at("open_s")
INSIDE, LENGTH = of("zone", "occupancy_mean"), of("queue", "length_mean")
MEAN, WAIT = of("zone", "dwell_mean_s"), of("queue", "wait_mean_s")
# name: (over, cameras, above, below); the largest instead of the sum where below is "max"
DEFINED: dict[str, tuple[str, str, Any, Any]] = {
    "coverage": ("tills", "doors", at("seen_s"), OPEN),
    "traffic_in": ("seen", "doors", at("entries_in"), None),
    "traffic_out": ("seen", "doors", at("entries_out"), None),
    "visits": ("seen", "doors", at("visits"), None),
    "buying_units": ("seen", "doors", at("buying_units"), None),
    "conversion": ("rated", "doors", at("receipts"), at("visits")),
    "conversion_per_unit": ("rated", "doors", at("receipts"), at("buying_units")),
    "sales_per_visitor": ("rated", "doors", at("sales_minor"), at("visits")),
    "transactions": ("tills", "none", slip("receipts"), None),
    "net_sales": ("tills", "none", slip("sales_minor"), None),
    "net_units": ("tills", "none", slip("units"), None),
    "atv": ("tills", "none", slip("sales_minor"), slip("receipts")),
    "upt": ("tills", "none", slip("units"), slip("receipts")),
    "aur": ("tills", "none", slip("sales_minor"), slip("units")),
    "return_rate": ("tills", "none", slip("returned_minor"), slip("sales_minor", "returned_minor")),
    "discount_rate": (
        "tills", "none", slip("discount_minor"), slip("sales_minor", "returned_minor", "discount_minor"),
    ),
    "void_rate": ("tills", "none", slip("voids"), slip("receipts", "returns", "voids", "zero")),
    "occupancy_mean": ("known", "doors", times(at("occupancy_mean"), OPEN), where(at("occupancy_mean"), OPEN)),
    "occupancy_max": ("known", "doors", at("occupancy_max"), "max"),
    "bounce": ("known", "doors", bounced("bounced"), bounced("followed")),
    "capture_rate": ("known", "own", of("outside", "entries"), of("outside", "passers")),
    "star": ("rated", "doors", at("visits"), at("labour_h")),
    "zone_visits": ("known", "own", of("zone", "visitors"), None),
    "zone_stays": ("known", "own", of("zone", "stays"), None),
    "draw_in_rate": ("known", "own", of("zone", "visitors"), never),
    "dwell": ("known", "own", times(MEAN, of("zone", "stays")), where(MEAN, of("zone", "stays"))),
    "zone_occupancy_mean": ("known", "own", times(INSIDE, OPEN), where(INSIDE, OPEN)),
    "zone_occupancy_max": ("known", "own", of("zone", "occupancy_max"), "max"),
    "pass_through": (
        "known", "own", of("zone", "pass_through"), plus(of("zone", "pass_through"), of("zone", "stays")),
    ),
    "queue_arrivals": ("known", "own", of("queue", "arrivals"), None),
    "queue_length": ("known", "own", times(LENGTH, OPEN), where(LENGTH, OPEN)),
    "queue_length_max": ("known", "own", of("queue", "length_max"), "max"),
    "queue_wait": ("known", "own", times(WAIT, of("queue", "served")), where(WAIT, of("queue", "served"))),
    "abandonment": (
        "known", "own", of("queue", "abandoned"), plus(of("queue", "abandoned"), of("queue", "served")),
    ),
}  # fmt: skip


def used(kpi: str, hours: list[Hour]) -> list[Hour]:
    """The hours of a group over which an indicator is taken."""
    over, _, above, below = DEFINED[kpi]
    known = [h for h in hours if above(h) is not None and (not callable(below) or below(h) is not None)]
    if over != "rated":
        return known
    if any(h["status"] == "ok" for h in hours):
        return [h for h in known if h["status"] in {"ok", "closed"}]
    return [h for h in known if h["status"] != "missing"]


def graded(seen: float, whole: float) -> tuple[float | None, str]:
    if whole <= 0:
        return None, "closed"
    share = min(seen / whole, 1.0)
    return share, "missing" if share < 0.5 else "partial" if share < 0.9 else "ok"


def ratio(above: float, below: float | None) -> float | None:
    return above if below is None else above / below if below > 0 else None


def sides(kpi: str, hours: Iterable[Hour]) -> tuple[float, float | None]:
    _, _, above, below = DEFINED[kpi]
    mine = list(hours)
    if below == "max":
        return max((above(h) for h in mine), default=math.nan), None
    return math.fsum(above(h) for h in mine), math.fsum(below(h) for h in mine) if below else None


def answer(kpi: str, hours: list[Hour]) -> Answer:
    """One indicator over some hours."""
    _, cameras, _, _ = DEFINED[kpi]
    mine = used(kpi, hours)
    whole = math.fsum(h["open_s"] for h in hours)
    if cameras == "none":
        coverage, status = None, "ok"
    elif cameras == "doors":
        coverage, status = graded(math.fsum(h["seen_s"] for h in hours), whole)
    else:
        saw = hours if kpi in {"dwell", "queue_wait"} else mine
        coverage, status = graded(math.fsum(own_seconds(kpi, h) for h in saw), whole)
    hidden = status == "missing" and kpi != "coverage"
    hidden = hidden or (status == "closed" and kpi.startswith("occupancy"))
    if hidden or not mine:
        return Answer(None, None, None, coverage, status)
    above, below = sides(kpi, mine)
    return Answer(above, below, ratio(above, below), coverage, status)


def own_seconds(kpi: str, hour: Hour) -> float:
    """How much of an hour the cameras of a zone, a queue or the street saw."""
    queue = kpi.startswith("queue") or kpi == "abandonment"
    row = hour["outside" if kpi == "capture_rate" else "queue" if queue else "zone"]
    if row is None:
        return 0.0
    seen = float(hour["open_s"] if number(row.seen_s) is None else row.seen_s)
    return min(seen, hour["seen_s"]) if kpi == "draw_in_rate" else seen


def weeks_before(kpi: str, hours: list[Hour], everything: list[Hour], value: float) -> list[float]:
    """What the indicator was in each of the six weeks before that can tell."""
    _, cameras, above, below = DEFINED[kpi]
    by_clock: dict[tuple[date, int], Hour] = {}
    for hour in everything:
        by_clock.setdefault((hour["local_date"].date(), hour["local_hour"]), hour)
    found = []
    mine = used(kpi, hours)
    for week in range(1, 7):
        now, then = [], []
        for hour in mine:
            old = by_clock.get((hour["local_date"].date() - timedelta(weeks=week), hour["local_hour"]))
            if old is None or not old["plain"] or above(old) is None or (callable(below) and below(old) is None):
                continue
            if cameras == "doors" and not {old["status"], hour["status"]} <= {"ok", "closed"}:
                continue
            now.append(hour)
            then.append(old)
        if not then or math.fsum(h["open_s"] for h in now) < 0.5 * math.fsum(h["open_s"] for h in mine):
            continue
        old_above, old_below = sides(kpi, then)
        if below is None:
            came = sides(kpi, now)[0]
            if came > 0:
                old_above *= value / came
        past = ratio(old_above, old_below)
        if past is not None:
            found.append(past)
    return found


def against(value: float | None, weekly: list[float]) -> tuple[float | None, float | None, float | None]:
    """Baseline, ratio and z."""
    if value is None or len(weekly) < 3:
        return None, None, None
    middle, spread = statistics.median(weekly), statistics.stdev(weekly)
    z = (value - statistics.fmean(weekly)) / spread if spread > 1e-12 else None
    return middle, value / middle if middle > 0 else None, z
