"""A status in Prometheus' text format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from ..events import AlertKind, CameraState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client import Metric

    from ..status import CameraStatus, DatabaseStatus, Status
    from ..windows import Windows

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text(status: Status) -> bytes:
    """The status as Prometheus reads it. Names begin with ``footfall_``; counters begin with the process."""
    # Imported here: it takes a tenth of a second, which the first picture need not wait for.
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Collected(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _process(status)
            yield from _cameras(status.cameras)
            yield from _windows(status.windows)
            yield from _database(status.database)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected())
    return generate_latest(registry)


def _process(status: Status) -> Iterator[Metric]:
    from prometheus_client.metrics_core import InfoMetricFamily  # noqa: PLC0415

    yield InfoMetricFamily("footfall", "What runs.", {"version": status.version, "store": status.store})
    yield _gauge("start_time_seconds", "When the process began, since 1970.", [((), status.began.timestamp())])
    yield _gauge("status_time_seconds", "When these figures were taken, since 1970.", [((), status.at.timestamp())])
    yield _counter("clock_jumps", "How often the clock was set, or the machine slept.", [((), status.clock_jumps)])
    waiting = [((), status.messages_waiting)]
    yield _gauge("alert_messages_waiting", "Messages about alerts that no receiver has taken yet.", waiting)
    kinds = [alert.kind for alert in status.alerts]
    yield _gauge(
        "alerts_open", "Alerts that are open.", [((kind,), kinds.count(kind)) for kind in get_args(AlertKind)], "kind"
    )


def _cameras(cameras: tuple[CameraStatus, ...]) -> Iterator[Metric]:
    beats = [((camera.id,), camera.beat) for camera in cameras]
    # Every state has a line, so that the graph of one of them has no holes.
    states = [((*key, state), float(state == beat.state)) for key, beat in beats for state in get_args(CameraState)]
    yield _gauge("camera_up", "1 for the state that a camera is in, 0 for the others.", states, "camera", "state")
    yield _gauge("camera_fps", "Pictures analysed a second, lately.", [(key, b.fps) for key, b in beats], "camera")
    now = datetime.now(tz=UTC)
    ages = [(key, (now - b.last_picture).total_seconds()) for key, b in beats if b.last_picture is not None]
    yield _gauge("camera_last_picture_age_seconds", "Time since a camera's last picture.", ages, "camera")
    yield _counter("frames_analysed", "Pictures analysed.", [(key, b.frames_seen) for key, b in beats], "camera")
    dropped = [(key, b.frames_dropped) for key, b in beats]
    yield _counter("frames_dropped", "Pictures discarded because the machine was too slow.", dropped, "camera")
    back = [(key, b.reconnects) for key, b in beats]
    yield _counter("camera_reconnects", "How often a camera was lost and found again.", back, "camera")


def _windows(windows: Windows) -> Iterator[Metric]:
    people = [((z.camera, z.zone, z.role), z.people) for z in windows.zones if z.people is not None]
    words = "People in a zone now; absent while its camera cannot see."
    yield _gauge("zone_people", words, people, "camera", "zone", "role")
    inside = windows.occupancy.people if windows.occupancy is not None else None
    words = "People in the store: entries less exits since it closed last; absent where nobody can tell."
    yield _gauge("occupancy_people", words, [((), inside)] if inside is not None else [])
    totals = [((t.camera, t.line, t.role, "in"), t.entries) for t in windows.totals]
    totals += [((t.camera, t.line, t.role, "out"), t.exits) for t in windows.totals]
    yield _counter("crossings", "Crossings of a line.", totals, "camera", "line", "role", "direction")


def _database(found: DatabaseStatus) -> Iterator[Metric]:
    yield _gauge("database_up", "1 while the database takes facts.", [((), float(found.refused_since is None))])
    yield _gauge("facts_waiting", "Facts in memory that no disk has yet.", [((), found.waiting)])
    yield _counter("facts_dropped", "Facts lost for good.", [((), found.lost)])
    yield _gauge("spool_bytes", "What waits in the spool file.", [((), found.spooled_bytes)])
    yield _gauge("spool_limit_bytes", "How much fits into the spool file.", [((), found.spool_limit_bytes)])
    free = found.disk_free_bytes
    yield _gauge("disk_free_bytes", "Room where the database lies.", [((), free)] if free is not None else [])
    backup = [((), found.backed_up.timestamp())] if found.backed_up is not None else []
    yield _gauge("backup_time_seconds", "When the last backup was made, since 1970.", backup)


def _gauge(name: str, words: str, samples: Sequence[tuple[tuple[str, ...], float]], *labels: str) -> Metric:
    from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

    family = GaugeMetricFamily(f"footfall_{name}", words, labels=labels)
    for key, value in samples:
        family.add_metric(key, value)
    return family


def _counter(name: str, words: str, samples: Sequence[tuple[tuple[str, ...], float]], *labels: str) -> Metric:
    from prometheus_client.metrics_core import CounterMetricFamily  # noqa: PLC0415

    family = CounterMetricFamily(f"footfall_{name}", words, labels=labels)
    for key, value in samples:
        family.add_metric(key, value)
    return family
