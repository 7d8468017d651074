"""The commands around the nightly job: check, import, run, schedule."""

from __future__ import annotations

import logging
import signal
import webbrowser
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.table import Table

from ..jobs import (
    JOBS,
    Job,
    days_due,
    in_order,
    local_today,
    look_back,
    next_night,
    run_night,
    run_window,
    scheduler,
    take_in,
    unknown_zones,
)
from ..results import ResultsError, held, mark_interrupted
from ..settings import load
from ..sources import SOURCES, SourceError
from .files import looks_of
from .opening import UsageError, complain, opened, suggest
from .progress import all_well, steps_shown, summary
from .window import refuse_backward, window_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import Console

    from ..frames import Window
    from ..settings import Settings
    from .parents import Parents, Parsers


log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("config/analytics.toml")
# A night waits so long for somebody who runs jobs by hand.
WAIT_S = 3600.0


def _on_the_wall(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")


def check(options: argparse.Namespace, console: Console) -> int:
    """Validates everything that can be validated without computing, and says what it resolved to."""
    settings = load(options.config)
    table = Table(title=f"{options.config}", title_justify="left", show_header=False)
    table.add_row("database", str(settings.database_path))
    missing: list[str] = []
    with opened(settings) as context:
        store = context.facts.store
        table.add_row("store", f"{store.id} ({store.name}), {store.time_zone}, {store.currency}")
        table.add_row("business day", f"begins at {context.time.turns_min // 60:02}:00")
        begin, zone = context.facts.begin(), ZoneInfo(store.time_zone)
        table.add_row("facts since", _on_the_wall(begin, zone) if begin else "none yet")
        for kind in SOURCES:
            files = settings.files(kind)
            missing += [f"{path}: no such file" for path in files if not path.is_file()]
            table.add_row(kind, f"{len(files)} file{'' if len(files) == 1 else 's'}" if files else "none")
        looked = looks_of(context, settings)
        missing += [f"{options.config}: {line}" for line in unknown_zones(context)]
        table.add_row("queries", ", ".join(query.name for query in settings.queries) or "none")
        landing = context.plan.landing
        missing += [*(landing.broken if landing else ()), *context.plan.notifier.broken]
        due = days_due(context, JOBS, local_today(context.time))
        table.add_row("days to compute", str(len(due)))
        night = next_night(settings.schedule.at, store.time_zone, datetime.now(tz=UTC))
        table.add_row("next night", _on_the_wall(night, zone))
    table.add_row("report", str(settings.resolve(settings.report.folder)))
    console.print(table)
    for line in looked:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in missing:
        complain(line)
    return 2 if missing else 0


def import_(options: argparse.Namespace, console: Console) -> int:
    """Imports the files of the settings, or those of the command line."""
    settings = load(options.config)
    kind: str | None = options.kind
    if kind is not None and kind not in SOURCES:
        raise UsageError(f"{kind}: unknown kind of file{suggest(kind, SOURCES)}")
    files = {str(kind): [Path(file) for file in options.files]} if options.files else None
    table = Table(title="Imported", title_justify="left")
    for heading in ("file", "read", "kept", "rejected", "duplicate", "new", "changed"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    told: list[str] = []
    with opened(settings) as context, console.status("importing"):
        taken = take_in(context, tuple(SOURCES) if kind is None else (kind,), files)
    for outcome in taken.outcomes:
        done = outcome.imported
        if done is None:
            continue
        counts = (done.rows_read, done.rows_kept, done.rows_rejected, done.rows_duplicate)
        fresh = ("known", "") if outcome.known else (f"{done.rows_new:,}", f"{done.rows_changed:,}")
        table.add_row(outcome.path.name, *(f"{n:,}" for n in counts), *fresh)
        if done.notes and not outcome.known:
            told.append(f"{outcome.path}: {done.notes}")
        if outcome.rejects is not None:
            told.append(f"{outcome.path}: {done.rows_rejected} rows rejected, see {outcome.rejects}")
    console.print(table)
    for line in (*told, *taken.told, *taken.errors):
        complain(line)
    return 1 if taken.errors else 0


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs one job, or all in order, over some days."""
    jobs = _jobs(options.job)
    if options.since and options.until:
        refuse_backward(options.since, options.until)  # before any file is opened
    settings = load(options.config)
    with opened(settings) as context, held(settings.database_path, "run"):
        mark_interrupted(context.results)
        window = window_of(options, context)
        steps: list[tuple[Sequence[Job], Window]] = [(jobs, window)]
        if options.since is None and options.until is None and options.job in ("all", "report"):
            # The report of one day alone says little: without a window it looks back as it does every night.
            steps = [([job for job in jobs if job.name != "report"], window)]
            steps += [([job for job in jobs if job.name == "report"], look_back(context, window.end))]
        with steps_shown(console, as_json=options.json) as show:
            outcomes = chain.from_iterable(run_window(context, some, days, show) for some, days in steps)
            title = f"{window.first} to {window.last}"
            good = all_well(summary(outcomes, title, console, as_json=options.json))
    page = settings.resolve(settings.report.folder) / "report.html"
    if good and options.open and page.is_file():
        webbrowser.open(page.as_uri())
    return 0 if good else 1


def schedule(options: argparse.Namespace, console: Console) -> int:
    """Makes up for missed nights, then runs every night until stopped."""
    in_order(JOBS)
    settings = load(options.config)
    with opened(settings) as context:
        zone = context.facts.store.time_zone
    good = True

    def night() -> None:
        nonlocal good
        try:
            good = _night(settings, console, as_json=options.json)
        except (SourceError, ResultsError) as error:
            good = False
            log.error("the night could not run: %s; it is tried again tomorrow", error)  # noqa: TRY400 - names all
        if not options.once and not options.json:
            following = next_night(settings.schedule.at, zone, datetime.now(tz=UTC))
            console.print(f"next night: {_on_the_wall(following, ZoneInfo(zone))}")

    with held(settings.database_path, "schedule"):
        if options.once:
            night()
            return 0 if good else 1
        planned = scheduler(night, settings.schedule.at, zone)
        signal.signal(signal.SIGTERM, lambda *_: planned.shutdown(wait=False))
        try:
            planned.start()
        except KeyboardInterrupt:
            planned.shutdown(wait=False)
    return 0


def _night(settings: Settings, console: Console, *, as_json: bool) -> bool:
    """One night; who is to be told of failures is told. True when all ended well."""
    with opened(settings) as context, held(settings.database_path, "run", wait_s=WAIT_S):
        today = local_today(context.time)
        with steps_shown(console, as_json=as_json) as show:
            night = run_night(context, JOBS, today, show)
            outcomes = summary(night, f"the night before {today}", console, as_json=as_json)
        for problem in context.notifier.failed(outcomes, today - timedelta(days=1)):
            complain(problem)
    return all_well(outcomes)


def _jobs(name: str) -> tuple[Job, ...]:
    if name == "all":
        return JOBS
    found = tuple(job for job in JOBS if job.name == name)
    if not found:
        raise UsageError(f"{name}: unknown job{suggest(name, ['all', *(job.name for job in JOBS)])}")
    return found


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the commands of this module to the command line."""
    one = commands.add_parser(
        "check", parents=[parents.config], help="validate the settings and say what they resolve to"
    )
    one.set_defaults(command=check)
    one = commands.add_parser("import", parents=[parents.config], help="import sales files")
    one.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(SOURCES))
    one.add_argument("files", nargs="*", metavar="FILE", help="default: those of the settings")
    one.set_defaults(command=import_)
    one = commands.add_parser("run", parents=[parents.config, parents.days], help="run one job or all")
    one.add_argument("job", metavar="JOB", help="all, " + ", ".join(job.name for job in JOBS))
    one.add_argument("--json", action="store_true", help="a JSON object for every step, one a line")
    one.set_defaults(command=run)
    one = commands.add_parser("schedule", parents=[parents.config], help="run every night, and make up for missed ones")
    one.add_argument("--once", action="store_true", help="only what is due now, then end")
    one.add_argument("--json", action="store_true", help="a JSON object for every step, one a line")
    one.set_defaults(command=schedule)
