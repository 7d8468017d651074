"""``footfall-analytics``: check, import, run, schedule, report.

Exit codes: 0 done, 1 failed while running, 2 bad configuration or usage.
"""

from __future__ import annotations

import argparse
import logging
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ..frames import FrameError
from ..jobs import JobError
from ..results import ResultsError
from ..settings import SettingsError
from ..sources import SourceError
from . import (
    anomalies,
    baskets,
    churn,
    compare,
    demand,
    describe,
    forecast,
    kpis,
    ledger,
    network,
    nightly,
    now,
    quality,
    receive,
    recommend,
    report,
    segments,
    value,
)
from .opening import UsageError, complain
from .parents import Parents
from .window import read_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULT_CONFIG = Path("config/analytics.toml")
# Every module adds its own commands.
MODULES = (
    nightly,
    compare,
    receive,
    kpis,
    quality,
    report,
    describe,
    segments,
    baskets,
    recommend,
    value,
    churn,
    demand,
    forecast,
    anomalies,
    network,
    now,
    ledger,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: Arguments without the program's name; None: those of the process.

    Returns:
        The exit code.
    """
    options = build_parser().parse_args(argv)
    try:
        # Results go to stdout, everything about the way there to stderr.
        with _logged(verbose=options.verbose):
            return int(options.command(options, Console(emoji=False)))
    except (UsageError, SettingsError) as error:
        complain(str(error))
        return 2
    except (SourceError, ResultsError, FrameError, JobError) as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return 1


@contextmanager
def _logged(*, verbose: bool) -> Iterator[None]:
    """Writes what is logged to stderr, a line each, for as long as the command runs."""
    root = logging.getLogger()
    handler, level = logging.StreamHandler(), root.level
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="footfall-analytics", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('footfall')}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="settings file (default: %(default)s)")
    days = argparse.ArgumentParser(add_help=False)
    days.add_argument("--since", type=read_day, metavar="DATE", help="first day, store-local (default: yesterday)")
    days.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    days.add_argument("--open", action="store_true", help="show the report in the browser")

    parents = Parents(config, days)
    for module in MODULES:
        module.add_commands(commands, parents)
    return parser
