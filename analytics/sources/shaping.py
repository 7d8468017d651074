"""How frames are made from the columns of the edge's facts."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..frames import CROSSINGS, STAYS, TRAILS, WATCHES, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frames import Contract


@dataclass(frozen=True, slots=True)
class Kind:
    """How a contract's frame is made from the edge's facts.

    Attributes:
        fact: What the edge calls it.
        columns: Those of its columns that are needed.
        times: Columns that are times, and what they are called here.
        place: It happened at a line or in a zone, which has a role.
    """

    fact: str
    columns: tuple[str, ...]
    times: dict[str, str]
    place: str = ""


_WHO = ("camera_id", "run_id", "track_id")
_BOX = ("box_left", "box_top", "box_right", "box_bottom")
# Where a crossing happened and how sure the detector was: only who groups people, and the archive, asks for it.
PLACED = ("confidence", "x", "y", *_BOX)
KINDS = {
    CROSSINGS.name: Kind(
        "crossing",
        (
            *_WHO,
            "line_id",
            "geometry_version",
            "direction",
            "ts_utc_ms",
            "confidence",
            "held",
            "cause",
            "x",
            "y",
            *_BOX,
        ),
        {"ts_utc_ms": "at"},
        "line",
    ),
    STAYS.name: Kind(
        "stay",
        (
            *(*_WHO, "zone_id", "geometry_version", "entered_utc_ms", "left_utc_ms", "dwell_ms"),
            *("start_cause", "end_cause", "confidence", "x", "y"),
        ),
        {"entered_utc_ms": "entered", "left_utc_ms": "left"},
        "zone",
    ),
    WATCHES.name: Kind(
        "watch",
        (
            *("camera_id", "run_id", "begins_utc_ms", "ends_utc_ms"),
            *("frames_seen", "frames_dropped", "facts_dropped", "health"),
        ),
        {"begins_utc_ms": "begins", "ends_utc_ms": "ends"},
    ),
    TRAILS.name: Kind("trail", (*_WHO, "ts_utc_ms", "x", "y", "x_m", "y_m"), {"ts_utc_ms": "at"}),
}


AUDIT = Kind("audit", (), {"begins_utc_ms": "begins", "ends_utc_ms": "ends", "audited_utc_ms": "audited"})


def checked(frame: pd.DataFrame, kind: Kind, contract: Contract) -> pd.DataFrame:
    """The edge's columns as the contract's; columns that may be absent are null where they were not read."""
    made: dict[str, Any] = {name: _moments(frame[stored]) for stored, name in kind.times.items()}
    if "box_left" in frame:
        made["box_width"] = (frame["box_right"] - frame["box_left"]).clip(lower=0.0)
        made["box_height"] = (frame["box_bottom"] - frame["box_top"]).clip(lower=0.0)
    if "dwell_ms" in frame:
        made["dwell_s"] = frame["dwell_ms"] / 1000
    if "held" in frame:
        made["held"] = frame["held"].astype("bool")
    whole = {str(name): values for name, values in frame.items()} | made
    wanted = (column for column in contract.columns if column.name in whole or not column.absent)
    return check(pd.DataFrame({column.name: whole[column.name] for column in wanted}, copy=False), contract)


def _moments(values: pd.Series) -> pd.Series:
    return pd.Series(values.to_numpy(dtype=np.int64).astype("datetime64[ms]")).dt.tz_localize("UTC")


def column(values: Sequence[object]) -> pd.Series:
    """A column of the driver's values. Saying what they are is several times faster than having it found out."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return pd.Series(values, dtype="str")
    if kinds == {int}:
        return pd.Series(np.array(values, dtype=np.int64))
    return pd.Series(np.array(values, dtype=np.float64)) if kinds <= {float, int, NoneType} else pd.Series(values)
