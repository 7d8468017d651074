"""The facts of the edge as frames: the only module of analytics that knows the edge's contract."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from edge import contract as edge

from ..frames import AUDITS, CROSSINGS, HOURS_OPEN, PLACES, STAYS, TRAILS, WATCHES, Contract, check, empty
from ..paths import Outline
from .errors import FactsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

BUSY_TIMEOUT_S = 60.0
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """The shop, as the edge registered it.

    Attributes:
        id: Short name.
        name: What people call it.
        time_zone: IANA name.
        currency: ISO 4217 code.
    """

    id: str
    name: str
    time_zone: str
    currency: str


class Facts:
    """A read-only view of what the cameras saw.

    Args:
        reader: From the edge's contract.
    """

    def __init__(self, reader: edge.FactReader) -> None:
        self._reader = reader
        with _naming():
            sites = edge.read_site(reader)
            geometry = edge.read_geometry(reader)
        if len(sites) != 1:
            found = ", ".join(store.id for store, _ in sites) or "none"
            raise FactsError(f"{reader.name}: holds the facts of {len(sites)} stores ({found}), not of one")
        store, hours = sites[0]
        self.store = Store(store.id, store.name, store.time_zone, store.currency)
        rows = [(h.weekday, h.opens_min, h.closes_min) for h in hours]
        self.hours_open = check(pd.DataFrame(rows, columns=HOURS_OPEN.names), HOURS_OPEN) if rows else empty(HOURS_OPEN)
        shapes = _frame(geometry)
        self._shapes = shapes[["camera_id", "kind", "geometry_id", "version", "role", "current"]]
        self._outlines = shapes.loc[
            shapes["current"].astype("bool"), ["camera_id", "kind", "geometry_id", "outline", "outline_m"]
        ]

    @property
    def entrance_cameras(self) -> frozenset[str]:
        """The cameras that have, or had, a line of role entrance."""
        doors = self._shapes[(self._shapes["kind"] == "line") & (self._shapes["role"] == "entrance")]
        return frozenset(doors["camera_id"].astype("str"))

    @property
    def places(self) -> pd.DataFrame:
        """The lines and zones that are drawn now, as ``PLACES``: also those that nobody has crossed or entered yet."""
        if self._shapes.empty:
            return empty(PLACES)
        now = self._shapes[self._shapes["current"].astype(bool)].rename(columns={"geometry_id": "id"})
        return check(now[PLACES.names].sort_values(["camera_id", "kind", "id"]), PLACES)

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """The lines and zones that are drawn now, with their corners."""
        return tuple(
            Outline(camera, kind, name, _corners(picture), _corners(floor) if isinstance(floor, str) else None)
            for camera, kind, name, picture, floor in self._outlines.itertuples(index=False, name=None)
        )

    def crossings(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Crossings with ``since <= at < until``, as ``CROSSINGS``."""
        with _naming():
            rows = edge.read_crossings(self._reader, since, until)
        return self._checked(rows, "line", {"ts_utc_ms": "at"}, CROSSINGS)

    def stays(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Stays that began with ``since <= entered < until``, as ``STAYS``."""
        with _naming():
            rows = edge.read_stays(self._reader, since, until)
        return self._checked(rows, "zone", {"entered_utc_ms": "entered", "left_utc_ms": "left"}, STAYS)

    def watches(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Watch periods that overlap the window, not cut to it, as ``WATCHES``."""
        with _naming():
            rows = edge.read_watches(self._reader, since, until)
        return self._checked(rows, "", {"begins_utc_ms": "begins", "ends_utc_ms": "ends"}, WATCHES)

    def trails(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Positions with ``since <= at < until``, as ``TRAILS``; a busy day has hundreds of thousands."""
        with _naming():
            rows = edge.read_trails(self._reader, since, until)
        return self._checked(rows, "", {"ts_utc_ms": "at"}, TRAILS)

    def all_watches(self) -> pd.DataFrame:
        """Every watch period there is: a camera that is silent for a whole window was in service before it."""
        return self.watches(EARLIEST, LATEST)

    def audits(self) -> pd.DataFrame:
        """What people counted by hand beside the product, windows that still stand, as ``AUDITS``."""
        with _naming():
            rows = edge.read_audits(self._reader)
        times = {"begins_utc_ms": "begins", "ends_utc_ms": "ends", "audited_utc_ms": "audited"}
        return self._checked(rows, "", times, AUDITS)

    def begin(self) -> datetime | None:
        """When the first run began; None before there is one."""
        with _naming():
            runs = _frame(edge.read_runs(self._reader))
        return None if runs.empty else pd.Timestamp(runs["begins_ms"].min(), unit="ms", tz="UTC").to_pydatetime()

    def first_kept_day(self) -> date | None:
        """The first local day of which every fact is kept; earlier ones were added up and deleted. None: all are."""
        with _naming():
            kept = edge.raw_since(self._reader)
        if kept is None:
            return None
        local = kept.astimezone(ZoneInfo(self.store.time_zone))
        return local.date() if local.time() == time(0) else local.date() + timedelta(days=1)

    def close(self) -> None:
        """Closes every connection."""
        self._reader.close()

    def _checked(self, rows: edge.Rows, kind: str, times: dict[str, str], contract: Contract) -> pd.DataFrame:
        frame = _frame(rows)
        if frame.empty:
            return empty(contract)
        if kind:
            # By version: a zone whose role was changed keeps, for its old facts, the role that it had.
            roles = self._shapes[self._shapes["kind"] == kind].rename(
                columns={"geometry_id": f"{kind}_id", "version": "geometry_version"}
            )
            on = ["camera_id", f"{kind}_id", "geometry_version"]
            frame = frame.merge(roles[[*on, "role"]], on=on, how="left", validate="many_to_one")
        if "box_left" in frame:
            frame["box_width"] = (frame["box_right"] - frame["box_left"]).clip(lower=0.0)
            frame["box_height"] = (frame["box_bottom"] - frame["box_top"]).clip(lower=0.0)
        if "dwell_ms" in frame:
            frame["dwell_s"] = frame["dwell_ms"] / 1000
        for stored, name in times.items():
            frame[name] = pd.to_datetime(frame[stored], unit="ms", utc=True)
        return check(frame[contract.names], contract)


@contextmanager
def open_facts(database: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Iterator[Facts]:
    """Opens the database read-only, through the door.

    Raises:
        FactsError: It is missing, damaged, locked, holds no facts, or was written by a newer footfall.
    """
    with _naming():
        reader = edge.open_facts(database, busy_timeout_s=busy_timeout_s)
    try:
        yield Facts(reader)
    finally:
        reader.close()


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except edge.ContractError as error:
        raise FactsError(str(error)) from error


def _corners(text: str) -> tuple[tuple[float, float], ...]:
    """Corners from ``x y, x y, ...``."""
    pairs = [corner.split() for corner in text.split(",")]
    return tuple((float(x), float(y)) for x, y in pairs)


def _frame(rows: edge.Rows) -> pd.DataFrame:
    if not rows.values:
        return pd.DataFrame(columns=list(rows.columns))
    return pd.DataFrame(dict(zip(rows.columns, zip(*rows.values, strict=True), strict=True)))
