"""``footfall-edge status``: how the running process fares, or since when none runs."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.table import Table

from ..alerts import NIGHT
from ..contract import ContractError, latest_heartbeats, open_facts
from ..settings import load
from ..statuspage import HOST
from .alerts import hours_of
from .build import STREAMS, database_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..settings import Settings
    from .output import Output

WELL, WRONG = 0, 1
ASK_S = 5.0
BUSY_TIMEOUT_S = 5.0
# A camera that starts for longer than this does not come; one that sees gives a picture within this.
LONGEST_START = timedelta(minutes=1)
LONGEST_PICTURE = timedelta(minutes=1)
# Alerts of these kinds tell that the process itself is in trouble; a full store is none.
OWN_ALERTS = frozenset(("disk", "database"))
# The process shows a new status every second; one that is older than this comes from a process that hangs.
STALE = timedelta(seconds=30)
# Heartbeats are stored once a minute; where the newest is older than this, nothing runs.
BEATS_WITHIN = timedelta(minutes=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found out.

    Attributes:
        running: Whether a process answered.
        content: The answer as JSON.
        troubles: What is wrong, in words.
    """

    running: bool
    content: dict[str, Any]
    troubles: tuple[str, ...]


def status(arguments: argparse.Namespace, output: Output) -> int:
    """Asks the running process of a settings file; where none answers, reads the last heartbeats.

    Returns:
        The exit status: 0 where a process runs, every camera sees (or has its lights out while the store is closed),
        the database takes facts and the disk has room for them, else 1.

    Raises:
        SettingsError: The settings file is broken.
    """
    settings = load(arguments.config)
    now = datetime.now(tz=UTC)
    told = _ask(settings.service.port) if settings.service.port else None
    if told is not None and told.get("store") != settings.store.id:
        told = None  # another store's process
    answer = _of_process(told, settings, now) if told is not None else _of_database(settings, arguments.database, now)
    if arguments.json:
        found = {"running": answer.running, "troubles": answer.troubles, **answer.content}
        output.results.print(json.dumps(found, ensure_ascii=False), markup=False, soft_wrap=True)
    else:
        _print(answer, settings, now, output)
    return WRONG if answer.troubles else WELL


def _ask(port: int) -> dict[str, Any] | None:
    """The status of the process at a port; None where nobody answers in our way."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_S)
    with closing(connection):
        try:
            connection.request("GET", "/status.json")
            with connection.getresponse() as answer:
                content = json.loads(answer.read()) if answer.status == http.client.OK else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
    return content if isinstance(content, dict) and "cameras" in content else None


def _of_process(told: dict[str, Any], settings: Settings, now: datetime) -> _Answer:
    troubles = list(_camera_troubles(told["cameras"], settings, now))
    if told["database"]["refused_since"] is not None:
        troubles.append(f"the database refuses: {told['database']['words']}")
    troubles += [alert["words"] for alert in told["alerts"] if alert["kind"] in OWN_ALERTS]
    behind = now - datetime.fromisoformat(told["at"])
    if abs(behind) > STALE:
        troubles.append(f"the process hangs: its last status is {_ago(behind)} old")
    return _Answer(running=True, content=told, troubles=tuple(troubles))


def _camera_troubles(told: list[dict[str, Any]], settings: Settings, now: datetime) -> Iterator[str]:
    """What is wrong with the cameras; lights that are out while the store is closed are not."""
    closed = hours_of(settings).open_since(now) is None
    beats = {camera["id"]: camera["beat"] for camera in told}
    for camera in settings.cameras:
        beat = beats.get(camera.id)
        streams = not isinstance(camera.source, str) or camera.source.startswith(STREAMS)
        if beat is None:
            if streams or camera.follow:  # a recording is counted once, and not watched
                yield f"camera {camera.id} is not watched"
            continue
        state, since = beat["state"], datetime.fromisoformat(beat["since"])
        if state == "starting":
            if now - since > LONGEST_START:
                yield f"camera {camera.id} has given no picture for {_ago(now - since)}"
        elif state != "ok":
            if not (closed and state in NIGHT):
                yield f"camera {camera.id} cannot see: {state}"
        elif streams and beat["last_picture"] is not None:  # pictures of a followed folder are as old as its files
            silent = now - datetime.fromisoformat(beat["last_picture"])
            if silent > LONGEST_PICTURE:
                yield f"camera {camera.id} gave its last picture {_ago(silent)} ago"


def _of_database(settings: Settings, database: str | None, now: datetime) -> _Answer:
    """What the stored heartbeats tell: the only way where the settings want no page, else the last that is known."""
    try:
        with closing(open_facts(database_of(settings, database), busy_timeout_s=BUSY_TIMEOUT_S)) as reader:
            rows = latest_heartbeats(reader)
    except ContractError as error:
        return _Answer(running=False, content={"cameras": []}, troubles=("nothing is running", str(error)))
    ours = {camera.id for camera in settings.cameras}
    beats = [
        row
        for row in (dict(zip(rows.columns, values, strict=True)) for values in rows.values)
        if row["camera_id"] in ours
    ]
    cameras = [
        {
            "id": beat["camera_id"],
            "beat": {
                "at": _time(beat["at_utc_ms"]),
                "state": beat["state"],
                "since": _time(beat["since_utc_ms"]),
                "fps": beat["fps"],
                "frames_seen": beat["frames_seen"],
                "frames_dropped": beat["frames_dropped"],
                "reconnects": beat["reconnects"],
                "last_picture": _time(beat["last_picture_utc_ms"]),
            },
        }
        for beat in beats
    ]
    last = max((str(camera["beat"]["at"]) for camera in cameras), default=None)  # type: ignore[index]
    since = "" if last is None else f" since {_local(last, settings.store.time_zone)}"
    tidy = bool(beats) and all(beat["state"] == "stopped" for beat in beats)
    silent = now - datetime.fromisoformat(last) if last is not None else BEATS_WITHIN
    if not tidy and abs(silent) < BEATS_WITHIN:
        if not settings.service.port:
            fresh = [c for c in cameras if now - datetime.fromisoformat(str(c["beat"]["at"])) < BEATS_WITHIN]  # type: ignore[index]
            return _Answer(True, {"cameras": cameras}, tuple(_camera_troubles(fresh, settings, now)))
        words = f"its last heartbeat is {_ago(silent)} old: it hangs, was just killed, or found its port taken"
        words = f"nothing answers at http://{HOST}:{settings.service.port}, but {words}"
        return _Answer(running=False, content={"cameras": cameras}, troubles=(words,))
    how = " (stopped in order)" if tidy else " (it ended without being stopped)" if beats else "; it never was"
    return _Answer(running=False, content={"cameras": cameras}, troubles=(f"nothing is running{since}{how}",))


def _print(answer: _Answer, settings: Settings, now: datetime, output: Output) -> None:
    zone = settings.store.time_zone
    show = output.results.print
    if "began" in answer.content:
        began = datetime.fromisoformat(answer.content["began"])
        show(f"{settings.store.name}: running for {_ago(now - began)}", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("camera", "state", "since", "frames/s", "analysed", "dropped", "reconnects", "last picture"):
        table.add_column(heading, justify="left" if heading in {"camera", "state", "since"} else "right")
    for camera in answer.content["cameras"]:
        beat = camera["beat"]
        last = "never" if beat["last_picture"] is None else _ago(now - datetime.fromisoformat(beat["last_picture"]))
        table.add_row(
            camera["id"],
            beat["state"],
            _local(beat["since"], zone),
            f"{beat['fps']:.1f}",
            str(beat["frames_seen"]),
            str(beat["frames_dropped"]),
            str(beat["reconnects"]),
            last if last == "never" else f"{last} ago",
        )
    if answer.content["cameras"]:
        show(table)
    for line in [*_store_lines(answer), *answer.troubles]:
        show(line, markup=False, soft_wrap=True)


def _store_lines(answer: _Answer) -> list[str]:
    """What goes on in the store and with its database, in words."""
    if "windows" not in answer.content:  # only the process itself knows them
        return []
    windows, database = answer.content["windows"], answer.content["database"]
    lines = []
    occupancy = windows["occupancy"]
    if occupancy is not None:
        people = "not known" if occupancy["people"] is None else occupancy["people"]
        lines.append(f"in the store: {people} ({occupancy['coverage']:.0%} of the day seen)")
    lines += [
        f"in {zone['zone']} ({zone['camera']}): {'not known' if zone['people'] is None else zone['people']}"
        for zone in windows["zones"]
    ]
    lines.append(
        f"facts: {database['waiting']} waiting, {database['lost']} lost; "
        f"spool {database['spooled_bytes'] / 1e6:.1f} MB"
        + ("" if database["disk_free_bytes"] is None else f"; {database['disk_free_bytes'] / 1e9:.1f} GB free")
    )
    if waiting := answer.content.get("messages_waiting", 0):
        lines.append(f"messages about alerts that nobody has taken yet: {waiting} (the log says why)")
    told = [alert for alert in answer.content["alerts"] if alert["words"] not in answer.troubles]
    return lines + [f"alert: {alert['words']}" for alert in told]


def _time(ms: Any) -> str | None:
    return None if ms is None else (EPOCH + timedelta(milliseconds=int(ms))).isoformat(timespec="milliseconds")


def _local(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def _ago(length: timedelta) -> str:
    """A length of time with one or two units."""
    seconds = max(round(length.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
