"""What an earlier process left in the database, as the values that the new one goes on with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .contract import read_crossings, read_deliveries, read_open_alerts, read_stays, read_watches
from .events import Alert, Crossing, Delivery, Stay, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .contract import FactReader, Rows
    from .events import Fact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def facts_since(reader: FactReader, store: str, since: datetime, until: datetime) -> Iterator[tuple[str, Fact]]:
    """The crossings, stays and watch periods that the live windows need: see ``LiveWindows.needs_since``.

    Args:
        reader: The database.
        store: Id of the store.
        since: From then on.
        until: Until then.

    Yields:
        Camera id and fact.

    Raises:
        StoreUnavailableError: The database refused.
    """
    for row in _rows(read_crossings(reader, since, until), store):
        yield row["camera_id"], _crossing(row)
    for row in _rows(read_stays(reader, since, until), store):
        yield row["camera_id"], _stay(row)
    for row in _rows(read_watches(reader, since, until), store):
        yield row["camera_id"], _watch(row)


def open_alerts(reader: FactReader, store: str) -> tuple[Alert, ...]:
    """Alerts that are still open.

    Raises:
        StoreUnavailableError: The database refused.
    """
    return tuple(_alert(row) for row in _rows(read_open_alerts(reader), store))


def waiting_deliveries(reader: FactReader, store: str) -> tuple[tuple[Delivery, Alert], ...]:
    """Messages that are still to be delivered, with their alerts.

    Raises:
        StoreUnavailableError: The database refused.
    """
    found = []
    for row in _rows(read_deliveries(reader), store):
        following, delivered = _time_or_none(row["next_try_utc_ms"]), _time_or_none(row["delivered_utc_ms"])
        delivery = Delivery(
            row["alert_id"], row["stage"], row["channel"], row["tries"], following, delivered, row["error"]
        )
        found.append((delivery, _alert(row)))
    return tuple(found)


def _rows(rows: Rows, store: str) -> Iterator[dict[str, Any]]:
    for values in rows.values:
        row = dict(zip(rows.columns, values, strict=True))
        if row["store_id"] == store:
            yield row


def _crossing(row: dict[str, Any]) -> Crossing:
    return Crossing(
        line=row["line_id"],
        track=row["track_id"],
        sequence=0,  # not stored; only the event's id was made from it
        direction=row["direction"],
        side=row["raw_side"],
        at=_time(row["ts_utc_ms"]),
        frame_number=row["frame_no"],
        x=row["x"],
        y=row["y"],
        box=(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"]),
        confidence=row["confidence"],
        held=bool(row["held"]),
        cause=row["cause"],
    )


def _stay(row: dict[str, Any]) -> Stay:
    return Stay(
        zone=row["zone_id"],
        track=row["track_id"],
        sequence=0,
        entered=_time(row["entered_utc_ms"]),
        left=_time(row["left_utc_ms"]),
        start_cause=row["start_cause"],
        end_cause=row["end_cause"],
        frame_number=row["frame_no"],
        x=row["x"],
        y=row["y"],
        confidence=row["confidence"],
    )


def _watch(row: dict[str, Any]) -> Watch:
    return Watch(
        sequence=0,
        begins=_time(row["begins_utc_ms"]),
        ends=_time(row["ends_utc_ms"]),
        frames_seen=row["frames_seen"],
        frames_dropped=row["frames_dropped"],
        facts_dropped=row["facts_dropped"],
        health=row["health"],
    )


def _alert(row: dict[str, Any]) -> Alert:
    return Alert(
        id=row["alert_id"],
        kind=row["kind"],
        camera=row["camera_id"],
        place=row["place"],
        opened=_time(row["opened_utc_ms"]),
        closed=_time_or_none(row["closed_utc_ms"]),
        words=row["words"],
    )


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def _time_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else _time(ms)
