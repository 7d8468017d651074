"""The facts of the edge as frames: the only module of analytics that knows the edge's contract."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edge import contract as edge

from ..frames import (
    AUDITS,
    CROSSINGS,
    HOURS_OPEN,
    PLACES,
    STAYS,
    TRAILS,
    WATCHES,
    Contract,
    business_day,
    check,
    day_start,
    empty,
)
from ..paths import Outline
from .errors import FactsError
from .shaping import AUDIT, KINDS, PLACED, checked, column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from ..frames import StoreTime

BUSY_TIMEOUT_S = 60.0
# Longer than a camera may be silent before it counts as taken away: what it needs to be known of it before a window.
WATCHED_BEFORE = timedelta(days=8)
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
        self._memory: dict[tuple[object, ...], pd.DataFrame] | None = None
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

    def crossings(self, since: datetime, until: datetime, *, placed: bool = True) -> pd.DataFrame:
        """Crossings with ``since <= at < until``, as ``CROSSINGS``.

        Args:
            since: First moment.
            until: The moment after the last.
            placed: Also where in the picture, and how sure the detector was; without these, which are null then, the
                crossings of a year are read in half the time.
        """
        return self._kept(CROSSINGS, since, until, leave=() if placed else PLACED)

    def stays(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Stays that began with ``since <= entered < until``, as ``STAYS``."""
        return self._kept(STAYS, since, until)

    def watches(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Watch periods that overlap the window, not cut to it, as ``WATCHES``."""
        return self._kept(WATCHES, since, until)

    def watches_around(self, since: datetime, until: datetime, cameras: frozenset[str] | None = None) -> pd.DataFrame:
        """What must be known of the cameras' watches to say what was seen in a window, as ``WATCHES``.

        Those of the window and of the days before it, the first of every camera, and its first after the window: as
        good as ``all_watches`` for every moment of the window, and read from a range of the index.

        Args:
            since: Begin of the window.
            until: Its end.
            cameras: Only these; None: all.
        """
        kind = KINDS[WATCHES.name]
        near = self._kept(WATCHES, since - WATCHED_BEFORE, until, cameras=cameras)
        with _naming():
            rows = edge.watch_ends(self._reader, kind.columns, until, cameras)
        if not rows.values:
            return near
        ends = checked(_frame(rows), kind, WATCHES).drop_duplicates()
        ends = ends[(ends["ends"] <= since - WATCHED_BEFORE) | (ends["begins"] >= until)]
        return check(pd.concat([near, ends]).sort_values("begins", kind="stable"), WATCHES) if len(ends) else near

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Within the block a window that is asked for again is not read again: several jobs look at the same days."""
        before = self._memory
        self._memory = {} if before is None else before
        try:
            yield
        finally:
            self._memory = before

    def marks(self, days: Sequence[date], time: StoreTime) -> dict[date, str]:
        """What changes on a business day whenever facts of it come or grow, for each of some neighbouring days."""
        if not days:
            return {}
        bounds = [day_start(day, time) for day in (*days, days[-1] + timedelta(days=1))]
        with _naming():
            return dict(zip(days, edge.read_marks(self._reader, bounds), strict=True))

    def trails(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Positions with ``since <= at < until``, as ``TRAILS``; a busy day has hundreds of thousands."""
        return self._read(TRAILS, since, until)

    def all_watches(self) -> pd.DataFrame:
        """Every watch period there is: a camera that is silent for a whole window was in service before it."""
        return self.watches(EARLIEST, LATEST)

    def audits(self) -> pd.DataFrame:
        """What people counted by hand beside the product, windows that still stand, as ``AUDITS``."""
        with _naming():
            rows = edge.read_audits(self._reader)
        frame = _frame(rows)
        return empty(AUDITS) if frame.empty else checked(frame, AUDIT, AUDITS)

    def begin(self) -> datetime | None:
        """When the first run began; None before there is one."""
        with _naming():
            runs = _frame(edge.read_runs(self._reader))
        return None if runs.empty else pd.Timestamp(runs["begins_ms"].min(), unit="ms", tz="UTC").to_pydatetime()

    def first_kept_day(self, time: StoreTime | None = None) -> date | None:
        """The first business day of which every fact is kept; earlier ones were added up and deleted. None: all are.

        Args:
            time: When business days begin; None: at the store's midnight.
        """
        with _naming():
            kept = edge.raw_since(self._reader)
        if kept is None:
            return None
        day = business_day(kept, time or self.store.time_zone)
        whole = kept <= day_start(day, time or self.store.time_zone)
        return day if whole else day + timedelta(days=1)

    def close(self) -> None:
        """Closes every connection."""
        self._reader.close()

    def _kept(
        self,
        contract: Contract,
        since: datetime,
        until: datetime,
        leave: tuple[str, ...] = (),
        cameras: frozenset[str] | None = None,
    ) -> pd.DataFrame:
        if self._memory is None:
            return self._read(contract, since, until, leave, cameras)
        key = contract.name, since, until, leave, cameras
        if key not in self._memory:
            self._memory[key] = self._read(contract, since, until, leave, cameras)
        return self._memory[key].copy(deep=False)

    def _read(
        self,
        contract: Contract,
        since: datetime,
        until: datetime,
        leave: tuple[str, ...] = (),
        cameras: frozenset[str] | None = None,
    ) -> pd.DataFrame:
        kind = KINDS[contract.name]
        columns = [name for name in kind.columns if name not in leave]
        with _naming():
            found = edge.read_columns(self._reader, kind.fact, columns, since, until, cameras=cameras)
        if not found.which:
            return empty(contract)
        # Names repeat in almost every fact: the few combinations are looked up, and then handed out.
        few = pd.DataFrame({name: pd.Series(words, dtype="str") for name, words in found.words.items()})
        which = np.array(found.which, dtype=np.intp)
        made = {
            str(name): pd.Series(words.array.take(which)) for name, words in self._with_role(few, kind.place).items()
        }
        made |= {name: column(values) for name, values in found.numbers.items()}
        return checked(pd.DataFrame(made, copy=False), kind, contract)

    def _with_role(self, frame: pd.DataFrame, place: str) -> pd.DataFrame:
        if not place:
            return frame
        # By version: a zone whose role was changed keeps, for its old facts, the role that it had.
        roles = self._shapes[self._shapes["kind"] == place].rename(
            columns={"geometry_id": f"{place}_id", "version": "geometry_version"}
        )
        on = ["camera_id", f"{place}_id", "geometry_version"]
        found: pd.DataFrame = frame.merge(roles[[*on, "role"]], on=on, how="left", validate="many_to_one")
        return found


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
    columns = zip(rows.columns, zip(*rows.values, strict=True), strict=True)
    return pd.DataFrame({name: column(values) for name, values in columns})
