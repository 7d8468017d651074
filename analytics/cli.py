"""``footfall-analytics``: check, import, run, schedule, report.

Exit codes: 0 done, 1 failed while running, 2 bad configuration or usage.
"""

from __future__ import annotations

import argparse
import difflib
import logging
import signal
import sys
import webbrowser
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from .frames import FrameError, Window
from .imports import import_all
from .jobs import (
    JOBS,
    Context,
    Job,
    JobError,
    Plan,
    days_due,
    local_today,
    look_back,
    next_night,
    run_jobs,
    run_night,
    scheduler,
    unknown_zones,
)
from .joins import PairRules
from .metrics import QueueRules
from .results import ResultsError, open_results
from .settings import Settings, SettingsError, load
from .sources import SOURCES, Shop, SourceError, open_facts
from .visits import VisitRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .jobs import Outcome

log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("config/analytics.toml")
_MARKS = {"ok": "[green]ok[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]"}


class UsageError(Exception):
    """The command line asks for something that does not exist."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: Arguments without the program's name; None: those of the process.

    Returns:
        The exit code.
    """
    options = build_parser().parse_args(argv)
    # Results go to stdout, everything about the way there to stderr.
    told = Console(stderr=True, emoji=False)
    handler = RichHandler(console=told, show_path=False, show_time=False)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(message)s",
        handlers=[handler],
        force=True,
    )
    try:
        return int(options.command(options, Console(emoji=False)))
    except (UsageError, SettingsError) as error:
        _complain(str(error))
        return 2
    except (SourceError, ResultsError, FrameError, JobError) as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("stopped")
        return 1


def _complain(message: str) -> None:
    for line in message.splitlines():
        sys.stderr.write(f"footfall-analytics: {line}\n")


# --- commands --------------------------------------------------------------------------------------------------------


def check(options: argparse.Namespace, console: Console) -> int:
    """Validates everything that can be validated without computing, and says what it resolved to."""
    settings = load(options.config)
    table = Table(title=f"{options.config}", title_justify="left", show_header=False)
    table.add_row("database", str(settings.database_path))
    missing: list[str] = []
    with _opened(settings) as context:
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
        _complain(line)
    return 2 if missing else 0


def import_(options: argparse.Namespace, console: Console) -> int:
    """Imports the files of the settings, or those of the command line."""
    settings = load(options.config)
    kind: str | None = options.kind
    if kind is not None and kind not in SOURCES:
        raise UsageError(f"{kind}: unknown kind of file{_suggest(kind, SOURCES)}")
    files = {name: settings.files(name) for name in SOURCES if kind in (None, name)}
    if options.files:
        files = {str(kind): [Path(file) for file in options.files]}
    table = Table(title="Imported", title_justify="left")
    for heading in ("file", "read", "kept", "rejected", "duplicate", "new", "changed"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    errors: list[str] = []
    told: list[str] = []
    with _opened(settings) as context, console.status("importing"):
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
        _complain(line)
    return 1 if errors else 0


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs one job, or all in order, over some days."""
    jobs = _jobs(options.job)
    if options.since and options.until:
        _in_order(options.since, options.until)  # before any file is opened
    settings = load(options.config)
    with _opened(settings) as context:
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
    with _opened(settings) as context:
        zone = context.facts.store.time_zone

    def night() -> None:
        try:
            with _opened(settings) as context:
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


# --- shared ----------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(settings: Settings) -> Iterator[Context]:
    """Facts and results of the settings' database, opened and closed again."""
    path = settings.database_path
    with open_facts(path) as facts:
        results = open_results(path)
        try:
            yield Context(facts, results, _plan(settings))
        finally:
            results.close()


def _plan(settings: Settings) -> Plan:
    rules = settings.rules
    return Plan(
        files={kind: settings.files(kind) for kind in SOURCES},
        rejects=settings.resolve(settings.sources.rejects),
        report=settings.resolve(settings.report.folder),
        closed_days=frozenset(settings.calendar.closed),
        special_hours=settings.calendar.hours,
        visits=VisitRules(**rules.model_dump() | {"staff_zones": frozenset(rules.staff_zones)}),
        pairs=PairRules(window_s=settings.match.window_s),
        forecast_days=settings.forecast.days,
        report_days=settings.report.days,
        again_days=settings.schedule.again_days,
        version=version("footfall"),
        min_stay_s=settings.zones.min_stay_s,
        queue=QueueRules(min_wait_s=settings.zones.min_wait_s, served_within_s=settings.zones.served_within_s),
    )


def _jobs(name: str) -> tuple[Job, ...]:
    if name == "all":
        return JOBS
    found = tuple(job for job in JOBS if job.name == name)
    if not found:
        raise UsageError(f"{name}: unknown job{_suggest(name, ['all', *(job.name for job in JOBS)])}")
    return found


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


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
            _complain(f"job {done.job} {done.status}: {done.message}")
    console.print(table)
    return good


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-03-01") from error


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="footfall-analytics", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('footfall')}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="settings file (default: %(default)s)")
    days = argparse.ArgumentParser(add_help=False)
    days.add_argument("--since", type=_day, metavar="DATE", help="first day, store-local (default: yesterday)")
    days.add_argument("--until", type=_day, metavar="DATE", help="day after the last (default: today)")
    days.add_argument("--open", action="store_true", help="show the report in the browser")

    one = commands.add_parser("check", parents=[config], help="validate the settings and say what they resolve to")
    one.set_defaults(command=check)
    one = commands.add_parser("import", parents=[config], help="import sales files")
    one.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(SOURCES))
    one.add_argument("files", nargs="*", metavar="FILE", help="default: those of the settings")
    one.set_defaults(command=import_)
    one = commands.add_parser("run", parents=[config, days], help="run one job or all")
    one.add_argument("job", metavar="JOB", help="all, " + ", ".join(job.name for job in JOBS))
    one.set_defaults(command=run)
    one = commands.add_parser("schedule", parents=[config], help="run every night, and make up for missed ones")
    one.set_defaults(command=schedule)
    one = commands.add_parser("report", parents=[config, days], help="write the report")
    one.set_defaults(command=report)
    return parser


if __name__ == "__main__":
    sys.exit(main())
