"""A shop in Berlin, told in local times: builders of small frames for the tests of the pure rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import frames
from analytics.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Mapping

BERLIN = ZoneInfo("Europe/Berlin")


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """The rows as named tuples, whose values a type checker need not know."""
    return list(frame.itertuples())


def at(text: str) -> datetime:
    """``2026-01-05 10:30:00`` on the shop's clock, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def opening(
    hours: dict[int, tuple[str, str]] | None = None,
    closed_days: frozenset[date] = frozenset(),
    zone: str = "Europe/Berlin",
) -> Opening:
    """Monday to Saturday 09:00-20:00, unless other hours are given."""
    hours = hours if hours is not None else dict.fromkeys(range(6), ("09:00", "20:00"))

    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    rows = [(day, minutes(opens), minutes(closes)) for day, (opens, closes) in hours.items()]
    frame = pd.DataFrame(rows, columns=frames.HOURS_OPEN.names) if rows else frames.empty(frames.HOURS_OPEN)
    return Opening(frame, zone, closed_days)


def crossings(*rows: tuple[str, str] | tuple[str, str, Mapping[str, object]]) -> pd.DataFrame:
    """Door crossings from (local time, direction, what differs), each a track of its own."""
    if not rows:
        return frames.empty(frames.CROSSINGS)
    found = []
    for number, row in enumerate(rows):
        differs: Mapping[str, object] = row[2] if len(row) == 3 else {}
        found.append(
            {
                "camera_id": "door",
                "line_id": "entrance",
                "geometry_version": "v1",
                "role": "entrance",
                "run_id": "run-1",
                "track_id": number + 1,
                "direction": row[1],
                "at": pd.Timestamp(at(row[0])),
                "confidence": 0.8,
                "held": True,
                "cause": "crossed",
                "x": 0.5,
                "y": 0.6,
                "box_width": 0.09,
                "box_height": 0.4,
            }
            | dict(differs)
        )
    return frames.check(pd.DataFrame(found), frames.CROSSINGS)


def watches(*rows: tuple[str, str] | tuple[str, str, Mapping[str, object]]) -> pd.DataFrame:
    """Watch periods of the door camera from (local begin, local end, what differs)."""
    if not rows:
        return frames.empty(frames.WATCHES)
    found = []
    for row in rows:
        differs: Mapping[str, object] = row[2] if len(row) == 3 else {}
        found.append(
            {
                "camera_id": "door",
                "run_id": "run-1",
                "begins": pd.Timestamp(at(row[0])),
                "ends": pd.Timestamp(at(row[1])),
                "frames_seen": 10,
                "frames_dropped": 0,
                "facts_dropped": 0,
                "health": "ok",
            }
            | dict(differs)
        )
    return frames.check(pd.DataFrame(found), frames.WATCHES)


def stays(*rows: tuple[str, float] | tuple[str, float, Mapping[str, object]]) -> pd.DataFrame:
    """Stays at the till from (local time entered, dwell in seconds, what differs), each a track of its own."""
    if not rows:
        return frames.empty(frames.STAYS)
    found = []
    for number, row in enumerate(rows):
        entered = pd.Timestamp(at(row[0]))
        differs: Mapping[str, object] = row[2] if len(row) == 3 else {}
        found.append(
            {
                "camera_id": "sales-floor",
                "zone_id": "till",
                "role": "till",
                "run_id": "run-2",
                "track_id": number + 1,
                "entered": entered,
                "left": entered + pd.Timedelta(milliseconds=round(1000 * row[1])),
                "dwell_s": row[1],
                "start_cause": "crossed",
                "end_cause": "crossed",
                "confidence": 0.8,
            }
            | dict(differs)
        )
    return frames.check(pd.DataFrame(found), frames.STAYS)


def receipts(*rows: tuple[str, int] | tuple[str, int, Mapping[str, object]]) -> pd.DataFrame:
    """Receipts of till T1 from (local time, total in cents, what differs), numbered R1, R2, ..."""
    if not rows:
        return frames.empty(frames.RECEIPTS)
    found = []
    for number, row in enumerate(rows):
        differs: Mapping[str, object] = row[2] if len(row) == 3 else {}
        found.append(
            {
                "receipt_id": f"R{number + 1}",
                "till_id": "T1",
                "sold_at": pd.Timestamp(at(row[0])),
                "kind": "sale",
                "total_minor": row[1],
                "currency": "EUR",
                "member_id": None,
                "return_of": None,
            }
            | dict(differs)
        )
    return frames.check(pd.DataFrame(found), frames.RECEIPTS)


def lines(**units: int) -> pd.DataFrame:
    """One line per receipt: ``lines(R1=2)`` sells two of something on receipt R1."""
    if not units:
        return frames.empty(frames.LINES)
    found = [
        {
            "receipt_id": receipt,
            "line_no": 1,
            "product_id": "P1",
            "quantity": quantity,
            "unit_price_minor": 100,
            "discount_minor": 0,
            "line_total_minor": 100 * quantity,
        }
        for receipt, quantity in units.items()
    ]
    return frames.check(pd.DataFrame(found), frames.LINES)


def clocks(day: str = "2026-01-01", **ahead_s: float) -> pd.DataFrame:
    """What is known of the tills' clocks from a day on: ``clocks(T1=30.0)`` is half a minute ahead, for sure."""
    found = [
        {
            "till_id": till,
            "local_date": pd.Timestamp(day),
            "offset_s": offset,
            "error_s": 3.0,
            "drift_s_per_day": 0.0,
            "spread_s": 2.0,
            "pairs": 100,
            "identified": True,
            "jump_s": None,
        }
        for till, offset in ahead_s.items()
    ]
    return frames.check(pd.DataFrame(found), frames.TILL_CLOCKS)
