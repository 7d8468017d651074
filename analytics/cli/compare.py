"""``footfall-analytics compare``: is it different, or is it chance."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rich.table import Table

from .. import comparisons
from ..frames import CALENDAR_DAYS, DAILY, TILL_HOURLY
from ..settings import load
from .opening import UsageError, opened, suggest
from .window import read_day, refuse_backward

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from ..comparisons import Change, Finding
    from ..jobs import Context
    from .parents import Parents, Parsers

# Without a window: what a season says.
DAYS = 182
BEFORE_AND_AFTER = ("visits", "conversion", "net_sales")


def compare(options: argparse.Namespace, console: Console) -> int:
    """Compares the days of a period, or a promotion or a change with matched days."""
    settings = load(options.config)
    for name in (*options.measure, *([options.control] if options.control else [])):
        if name not in comparisons.MEASURES:
            raise UsageError(f"{name}: unknown measure{suggest(name, comparisons.MEASURES)}")
    with opened(settings) as context:
        currency = context.facts.store.currency
        found = _changes(options, context) if options.promotion or options.after else _overview(options, context)
    if options.json:
        console.print_json(json.dumps([asdict(f) | {"verdict": f.verdict} for f in found], ensure_ascii=False))
        return 0
    table = Table(title="Difference or chance", title_justify="left", show_lines=True)
    for heading in ("what", "found", "by"):
        table.add_column(heading)
    for f in found:
        by = f"{comparisons.name_of_test(f, options.language)}\n{comparisons.effect_words(f, options.language)}".strip()
        said = comparisons.sentence(f, options.language, currency)
        table.add_row(comparisons.question(f, options.language), said, by)
    console.print(table if found else "no day of this period was computed yet: run all first")
    return 0


def _overview(options: argparse.Namespace, context: Context) -> tuple[Finding, ...]:
    daily = context.results.read(DAILY)
    if daily.empty:
        return ()
    until = options.until or daily["local_date"].max().date() + timedelta(days=1)
    since = options.since or until - timedelta(days=DAYS)
    refuse_backward(since, until)
    frames = (daily, context.results.read(CALENDAR_DAYS), context.results.read(TILL_HOURLY))
    return comparisons.overview(*(_within(frame, since, until) for frame in frames))


def _changes(options: argparse.Namespace, context: Context) -> tuple[Finding, ...]:
    calendar = context.results.read(CALENDAR_DAYS)
    daily = context.results.read(DAILY)
    change = _promotion(options.promotion, calendar) if options.promotion else _asked(options)
    measures = options.measure or BEFORE_AND_AFTER
    return comparisons.corrected(
        [comparisons.before_after(daily, calendar, measure, change, options.control) for measure in measures]
    )


def _promotion(name: str, calendar: pd.DataFrame) -> Change:
    known = calendar[calendar["promotion"].notna()]
    mine = known[[name in str(text).split("; ") for text in known["promotion"]]]
    if mine.empty:
        names = sorted({part for text in known["promotion"] for part in str(text).split("; ")})
        raise UsageError(f"{name}: unknown promotion{suggest(name, names) if names else '; the calendar names none'}")
    days = mine["local_date"]
    return comparisons.Change(name, days.min().date(), days.max().date())


def _asked(options: argparse.Namespace) -> Change:
    first, last = options.after
    if options.before and options.before[1] >= first:
        raise UsageError(f"--before ends on {options.before[1]}, not before --after begins on {first}")
    return comparisons.Change(options.name, first, last, lasting=True, baseline=options.before)


def _within(frame: pd.DataFrame, since: date, until: date) -> pd.DataFrame:
    days = frame["local_date"].dt.date
    mine: pd.DataFrame = frame[(days >= since) & (days < until)]
    return mine.reset_index(drop=True)


def _span(text: str) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(part) for part in text.split(".."))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a span such as 2026-03-01..2026-03-14") from error
    if last < first:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return first, last


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the commands of this module to the command line."""
    one = commands.add_parser("compare", parents=[parents.config], help="difference or chance, with its statistics")
    one.add_argument(
        "--since", type=read_day, metavar="DATE", help="first day of an overview (default: half a year back)"
    )
    one.add_argument("--until", type=read_day, metavar="DATE", help="day after its last")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--promotion", metavar="NAME", help="a promotion of the calendar against matched days")
    what.add_argument("--after", type=_span, metavar="A..B", help="days after a change, first..last")
    one.add_argument("--before", type=_span, metavar="A..B", help="days before it (default: six weeks)")
    one.add_argument("--name", default="change", help="what to call the change")
    one.add_argument("--measure", action="append", default=[], help=f"one of {', '.join(comparisons.MEASURES)}")
    one.add_argument(
        "--control", metavar="MEASURE", help="a measure the change cannot touch: its own change is taken off"
    )
    one.add_argument("--language", choices=("en", "zh"), default="en", help="of the sentences")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.set_defaults(command=compare)
