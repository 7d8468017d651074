"""A small store told by dice: roll-ups of some weeks with gaps, returns, clock changes and ordinary nonsense."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics import frames, kpis, metrics
from analytics.accuracy import BAND_HOURS

from .store_days import opening, rows_of

if TYPE_CHECKING:
    from numpy.random import Generator

    from analytics.opening import Opening

FIRST = date(2026, 2, 2)  # a Monday; the clocks change on 29 March
WEEKS = 9
OUTAGE = pd.Timestamp(2026, 3, 25)
# Shares of an hour that may be seen, each as likely.
GAPPY = (1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.3, 0.0)
CALM = (*(1.0,) * 30, 0.8, 0.3)


def calendar_days(first: date, days: int) -> pd.DataFrame:
    """A holiday, a promotion and weather now and then; the last day is not in it."""
    rows = []
    for number in range(days - 1):
        day = first + timedelta(days=number)
        rows.append(
            {
                "local_date": pd.Timestamp(day),
                "weekday": day.weekday(),
                "holiday": "Founders' Day" if number % 19 == 9 else None,
                "event": None,
                "promotion": "Spring; sale" if 44 <= number < 49 else None,
                "retail_year": 2026,
                "retail_period": 1,
                "retail_week": 1 + number // 7,
                "weather": ("rain", "sun", None)[number % 3],
                "temperature_c": 10.0,
                "rain_mm": None,
            }
        )
    return frames.check(pd.DataFrame(rows).astype({"rain_mm": "float64"}), frames.CALENDAR_DAYS)


def _receipts(rng: Generator, grid: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    slips: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    open_hours = grid[grid["open_s"] > 0]
    for start in open_hours["start_ms"].tolist():
        for _ in range(int(rng.integers(0, 5))):
            number = len(slips)
            kind = str(rng.choice(["sale", "sale", "sale", "sale", "return", "void", "training"]))
            units = [int(n) for n in rng.integers(1, 4, size=int(rng.integers(1, 4)))]
            off = int(rng.integers(0, 50))
            total = 0 if rng.random() < 0.05 else sum(units) * 1000 - off
            slips.append(
                {
                    "receipt_id": f"R{number}",
                    "till_id": f"T{rng.integers(1, 4)}",
                    "sold_at": pd.Timestamp(start + int(rng.integers(0, 3_600_000)), unit="ms", tz="UTC"),
                    "kind": kind,
                    "total_minor": total,
                    "currency": "EUR",
                    "member_id": f"M{rng.integers(0, 6)}" if rng.random() < 0.5 else None,
                    "return_of": None,
                    "tax_minor": None if rng.random() < 0.02 else total // 10,
                }
            )
            for place, quantity in enumerate(units):
                lines.append(
                    {
                        "receipt_id": f"R{number}",
                        "line_no": place,
                        "product_id": f"P{rng.integers(0, 4)}",
                        "quantity": quantity,
                        "unit_price_minor": 1000,
                        "discount_minor": off if place == 0 else 0,
                        "line_total_minor": quantity * 1000 - (off if place == 0 else 0),
                    }
                )
    return (
        frames.check(pd.DataFrame(slips), frames.RECEIPTS),
        frames.check(pd.DataFrame(lines), frames.LINES),
    )


def _hourly(
    rng: Generator, grid: pd.DataFrame, receipts: pd.DataFrame, lines: pd.DataFrame, parts: tuple[float, ...]
) -> pd.DataFrame:
    """``frames.HOURLY`` with dice in the place of cameras, made row by row."""
    tills = kpis.till_hours(receipts, lines, "Europe/Berlin").groupby("hour_utc")[["receipts", "units", "sales_minor"]]
    sold = tills.sum()
    rows = []
    for hour in rows_of(grid):
        open_s = float(hour.open_s)
        part = float(rng.choice(parts))
        part = 0.2 if hour.local_date == OUTAGE else part
        covered = part if open_s else None
        status = "closed" if not open_s else "ok" if part >= 0.9 else "partial" if part >= 0.5 else "missing"
        blind = status in {"missing", "closed"}
        came = int(rng.poisson(6 * part)) if open_s else 0
        sums = sold.loc[hour.hour_utc] if hour.hour_utc in sold.index else {"receipts": 0, "units": 0, "sales_minor": 0}
        empty = status == "closed"
        lost = status == "missing" or (not empty and rng.random() < 0.1)
        mean, most = (0.0, 0.0) if empty or lost else (float(rng.random() * 5), float(rng.integers(5, 9)))
        rows.append(
            {
                "hour_utc": hour.hour_utc,
                "local_date": hour.local_date,
                "local_hour": hour.local_hour,
                "weekday": hour.weekday,
                "open_s": open_s,
                "seen_s": open_s * part,
                "coverage": covered,
                "status": status,
                "entries_in": None if blind else came + 1,
                "entries_out": None if blind else came,
                "visits": None if status == "missing" else came,
                "occupancy_mean": None if lost else mean,
                "occupancy_max": None if lost else most,
                "receipts": int(sums["receipts"]),
                "units": int(sums["units"]),
                "sales_minor": int(sums["sales_minor"]),
                "buying_units": None if status == "missing" else int(np.ceil(came / 2)),
                **dict.fromkeys(("conversion", "atv_minor", "upt", "sales_per_visitor_minor", "conversion_per_unit")),
                **dict.fromkeys(frames.BARS),
                "flag": None,
            }
        )
    return frames.check(pd.DataFrame(rows), frames.HOURLY)


def _zones(rng: Generator, hours: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    zones, queues = [], []
    seen = hours[hours["open_s"] > 0]
    for hour in seen["hour_utc"]:
        for camera, zone in (("floor", "coats"), ("floor", "till"), ("back", "coats")):
            if rng.random() < 0.15:
                continue
            seen_s = None if rng.random() < 0.1 else 3600.0 * float(rng.choice([0.6, 1.0, 1.0, 1.0, 1.0]))
            stays = int(rng.integers(0, 6))
            known = stays > 0 and rng.random() < 0.9
            times = {"mean": 20.0 + 10 * rng.random(), "median": 15.0, "p90": 50.0}
            zones.append(
                {
                    "hour_utc": hour,
                    "camera_id": camera,
                    "zone_id": zone,
                    "role": "product",
                    "stays": stays,
                    "visitors": max(stays - 1, 0),
                    **{f"dwell_{name}_s": value if known else None for name, value in times.items()},
                    "censored": 0,
                    "pass_through": int(rng.integers(0, 9)),
                    "occupancy_mean": float(rng.random()),
                    "occupancy_max": float(rng.integers(1, 4)),
                    "fixed": 0,
                    "staff": 0,
                    "seen_s": seen_s,
                }
            )
            if zone == "till":
                served = int(rng.integers(0, 4))
                queues.append(
                    {
                        "hour_utc": hour,
                        "camera_id": camera,
                        "zone_id": zone,
                        "arrivals": served + 1,
                        "length_mean": float(rng.random()),
                        "length_max": float(rng.integers(1, 5)),
                        "served": served,
                        "abandoned": int(rng.integers(0, 2)),
                        "unknown": 0,
                        "seen_s": seen_s,
                        **{f"wait_{name}_s": 30.0 + served if served else None for name in ("mean", "median", "p90")},
                    }
                )
    return (
        frames.check(pd.DataFrame(zones), frames.ZONE_HOURLY),
        frames.check(pd.DataFrame(queues), frames.QUEUE_HOURLY),
    )


def _audited(hours: pd.DataFrame) -> metrics.Audited:
    """Every crossing of the door on one line, audited in both directions."""
    seen = hours[hours["entries_in"].notna()]
    cell = {"camera_id": "door", "line_id": "entrance", "geometry_version": "v1", "role": "entrance"}
    base = seen[["hour_utc", "local_hour"]].assign(**cell)
    inward = base.assign(direction="in", crossings=seen["entries_in"], visits=seen["visits"])
    outward = base.assign(direction="out", crossings=seen["entries_out"], visits=0)
    lines = pd.concat([inward, outward])
    lines = frames.check(lines[lines["crossings"] > 0], frames.LINE_HOURLY)
    audit = {
        **{name: cell[name] for name in ("camera_id", "line_id", "geometry_version")},
        "from_hour": 0, "to_hour": 24, "windows": 10, "manual": 200, "counted": 195, "missed": 10, "invented": 5,
        "totals_only": False, "spread": 1.2, "ratio": 200 / 195, "ratio_low": 0.98, "ratio_high": 1.08, "own": True,
        **dict.fromkeys(("first_window", "last_window", "audited"), pd.Timestamp("2026-01-30", tz="UTC")),
    }  # fmt: skip
    # Before noon the door counts worse than later.
    begin = 10 // BAND_HOURS * BAND_HOURS
    morning = audit | {"from_hour": begin, "to_hour": begin + BAND_HOURS, "manual": 215, "counted": 210}
    morning |= {"missed": 25, "invented": 20, "ratio": 215 / 210}
    known = pd.DataFrame([row | {"direction": name} for name in ("in", "out") for row in (audit, morning)])
    return metrics.Audited(lines, frames.check(known, frames.ACCURACY))


def store(
    seed: int, weeks: int = WEEKS, parts: tuple[float, ...] = GAPPY
) -> tuple[kpis.Rollups, pd.DataFrame, pd.DataFrame, Opening]:
    """Roll-ups of some weeks, and the receipts and lines behind them."""
    rng = np.random.default_rng(seed)
    shop = opening(dict.fromkeys(range(6), ("09:30", "13:00")))
    window = frames.Window.of(FIRST, FIRST + timedelta(weeks=weeks), "Europe/Berlin")
    grid = shop.grid(window.since, window.until)
    receipts, lines = _receipts(rng, grid)
    hours = _hourly(rng, grid, receipts, lines, parts)
    zones, queues = _zones(rng, hours)
    members = pd.DataFrame({"member_id": [f"M{n}" for n in range(6)], "consent": [n != 0 for n in range(6)]})
    segments = pd.DataFrame({"member_id": ["M1", "M2", "M3"], "segment": ["Lost", "Champions", "Lost"]})
    open_hours = hours[hours["open_s"] > 0].reset_index(drop=True)
    passers = pd.Series(rng.integers(20, 40, len(open_hours)), dtype="Int64").mask(rng.random(len(open_hours)) < 0.1)
    capture = frames.check(
        pd.DataFrame(
            {
                "hour_utc": open_hours["hour_utc"],
                "passers": passers,
                "entries": (passers // 4),
                "capture": 0.25,
                "base": "by track",
                "seen_s": rng.choice([0.5, 0.8, 1.0], len(open_hours)) * open_hours["open_s"],
            }
        ),
        frames.CAPTURE_HOURLY,
    )
    bounced = pd.DataFrame({"hour_utc": open_hours["hour_utc"], "followed": 3, "within_s": 30.0})
    bounced["bounced"] = rng.integers(0, 3, len(bounced))
    shifts = open_hours[["hour_utc"]].assign(labour_s=rng.choice([1800.0, 3600.0, 7200.0], len(open_hours)))
    audited = _audited(hours)
    found = kpis.Rollups(
        hourly=metrics.with_bars(hours, hours, audited),
        tills=kpis.till_hours(receipts, lines, "Europe/Berlin"),
        segments=kpis.till_hours(kpis.by_segment(receipts, segments, members), lines, "Europe/Berlin"),
        zones=zones,
        queues=queues,
        capture=capture,
        bounces=frames.check(bounced.iloc[::2], frames.BOUNCE_HOURLY),
        calendar=calendar_days(FIRST, 7 * weeks),
        labour=shifts[(open_hours["local_date"] != pd.Timestamp(FIRST + timedelta(days=50))).to_numpy()],
        audited=audited,
    )
    return found, receipts, lines, shop
