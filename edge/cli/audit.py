"""``footfall-edge audit``: a person counts windows of a recording, and hears how right the product was."""

from __future__ import annotations

import json
import math
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from .. import audit as room
from ..audit import AuditError, Candidate, ClipFolder, Ledger, Sheet, Span
from ..contract import line_version, open_facts, open_store
from ..localpage import serve
from ..settings import load
from .audit_sources import candidates_of, scene_for, sources_of, within
from .build import UsageError, camera_named, database_of, scene_of, watched
from .replay import read_start, terminable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ..contract import FactReader, FactStore
    from ..scene import Camera
    from ..settings import Settings
    from .audit_sources import Source
    from .output import Output

SHORTEST_S, LONGEST_S, HOUR_S = 10, 900, 3600
STOP, SKIP = "q", "s"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for.

    Attributes:
        length: Of a window.
        at: Where windows begin that must be counted; none: they are chosen.
        windows: How many to choose.
    """

    length: timedelta
    at: tuple[datetime, ...]
    windows: int


def audit(arguments: argparse.Namespace, output: Output) -> None:
    """Chooses windows of the recordings, lets them be counted, and prints what all counted windows show.

    Raises:
        UsageError: An option or a recording does not fit.
        ContractError: There are no facts, or the database refused.
    """
    settings = load(arguments.config)
    wish = _read_wish(arguments, settings)
    if arguments.camera is not None:
        camera_named(settings, arguments.camera)
    if not arguments.paths and (wish.at or arguments.plan or arguments.terminal):
        raise UsageError("audit: --at, --plan and --terminal need the recordings to count from")
    database = database_of(settings, arguments.database)
    open_facts(database).close()  # a database that is missing is an error here, not to be made
    with terminable(), closing(open_store(database)) as store, closing(open_facts(database)) as reader:
        work = _Work(settings, reader, store, output)
        try:
            if not arguments.paths or work.count(wish, arguments):
                work.print_report(arguments.camera, as_json=arguments.json)
        except AuditError as error:
            raise UsageError(str(error)) from error


class _Work:
    """One audit of one store.

    Args:
        settings: The whole file.
        reader: For facts and audits.
        store: For new audits.
        output: Where to print.
    """

    def __init__(self, settings: Settings, reader: FactReader, store: FactStore, output: Output) -> None:
        self._settings = settings
        self._reader = reader
        self._output = output
        self._zone = ZoneInfo(settings.store.time_zone)
        self._differences: list[str] = []
        scenes = [scene_of(camera) for camera in settings.cameras]
        versions = {(c.id, line.id): line_version(line) for c in scenes for line in c.lines}
        self._ledger = Ledger(reader, store, settings.store.id, versions, self._zone)
        hashes = {camera.id: watched(settings, camera).config_hash for camera in settings.cameras}
        self._usable = {name: room.usable(reader, name, found) for name, found in hashes.items()}
        self._ledger.compare_anew(self._usable)

    def count(self, wish: Wish, arguments: argparse.Namespace) -> bool:
        """Chooses windows and lets a person count them; every window is stored as soon as it is finished.

        Returns:
            False where only the plan was asked for and printed.

        Raises:
            UsageError: A recording does not fit.
            AuditError: A window asked for is not recorded, or there is none to choose from.
            KeyboardInterrupt: She pressed Ctrl-C; finished windows are stored.
        """
        camera, sources = sources_of(arguments, self._settings, self._reader, self._usable)
        todo = self._choose(camera, sources, wish)
        if not todo:
            self._output.problem(NOTHING_LEFT)
        if arguments.plan:
            self._print_plan(camera, sources, todo, as_json=arguments.json)
            return False
        if todo and arguments.terminal:
            self._ask(camera, sources, todo, arguments.auditor)
        elif todo:
            self._show(camera, sources, todo, arguments)
        return True

    def _choose(self, camera: Camera, sources: Sequence[Source], wish: Wish) -> list[Candidate]:
        named = [(source.recording.path.name, source.counted) for source in sources]
        if wish.at:
            return [room.covering(Span(t, t + wish.length), camera.id, named, self._clock) for t in wish.at]
        hours = self._settings.store.opening_hours.days
        candidates = candidates_of(self._reader, camera, sources, wish.length)
        fitting = set(room.in_hours([c.window for c in candidates], hours, self._zone))
        candidates = [c for c in candidates if c.window in fitting]
        if not candidates:
            there = "; ".join(f"{name} {self._clock(span)}" for name, spans in named for span, _ in spans)
            raise AuditError(
                f"camera {camera.id}: no whole window of {wish.length.total_seconds() / 60:g} min within the opening "
                f"hours was recorded and counted; what was: {there or 'nothing'}; try a shorter one with --minutes"
            )
        done = [Span(a.begins, a.ends) for a in self._ledger.valid() if a.camera == camera.id]
        ordered = room.in_order(candidates, camera.id, self._zone)
        return [c for c in ordered if not any(c.window.meets(span) for span in done)][: wish.windows]

    def _print_plan(
        self, camera: Camera, sources: Sequence[Source], todo: Sequence[Candidate], *, as_json: bool
    ) -> None:
        """Which windows would be counted, in their order."""
        heading = ("camera", "recording", "from", "to", "store time", "hours")
        rows = []
        for one in todo:
            source = sources[one.recording]
            band = room.band_name(room.band_of(one.window.begins, self._zone))
            name = source.recording.path.name
            rows.append((camera.id, name, *within(source, one.window), self._clock(one.window), band))
        if as_json:
            self._print_json([dict(zip(heading, row, strict=True)) for row in rows])
        elif rows:
            self._print_table([heading, *rows])

    def _show(
        self, camera: Camera, sources: Sequence[Source], todo: Sequence[Candidate], arguments: argparse.Namespace
    ) -> None:
        """On the page."""
        from ..audit.page import Desk, build  # noqa: PLC0415 - needs flask, which nothing else here does

        def save(number: int, presses: room.Presses) -> None:
            self._enter(camera, todo[number], Sheet(arguments.auditor, _now(), presses=presses))

        def announce(address: str) -> None:
            self._output.problem(f"count here: {address}")

        with ClipFolder() as clips:
            desk = Desk(
                camera=camera,
                scenes=[scene_for(sources[one.recording], one) for one in todo],
                titles=[self._clock(one.window) for one in todo],
                clips=clips,
                save=save,
                result=lambda: (self._table(arguments.camera), self._differences),
                done=threading.Event(),
            )
            ending = serve(build(desk), desk.done, announce, open_browser=not arguments.no_browser)
        if ending == "interrupted":
            raise KeyboardInterrupt
        if ending == "idle":
            self._output.problem("nobody used the page for long; the windows finished before are stored")

    def _ask(self, camera: Camera, sources: Sequence[Source], todo: Sequence[Candidate], auditor: str) -> None:
        """In the terminal: which part to watch, then one number a line and direction."""
        note = self._output.problem
        note(f"Watch each part in a player of your own and type what you count; {SKIP} leaves one out, {STOP} stops.")
        for number, one in enumerate(todo, start=1):
            path, (begins, ends) = sources[one.recording].recording.path, within(sources[one.recording], one.window)
            note(f"window {number} of {len(todo)}: {path} from {begins} to {ends} ({self._clock(one.window)})")
            totals: dict[tuple[str, str], int] = {}
            answer = ""
            for line, way in [(x.id, way) for x in camera.lines for way in room.directions_of(x)]:
                answer = self._number(f"  {line} {way}: ")
                if answer in {STOP, SKIP}:
                    break
                totals[line, way] = int(answer)
            if answer == STOP:
                return
            if answer != SKIP:
                self._enter(camera, one, Sheet(auditor, _now(), totals=totals))

    def _number(self, question: str) -> str:
        """A whole number as typed, or one of the two letters; the end of the input stops."""
        while True:
            self._output.notes.print(question, markup=False, end="")
            try:
                answer = input().strip().lower()
            except EOFError:
                self._output.notes.print()  # what follows does not go on in the line of the question
                return STOP
            if answer in {STOP, SKIP} or (answer.isascii() and answer.isdigit() and len(answer) <= 4):
                return answer
            self._output.problem(f"  {answer!r}: must be a whole number, {SKIP} or {STOP}")

    def _enter(self, camera: Camera, one: Candidate, sheet: Sheet) -> None:
        self._differences += self._ledger.enter(camera, one, sheet)

    def print_report(self, camera_id: str | None, *, as_json: bool) -> None:
        """What all counted windows show.

        Args:
            camera_id: Only this camera.
            as_json: For machines.
        """
        if as_json:
            report = room.as_data(self._ledger.report(camera_id))
            self._print_json({"report": report, "differences": self._differences})
            return
        table = self._table(camera_id)
        if len(table) == 1:
            self._output.problem("nothing was counted by hand yet: footfall-edge audit RECORDING --config ...")
            return
        self._print_table(table)
        for line in self._differences:
            self._output.results.print(line, markup=False)

    def _table(self, camera_id: str | None) -> list[tuple[str, ...]]:
        return room.table(self._ledger.report(camera_id), cameras=len(self._settings.cameras) > 1)

    def _print_table(self, rows: Sequence[tuple[str, ...]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in rows[0]:
            table.add_column(heading, justify="right" if heading in NUMBERS else "left", overflow="fold")
        for row in rows[1:]:
            table.add_row(*map(Text, row))
        self._output.results.print(table)

    def _print_json(self, data: object) -> None:
        self._output.results.print(json.dumps(data, indent=1), markup=False, soft_wrap=True)

    def _clock(self, span: Span) -> str:
        """A span in store time."""
        begins, ends = span.begins.astimezone(self._zone), span.ends.astimezone(self._zone)
        return f"{begins:%Y-%m-%d %H:%M:%S}-{ends:%H:%M:%S}"


NOTHING_LEFT = "every window of these recordings is counted: give more recordings, or count one again with --at TIME"
NUMBERS = frozenset(("windows", "by hand", "counted", "balanced", "unbalanced"))


def _read_wish(arguments: argparse.Namespace, settings: Settings) -> Wish:
    """The options about windows.

    Raises:
        UsageError: A window is too short or too long, an hour is no whole number of them, a time is none, or two
            windows overlap.
    """
    seconds = round(arguments.minutes * 60) if math.isfinite(arguments.minutes) else 0
    if not SHORTEST_S <= seconds <= LONGEST_S or HOUR_S % seconds:
        rule = "must divide an hour and be at most 15, such as 0.5, 1, 5 or 15"
        raise UsageError(f"--minutes: {arguments.minutes:g}: {rule}")
    if arguments.windows < 1:
        raise UsageError(f"--windows: {arguments.windows}: must be at least 1")
    length = timedelta(seconds=seconds)
    moments = [m for m in (read_start(text, settings, "--at") for text in arguments.at) if m is not None]
    zone = ZoneInfo(settings.store.time_zone)
    for one, other in pairwise(sorted(moments)):
        if other - one < length:  # the second would replace what was just counted of the first
            first, second = (f"{m.astimezone(zone):%Y-%m-%d %H:%M:%S}" for m in (one, other))
            raise UsageError(
                f"--at: the windows of {arguments.minutes:g} min that begin at {first} and {second} overlap"
            )
    return Wish(length, tuple(moments), arguments.windows)


def _now() -> datetime:
    return datetime.now(tz=UTC)
