"""A till's clock on one day, between the table that keeps it and the judging that needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..frames import TILL_CLOCKS, day_start
from .measuring import Measure

if TYPE_CHECKING:
    from ..frames import StoreTime

DAY_S = 86_400.0
UNKNOWN_SPREAD_S = 30.0


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A day of a till; times in Unix seconds, ``day_s`` its begin, ``since`` the first day of its measure."""

    day: pd.Timestamp
    day_s: float
    offset_s: float = 0.0
    error_s: float | None = None
    drift: float = 0.0
    drift_error: float | None = None
    spread_s: float = UNKNOWN_SPREAD_S
    pairs: int = 0
    identified: bool = False
    jump_s: float | None = None
    way: str | None = None
    since: pd.Timestamp | None = None
    measured: Measure | None = None

    def at(self, moment_s: float) -> float:
        """The offset at a moment."""
        return self.offset_s + self.drift * (moment_s - self.day_s) / DAY_S

    def rounded(self) -> ClockRow:
        """As exact as anybody needs it, and as the table keeps it."""

        def maybe(value: float | None, places: int) -> float | None:
            return None if value is None else round(value, places)

        return replace(
            self,
            offset_s=round(self.offset_s, 3),
            error_s=maybe(self.error_s, 3),
            drift=round(self.drift, 5),
            drift_error=maybe(self.drift_error, 5),
            jump_s=maybe(self.jump_s, 2),
        )


def begins_s(days: pd.Series, time_zone: str | StoreTime) -> dict[pd.Timestamp, float]:
    """The begin of each day, Unix seconds."""
    return {day: day_start(day.date(), time_zone).timestamp() for day in days.drop_duplicates()}


def stored_row(row: Any, time_zone: str | StoreTime) -> ClockRow:
    """A row of the table as what the next days need of it."""

    def number(value: Any) -> float | None:
        return None if pd.isna(value) else float(value)

    measured = None
    if not pd.isna(row.measured_s):
        at_s = row.measured.timestamp()
        measured = Measure(at_s, row.measured_s, row.measured_error_s, row.spread_s, int(row.pairs))
    return ClockRow(
        day=row.local_date,
        day_s=day_start(row.local_date.date(), time_zone).timestamp(),
        offset_s=row.offset_s,
        error_s=number(row.error_s),
        drift=row.drift_s_per_day,
        drift_error=number(row.drift_error_s_per_day),
        spread_s=row.spread_s,
        pairs=int(row.pairs),
        identified=bool(row.identified),
        jump_s=number(row.jump_s),
        way=None if pd.isna(row.way) else row.way,
        since=None if pd.isna(row.since) else row.since,
        measured=measured,
    )


def row_frame(till: str, rows: list[ClockRow]) -> pd.DataFrame:
    """A till's days as ``frames.TILL_CLOCKS``, not yet checked."""
    made = [
        (
            till, row.day, row.offset_s, row.error_s, row.drift, row.spread_s, row.pairs, row.identified, row.jump_s,
            row.way, row.drift_error, row.since,
            None if row.measured is None else datetime.fromtimestamp(row.measured.at_s, tz=UTC),
            None if row.measured is None else row.measured.offset_s,
            None if row.measured is None else row.measured.error_s,
        )
        for row in rows
    ]  # fmt: skip
    frame = pd.DataFrame(made, columns=TILL_CLOCKS.names)
    typed = {c.name: c.dtype for c in TILL_CLOCKS.columns if c.name not in ("measured", "since")}
    frame["measured"] = pd.to_datetime(frame["measured"], utc=True).dt.as_unit("ms")
    frame["since"] = pd.to_datetime(frame["since"]).astype("datetime64[ms]")
    return frame.astype(typed)
