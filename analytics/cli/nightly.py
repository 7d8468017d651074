"""The commands around the nightly job: check, import, run, schedule, report."""

from __future__ import annotations

import logging
import signal
import webbrowser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from ..frames import Window
from ..imports import import_all
from ..jobs import (
    JOBS,
    Context,
    Job,
    days_due,
    local_today,
    look_back,
    next_night,
    run_jobs,
    run_night,
    scheduler,
    unknown_zones,
)
from ..results import ResultsError
from ..settings import load
from ..sources import SOURCES, Shop, SourceError
from .opening import UsageError, complain, opened, suggest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from ..jobs import Outcome
    from .parents import Parents, Parsers


log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("config/analytics.toml")
_MARKS = {"ok": "[green]ok[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]"}


def check(options: argparse.Namespace, console: Console) -> int:
    """Validates everything that can be validated without computing, and says what it resolved to."""
    settings = load(options.config)
    table = Table(title=f"{options.config}", title_justify="left", show_header=False)
    table.add_row("database", str(settings.database_path))
    missing: list[str] = []
    with opened(settings) as context:
        store = context.facts.store
        table.add_row("store", f"{store.id} ({store.name}), {store.time_zone}, {store.currency}")
        begin = context.facts.begin()
        table.add_row("facts since", begin.isoformat(sep=" ", timespec="seconds") if begin else "none yet")
        for kind in SOURCES:
            files = settings.files(kind)
            missing += [f"{path}: no such file" for path in files if not path.is_file()]
            table.add_row(kind, f"{len(files)} file{'' if len(files) == 1 else 's'}" if files else "none")
        missing += [f"{options.config}: {line}" for line in unknown_zones(context)]
        due = days_due(context, JOBS, local_today(store.time_zone))
        table.add_row("days to compute", str(len(due)))
        night = next_night(settings.schedule.at, store.time_zone, datetime.now(tz=UTC))
        table.add_row("next night", night.isoformat(sep=" ", timespec="minutes"))
    table.add_row("report", str(settings.resolve(settings.report.folder)))
    console.print(table)
    for line in missing:
        complain(line)
    return 2 if missing else 0


def import_(options: argparse.Namespace, console: Console) -> int:
    """Imports the files of the settings, or those of the command line."""
    settings = load(options.config)
    kind: str | None = options.kind
    if kind is not None and kind not in SOURCES:
        raise UsageError(f"{kind}: unknown kind of file{suggest(kind, SOURCES)}")
    files = {name: settings.files(name) for name in SOURCES if kind in (None, name)}
    if options.files:
        files = {str(kind): [Path(file) for file in options.files]}
    table = Table(title="Imported", title_justify="left")
    for heading in ("file", "read", "kept", "rejected", "duplicate", "new", "changed"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    errors: list[str] = []
    told: list[str] = []
    with opened(settings) as context, console.status("importing"):
        shop = Shop(context.facts.store.time_zone, context.facts.store.currency)
        for outcome in import_all(context.results, files, shop, context.plan.rejects):
            done = outcome.imported
            if done is None:
                errors.append(str(outcome.error))
                continue
            counts = (done.rows_read, done.rows_kept, done.rows_rejected, done.rows_duplicate)
            fresh = ("known", "") if outcome.known else (f"{done.rows_new:,}", f"{done.rows_changed:,}")
            table.add_row(outcome.path.name, *(f"{n:,}" for n in counts), *fresh)
            if outcome.rejects is not None:
                told.append(f"{outcome.path}: {done.rows_rejected} rows rejected, see {outcome.rejects}")
    console.print(table)
    for line in (*told, *errors):
        complain(line)
    return 1 if errors else 0


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs one job, or all in order, over some days."""
    jobs = _jobs(options.job)
    if options.since and options.until:
        _in_order(options.since, options.until)  # before any file is opened
    settings = load(options.config)
    with opened(settings) as context:
        window = _window(options, context)
        if options.since is None and options.until is None and options.job in ("all", "report"):
            # The report of one day alone says little: without a window it looks back as it does every night.
            early = [job for job in jobs if job.name != "report"]
            wide = look_back(context, window.end)
            outcomes: Iterable[Outcome] = _show(context, ((early, window), ([JOBS[-1]], wide)), console)
        else:
            outcomes = _show(context, ((jobs, window),), console)
        good = _summary(outcomes, f"{window.first} to {window.last}", console)
    page = settings.resolve(settings.report.folder) / "report.html"
    if good and options.open and page.is_file():
        webbrowser.open(page.as_uri())
    return 0 if good else 1


def report(options: argparse.Namespace, console: Console) -> int:
    """Writes the report."""
    options.job = "report"
    return run(options, console)


def schedule(options: argparse.Namespace, console: Console) -> int:
    """Makes up for missed nights, then runs every night until stopped."""
    settings = load(options.config)
    with opened(settings) as context:
        zone = context.facts.store.time_zone

    def night() -> None:
        try:
            with opened(settings) as context:
                today = local_today(zone)
                _summary(run_night(context, JOBS, today, _begun), f"the night before {today}", console)
        except (SourceError, ResultsError) as error:
            log.error("the night could not run: %s; it is tried again tomorrow", error)  # noqa: TRY400 - names all
        following = next_night(settings.schedule.at, zone, datetime.now(tz=UTC))
        console.print(f"next night: {following.isoformat(sep=' ', timespec='minutes')}")

    planned = scheduler(night, settings.schedule.at, zone)
    signal.signal(signal.SIGTERM, lambda *_: planned.shutdown(wait=False))
    try:
        planned.start()
    except KeyboardInterrupt:
        planned.shutdown(wait=False)
    return 0


def _jobs(name: str) -> tuple[Job, ...]:
    if name == "all":
        return JOBS
    found = tuple(job for job in JOBS if job.name == name)
    if not found:
        raise UsageError(f"{name}: unknown job{suggest(name, ['all', *(job.name for job in JOBS)])}")
    return found


def _window(options: argparse.Namespace, context: Context) -> Window:
    zone = context.facts.store.time_zone
    until: date = options.until or local_today(zone)
    since: date = options.since or until - timedelta(days=1)
    _in_order(since, until)
    return Window.of(since, until, zone)


def _in_order(since: date, until: date) -> None:
    if until <= since:
        raise UsageError(f"--until {until}: must be after --since {since} (it is the day after the last)")


def _show(context: Context, steps: Iterable[tuple[Sequence[Job], Window]], console: Console) -> Iterator[Outcome]:
    with console.status("starting") as status:
        for jobs, window in steps:
            yield from run_jobs(context, jobs, window, lambda job: status.update(f"{job.name}: {job.what}"))


def _begun(job: Job) -> None:
    log.info("%s: %s", job.name, job.what)


def _summary(outcomes: Iterable[Outcome], title: str, console: Console) -> bool:
    """Shows how the jobs ended; True when all ended well."""
    table = Table(title=title, title_justify="left")
    for heading in ("job", "", "rows", "seconds", "note"):
        table.add_column(heading, justify="right" if heading in ("rows", "seconds") else "left")
    good = True
    for done in outcomes:
        table.add_row(done.job, _MARKS[done.status], f"{done.rows:,}", f"{done.took_s:.1f}", done.message or "")
        if done.status != "ok":
            good = False
            complain(f"job {done.job} {done.status}: {done.message}")
    console.print(table)
    return good


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
    one.set_defaults(command=run)
    one = commands.add_parser("schedule", parents=[parents.config], help="run every night, and make up for missed ones")
    one.set_defaults(command=schedule)
    one = commands.add_parser("report", parents=[parents.config, parents.days], help="write the report")
    one.set_defaults(command=report)
