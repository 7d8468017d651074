"""Plain SQL that gives numerator and denominator of an indicator from facts, visits and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import joins, kpis
from ..frames import RECEIPTS
from ..jobs.matching import clocks_of
from ..opening import instant_ms, ms

if TYPE_CHECKING:
    from ..frames import StoreTime, Window
    from ..jobs.context import Context
    from .facts import Traced

Span = tuple[int, int]


class NoQueryError(ValueError):
    """SQL has no words for the indicator; the message says which have."""


_CROSSINGS = """SELECT COUNT(*) FROM crossing AS c
  JOIN run AS r ON r.run_id = c.run_id AND r.superseded_by IS NULL
  JOIN geometry AS g ON g.camera_id = r.camera_id AND g.kind = 'line' AND g.geometry_id = c.line_id
    AND g.version = c.geometry_version AND g.role = 'entrance'
  JOIN span AS s ON c.ts_utc_ms >= s.begins AND c.ts_utc_ms < s.ends
  WHERE c.direction = '{direction}'"""
_VISITS = """SELECT COUNT(*) FROM visit AS v
  JOIN span AS s ON v.entered_utc_ms >= s.begins AND v.entered_utc_ms < s.ends
  WHERE {rule}"""
_SLIPS = """SELECT COALESCE(SUM({what}), 0) FROM receipt AS r
  JOIN till_span AS s ON s.till_id = r.till_id AND r.sold_at_utc_ms >= s.begins AND r.sold_at_utc_ms < s.ends
  WHERE {rule}"""
_LINES = """SELECT COALESCE(SUM({what}), 0) FROM receipt AS r
  JOIN receipt_line AS l ON l.receipt_id = r.receipt_id
  JOIN till_span AS s ON s.till_id = r.till_id AND r.sold_at_utc_ms >= s.begins AND r.sold_at_utc_ms < s.ends
  WHERE {rule}"""
_NET = "r.kind IN ('sale', 'return') AND r.total_minor <> 0"
_SOLD = "r.kind = 'sale' AND r.total_minor <> 0"
_BACK = "r.kind = 'return' AND r.total_minor <> 0"
_SIGN = "CASE r.kind WHEN 'sale' THEN 1 ELSE -1 END"
_FOLLOWED = "v.reason IN ('visit', 'short') AND v.dwell_s IS NOT NULL"
_SOLD_MINOR = _SLIPS.format(what="r.total_minor", rule=_SOLD)
_DISCOUNT = _LINES.format(what="l.discount_minor", rule=_SOLD)
# Measure -> the query of its sum. What a visit is was decided by rules, so visits are read from the table of visits.
_MEASURES = {
    "entries_in": _CROSSINGS.format(direction="in"),
    "entries_out": _CROSSINGS.format(direction="out"),
    "visits": _VISITS.format(rule="v.counted"),
    "buying_units": _VISITS.format(rule="v.unit_id = v.visit_id"),
    "followed": _VISITS.format(rule=_FOLLOWED),
    "bounced": _VISITS.format(rule=f"{_FOLLOWED} AND v.dwell_s <= {{bounce_s:g}}"),
    "receipts": _SLIPS.format(what="1", rule=_SOLD),
    "sales_minor": _SLIPS.format(what=f"{_SIGN} * r.total_minor", rule=_NET),
    "returned_minor": _SLIPS.format(what="r.total_minor", rule=_BACK),
    "sold_minor": _SOLD_MINOR,
    "units": _LINES.format(what=f"{_SIGN} * l.quantity", rule=_NET),
    "discount_minor": _DISCOUNT,
    "list_minor": f"SELECT ({_SOLD_MINOR})\n + ({_DISCOUNT})",
    "voids": _SLIPS.format(what="1", rule="r.kind = 'void'"),
    "printed": _SLIPS.format(
        what="1", rule="r.kind = 'void' OR (r.kind = 'return' AND r.total_minor <> 0) OR r.kind = 'sale'"
    ),
}  # fmt: skip


def queries(
    context: Context, window: Window, traced: Traced, kpi: str, part: kpis.Part | None = None
) -> dict[str, str]:
    """One query for each group of an indicator: a row of numerator and denominator.

    The hours are whole milliseconds: those in which the indicator was taken, and for receipts the same moments as each
    till's own clock showed them, so that the query needs no correction of times.

    Args:
        context: Results and rules.
        window: The days.
        traced: The indicator's hours.
        kpi: Its name.
        part: A till, where only one is asked for.

    Raises:
        NoQueryError: It needs more than sums of rows: stays, seconds seen or the rota, or a zone or a segment.
    """
    known = kpis.KPIS[kpi]
    measures = [name for name in (known.numerator, known.denominator) if name]
    if not set(measures) <= set(_MEASURES) or (part is not None and part.kind != "till"):
        able = [k.name for k in kpis.KPIS.values() if {k.numerator, k.denominator or k.numerator} <= set(_MEASURES)]
        raise NoQueryError(
            f"{kpi}: no sum of rows gives it; footfall-analytics trace computes it from the facts. "
            f"There is SQL, for the store and for tills, for {', '.join(able)}"
        )
    only = set(traced.rows["by"]) == {"till"}
    clocks = _Clocks.of(context, window)
    texts = [_MEASURES[name].replace("{bounce_s:g}", f"{context.plan.kpis.bounce_s:g}") for name in measures]
    found = {}
    for group, hours in traced.hours.items():
        till = part.name if part is not None else group if only else None
        spans = _spans(hours, traced.rollups.hourly, window)
        found[group] = _query(texts, spans, clocks, clocks.tills if till is None else (till,))
    return found


def _query(texts: list[str], spans: list[Span], clocks: _Clocks, tills: tuple[str, ...]) -> str:
    tables = []
    if any(" span " in text for text in texts):
        tables.append(f"span(begins, ends) AS (\n  VALUES {_values(spans or [(0, 0)])}\n)")
    if any("till_span" in text for text in texts):
        rows = [(till, *span) for till in tills for span in clocks.printed(spans, till)]
        tables.append(f"till_span(till_id, begins, ends) AS (\n  VALUES {_values(rows or [('', 0, 0)])}\n)")
    columns = ("numerator", "denominator")
    selected = ",\n".join(f"({text}) AS {name}" for text, name in zip(texts, columns, strict=False))
    return f"WITH {', '.join(tables)}\nSELECT\n{selected};"


@dataclass(frozen=True, slots=True, eq=False)
class _Clocks:
    """The tills of a window, and how wrong their clocks were.

    Attributes:
        tills: Their ids.
        rows: ``frames.TILL_CLOCKS``.
        time: The store's.
    """

    tills: tuple[str, ...]
    rows: pd.DataFrame
    time: StoreTime

    @classmethod
    def of(cls, context: Context, window: Window) -> _Clocks:
        margin = timedelta(days=1)
        receipts = context.results.read(RECEIPTS, window.since - margin, window.until + margin)
        tills = tuple(sorted(receipts["till_id"].unique()))
        return cls(tills, clocks_of(context, window.since, window.until), context.time)

    def printed(self, spans: list[Span], till: str) -> list[Span]:
        """The first moments, as the till printed them, that its corrected clock puts at or after the right ones."""
        right = np.array(spans, dtype=np.int64).reshape(-1)
        shown = right
        # The error belongs to the printed time: a few rounds find it, for clocks drift by seconds a day.
        for _ in range(3):
            at = pd.DataFrame({"till_id": till, "sold_at": pd.to_datetime(shown, unit="ms", utc=True)})
            ahead_s, _spread = joins.clock_errors(at, self.rows, self.time)
            shown = right + np.rint(ahead_s * 1000.0).astype(np.int64)
        return [(int(begins), int(ends)) for begins, ends in shown.reshape(-1, 2)]


def _spans(hours: pd.DataFrame, every: pd.DataFrame, window: Window) -> list[Span]:
    """Neighbouring hours as one span each."""
    all_ms = ms(every["hour_utc"])
    ends = np.append(all_ms[1:], instant_ms(window.until))
    at = np.searchsorted(all_ms, ms(hours["hour_utc"]))
    begin, end = all_ms[at], ends[at]
    first = np.concatenate([[True], begin[1:] != end[:-1]]) if len(at) else np.zeros(0, dtype=bool)
    last = np.append(first[1:], True) if len(at) else first
    return list(zip(begin[first].tolist(), end[last].tolist(), strict=True))


def _values(rows: list[Span] | list[tuple[str, int, int]]) -> str:
    """Rows for VALUES."""
    shown = (", ".join(f"{v}" if isinstance(v, int) else "'" + v.replace("'", "''") + "'" for v in row) for row in rows)
    return ",\n    ".join(f"({text})" for text in shown)
