"""The command that writes reports: of any days, or of a day, a week or a month each."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from .. import report as reports
from ..frames import Window
from ..jobs import local_today, look_back, period_report, report_data, write_report
from ..settings import load
from .opening import UsageError, complain, opened

if TYPE_CHECKING:
    import argparse
    from datetime import date

    from rich.console import Console

    from ..jobs import Context, Written
    from .parents import Parents, Parsers

KINDS = {"days": reports.SPAN, "daily": reports.DAY, "weekly": reports.WEEK, "monthly": reports.MONTH}
LANGUAGES = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}


def report(options: argparse.Namespace, console: Console) -> int:
    """Writes one report of some days, or one for each day, week or month that ends in them, and says where."""
    if options.since and options.until and options.until <= options.since:
        raise UsageError(
            f"--until {options.until}: must be after --since {options.since} (it is the day after the last)"
        )
    with opened(load(options.config)) as found:
        context = _as_asked(found, options)
        kind = KINDS[options.kind]
        until = options.until or local_today(context.time)
        written, errors = _spans(context, options, kind, until)
        for one in written:
            console.print(str(one.page), soft_wrap=True)
        for error in errors:
            complain(error)
        if options.open and written:
            webbrowser.open(written[-1].page.as_uri())
    return 1 if errors or not written else 0


def _spans(context: Context, options: argparse.Namespace, kind: str, until: date) -> tuple[list[Written], list[str]]:
    if kind == reports.SPAN:
        window = look_back(context, until)
        if options.since:
            window = Window.of(options.since, until, context.time)
        data = report_data(context, window, kind)
        if data.hours().empty:
            complain("no day of this window was computed yet: run all first")
        page = write_report(context, data, context.plan.report)
        return [page], list(page.errors)
    retail = context.plan.reports.retail
    if options.since:
        days = reports.within(kind, options.since, until, retail=retail)
    else:
        days = reports.ended(kind, until, 1, retail=retail)
    written: list[Written] = []
    errors: list[str] = []
    for first, end in days:
        found = period_report(context, kind, (first, end))
        if found is not None:  # else nothing is known of these days, or the store was shut
            written.append(found)
            errors += found.errors
    if days and not written:
        errors.append(
            f"{days[0][0]} to {days[-1][1] - timedelta(days=1)}: nothing is known of these days, or the store was shut"
        )
    return written, errors or ([] if days else [f"no such period ends between {options.since} and {until}"])


def _as_asked(context: Context, options: argparse.Namespace) -> Context:
    """The settings' rules, with what the command line says instead."""
    rules = context.plan.reports
    if options.language:
        rules = replace(rules, languages=LANGUAGES[options.language])
    if options.pdf and "pdf" not in rules.formats:
        rules = replace(rules, formats=(*rules.formats, "pdf"))
    if not options.send:
        rules = replace(rules, send=())
    elif KINDS[options.kind] not in rules.send:
        rules = replace(rules, send=(*rules.send, KINDS[options.kind]))
    return replace(context, plan=replace(context.plan, reports=rules))


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command to the command line."""
    one = commands.add_parser("report", parents=[parents.config, parents.days], help="write reports")
    one.add_argument(
        "kind",
        nargs="?",
        default="days",
        metavar="KIND",
        choices=tuple(KINDS),
        help="days: one report of all of them (default); daily, weekly, monthly: one for each that ends in them",
    )
    one.add_argument("--pdf", action="store_true", help="also print to PDF, by the Chromium that is installed")
    one.add_argument("--language", choices=tuple(LANGUAGES), help="instead of that of the settings")
    one.add_argument("--send", action="store_true", help="send a new daily, weekly or monthly report by e-mail")
    one.set_defaults(command=report)
