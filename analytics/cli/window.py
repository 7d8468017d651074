"""The days that a command speaks of."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ..frames import Window
from ..jobs import local_today
from .opening import UsageError

if TYPE_CHECKING:
    from ..jobs import Context


def read_day(text: str) -> date:
    """A day of the command line.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-03-01") from error


def refuse_backward(since: date, until: date) -> None:
    """Refuses days that end before they begin.

    Raises:
        UsageError: They do.
    """
    if until <= since:
        raise UsageError(f"--until {until}: must be after --since {since} (it is the day after the last)")


def window_of(options: argparse.Namespace, context: Context) -> Window:
    """``--since`` to ``--until``; yesterday unless given.

    Raises:
        UsageError: They are in the wrong order.
    """
    until: date = options.until or local_today(context.time)
    since: date = options.since or until - timedelta(days=1)
    refuse_backward(since, until)
    return Window.of(since, until, context.time)
