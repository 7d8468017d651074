"""What is worth an alert: a status in, findings out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .book import Finding, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ..events import CameraState, ClockJump
    from ..hours import StoreHours
    from ..status import CameraStatus, Status
    from ..windows import ZoneNow

MB = 1_000_000
# Room on the disk comes and goes: a tenth more than the limit must be free for the alert to be over.
ROOM = 1.1
# A database that is locked for a moment, by a backup for one, is no news.
REFUSED_S = 60.0
SPOOL_SHARE = 0.5
# Lights are out at night: no picture then is no fault of the camera.
NIGHT: frozenset[CameraState] = frozenset(("dark", "black"))
# In an empty shop an encoder may repeat a picture for as long as its key pictures lie apart, and in the dark a camera
# exposes longer, so that fewer pictures come: while the store is closed nobody is woken for these.
UNSURE_AT_NIGHT: frozenset[CameraState] = frozenset(("frozen", "slow"))
CAUSES: dict[CameraState, str] = {
    "starting": "it has given no picture yet",
    "lost": "no picture comes",
    "frozen": "its picture stands still",
    "black": "its picture is black",
    "blocked": "its view is blocked",
    "blurred": "its picture is blurred",
    "moved": "it looks elsewhere than when the lines were drawn",
    "dark": "it is too dark",
    "slow": "too few pictures a second can be looked at",
    "stopped": "it was stopped",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is worth an alert.

    Attributes:
        camera_down_s: A camera that cannot see for so long; 0: never.
        occupancy: More people than this in the store; None: no limit.
        queue_s: A queue that is too long for so long. How many people are too many the live windows know.
        disk_free_mb: Less room than this where the database lies; 0: never.
        clock_jump_s: The clock was set by more than this; 0: never.
    """

    camera_down_s: float = 60.0
    occupancy: int | None = None
    queue_s: float = 60.0
    disk_free_mb: int = 1000
    clock_jump_s: float = 5.0


def findings(status: Status, limits: Limits, hours: StoreHours) -> Iterator[Finding]:
    """What every rule finds.

    Args:
        status: How the process fares.
        limits: From when on something is worth an alert.
        hours: When the store is open; their time zone is that of the times in the words.
    """
    zone = ZoneInfo(hours.time_zone)
    if limits.camera_down_s > 0:
        opened = hours.open_since(status.at)
        for camera in status.cameras:
            yield _camera(camera, limits.camera_down_s, opened, zone)
    occupancy = status.windows.occupancy
    if limits.occupancy is not None and occupancy is not None:
        people, most = occupancy.people, limits.occupancy
        yield Finding(
            Topic("occupancy", "occupancy"),
            None if people is None else people > most,
            status.at,
            0.0,
            f"{people} people are in the store; the limit is {most}",
            f"no more than {most} people are in the store again",
        )
    for place in status.windows.zones:
        if place.queue is not None and place.queue.limit is not None:
            yield _queue(place, limits.queue_s, status.at, zone)
    yield from _disk(status, limits)
    yield from _database(status, zone)


def jump_words(jump: ClockJump, limits: Limits, hours: StoreHours) -> str | None:
    """What a person is told of a jump of the clock; None where it is too small to tell."""
    if not limits.clock_jump_s or abs(jump.jump_s) <= limits.clock_jump_s:
        return None
    if jump.cause == "slept":
        return f"the computer slept for {_long(abs(jump.jump_s))}; nothing was counted meanwhile"
    way = "forward" if jump.jump_s > 0 else "back"
    return f"the clock was set {way} by {_long(abs(jump.jump_s))}, to {_clock(jump.at, ZoneInfo(hours.time_zone))}"


def _camera(camera: CameraStatus, down_s: float, opened: datetime | None, zone: ZoneInfo) -> Finding:
    state, since = camera.beat.state, camera.beat.since
    name = f"camera {camera.id}" if camera.name in {"", camera.id} else f"camera {camera.id} ({camera.name})"
    holds: bool | None = state != "ok"
    if state in NIGHT | UNSURE_AT_NIGHT:
        holds = True if opened is not None else None if state in UNSURE_AT_NIGHT else False
        since = max(since, opened) if opened is not None else since
    cause = CAUSES.get(state, state)
    return Finding(
        Topic("camera", "camera", camera.id),
        holds,
        since,
        down_s,
        f"{name} cannot see since {_clock(since, zone)}: {cause}",
        f"{name} sees again" if state == "ok" else f"{name} would see, but the store is closed and dark",
    )


def _queue(place: ZoneNow, queue_s: float, at: datetime, zone: ZoneInfo) -> Finding:
    assert place.queue is not None  # noqa: S101 - asked by the caller
    since, where = place.queue.above_since, f"{place.zone} (camera {place.camera})"
    more = f"more than {place.queue.limit} people"
    return Finding(
        Topic("queue", "queue", place.camera, place.zone),
        None if place.people is None else since is not None,
        since or at,
        queue_s,
        f"{more} queue at {where} since {_clock(since or at, zone)}; now {place.people}",
        f"no {more} queue at {where} any more",
    )


def _disk(status: Status, limits: Limits) -> Iterator[Finding]:
    free, least = status.database.disk_free_bytes, limits.disk_free_mb * MB
    if least and free is not None:
        low = True if free < least else False if free >= least * ROOM else None
        words = f"only {free // MB} MB are free where the database lies; {limits.disk_free_mb} MB should be"
        over = f"{free // MB} MB are free again where the database lies"
        yield Finding(Topic("disk", "disk"), low, status.at, 0.0, words, over)


def _database(status: Status, zone: ZoneInfo) -> Iterator[Finding]:
    found = status.database
    since = found.refused_since or status.at
    yield Finding(
        Topic("database", "database"),
        found.refused_since is not None,
        since,
        REFUSED_S,
        f"the database refuses since {_clock(since, zone)}: {found.words}; facts wait",
        "the database takes facts again",
    )
    if found.spool_limit_bytes:
        share = found.spooled_bytes / found.spool_limit_bytes
        yield Finding(
            Topic("database", "spool"),
            share > SPOOL_SHARE,
            status.at,
            0.0,
            f"the spool file is {share:.0%} full of facts that wait for the database; what does not fit in is lost",
            "the spool file is no longer filling",
        )


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _long(seconds: float) -> str:
    """A length of time as people say it."""
    whole = timedelta(seconds=round(seconds))
    if whole < timedelta(minutes=2):
        return f"{whole.total_seconds():.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
