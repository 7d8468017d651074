"""``footfall-analytics now``: the running hour beside what was expected of it."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.table import Table

from ..frames import moment
from ..jobs.rightnow import Watcher
from ..money import in_words
from ..settings import load
from .opening import opened

if TYPE_CHECKING:
    from rich.console import Console

    from ..jobs.context import Context
    from ..jobs.rightnow import RightNow, Stretch
    from ..now import Reading
    from .parents import Parents, Parsers

_NAMES = {"visits": "visits", "receipts": "transactions", "conversion": "conversion", "sales_minor": "sales"}
_WHY = {
    "camera": "unknown: a camera at the doors is down",
    "receipts": "unknown: no receipt of this hour was imported yet",
    "no_visits": "nobody came yet",
    "closed": "the store is closed in this hour",
    "forecast": "not judged: there is no forecast for this hour",
    "early": "not judged: too little of the hour has passed",
}
_LEAST_EVERY_S, _MOST_EVERY_S = 1.0, 3600.0


def now(options: argparse.Namespace, console: Console) -> int:
    """Shows the running hour, once or until Ctrl-C."""
    settings = load(options.config)
    with opened(settings, migrates=False) as context:
        watcher = Watcher(context)
        try:
            while True:
                _show(watcher.look(_at(options, context)), context, options, console)
                if not options.watch:
                    return 0
                time.sleep(options.every)
                if console.is_terminal and not options.json:
                    console.clear()
        except KeyboardInterrupt:
            return 0


def _at(options: argparse.Namespace, context: Context) -> datetime:
    if options.at is None:
        return datetime.now(tz=UTC)
    return moment(options.at, context.time.zone)


def _show(seen: RightNow, context: Context, options: argparse.Namespace, console: Console) -> None:
    if options.json:
        console.print(json.dumps(_plain(seen), ensure_ascii=False), markup=False, highlight=False, soft_wrap=True)
        return
    store = context.facts.store
    wall = seen.at.astimezone(ZoneInfo(store.time_zone))
    state = "open" if seen.open else "closed"
    title = f"{store.name}, {wall:%a %Y-%m-%d %H:%M:%S}, {state}; {100 * seen.share:.0f} % of the hour from"
    table = Table(title=f"{title} {seen.local_hour}:00 has passed", title_justify="left")
    for heading in ("", "so far", "expected by now (80 %)", ""):
        table.add_column(heading, justify="right" if "so far" in heading or "expected" in heading else "left")
    for one in seen.readings:
        table.add_row(*_row(one, store.currency))
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
    for line in _lines(seen):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _row(one: Reading, currency: str) -> tuple[str, str, str, str]:
    name, value = _NAMES[one.measure], _told(one.value, one.measure, currency)
    expected = ""
    if one.expected is not None:
        ends = (_told(end, one.measure, currency) for end in (one.expected.lo80, one.expected.hi80))
        expected = f"{_told(one.expected.mean, one.measure, currency)} ({next(ends)} to {next(ends)})"
    if one.fits is None:
        return name, value, expected, _WHY.get(one.why or "", "")
    return name, value, expected, f"far {one.fits}" if one.far else one.fits


def _told(value: float | None, measure: str, currency: str) -> str:
    if value is None:
        return "-"
    if measure == "conversion":
        return f"{100 * value:.1f} %"
    return in_words(round(value), currency) if measure == "sales_minor" else f"{value:.0f}"


def _lines(seen: RightNow) -> list[str]:
    hour, quarter, sixty = seen.hour, *seen.last
    found = [
        f"this hour: {_doors(hour)}; last 15 minutes: {_doors(quarter)}; last 60 minutes: {_doors(sixty)}",
        "inside now: "
        + ("unknown: the doors were not watched all day" if seen.occupancy is None else f"{seen.occupancy}"),
    ]
    share = "nothing of it is known yet" if hour.coverage is None else f"{100 * hour.coverage:.0f} % of it was seen"
    told = f"last word of the cameras: {_ago(seen.at, seen.newest_fact)}"
    found.append(f"coverage of the hour so far: {share}; {told}")
    found.append(f"newest receipt: {_ago(seen.at, seen.newest_receipt)}")
    if seen.late:
        found.append(f"{seen.late} events came too late for their hour; the night counts them")
    return found


def _doors(stretch: Stretch) -> str:
    if not stretch.known:
        return "unknown"
    return f"{stretch.tally.entries_in} in, {stretch.tally.entries_out} out"


def _ago(at: datetime, then: datetime | None) -> str:
    if then is None:
        return "none today"
    seconds = max((at - then).total_seconds(), 0.0)
    return f"{seconds:.0f} s ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"


def _plain(seen: RightNow) -> dict[str, Any]:
    """The same as values for other programs; what is not known is null."""
    found: dict[str, Any] = asdict(seen)
    for name in ("at", "newest_fact", "newest_receipt"):
        found[name] = None if found[name] is None else found[name].isoformat()
    for stretch in (found["hour"], *found["last"]):
        if not stretch["known"]:
            stretch["tally"] |= dict.fromkeys(("entries_in", "entries_out", "visits"))
        if not stretch["sold"]:
            stretch["tally"] |= dict.fromkeys(("receipts", "sales_minor"))
    return found


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not _LEAST_EVERY_S <= found <= _MOST_EVERY_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 3600")
    return found


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-03-02T14:30") from error
    if found.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{text!r} must be a time of the store's clock, without an offset")
    return found


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("now", parents=[parents.config], help="the running hour against its forecast")
    one.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    one.add_argument("--every", type=_seconds, default=5.0, metavar="S", help="seconds between (default: %(default)s)")
    one.add_argument("--at", type=_moment, metavar="TIME", help="a past moment of the store's clock instead")
    one.add_argument("--json", action="store_true", help="one JSON object a look")
    one.set_defaults(command=now)
