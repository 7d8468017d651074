"""The command that gives a number again from the facts, as text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

PROGRAM = "footfall-analytics"


def command(
    kpi: str,
    since: date,
    until: date,
    by: str = "all",
    group: str = "",
    *,
    part: tuple[str, str] = ("", ""),
    before: date | None = None,
) -> str:
    """What to type to compute an indicator once more from facts and imported sales.

    Args:
        kpi: Its name in the definitions, or that of a section: ``change``, ``lost_sales``, ``staffing``,
            ``power_hours``, ``funnel``, ``dwell_against_purchase``.
        since: First local day.
        until: The local day after the last.
        by: How it is grouped.
        group: Which group; empty: all of them.
        part: Only this till, zone or segment: kind and name.
        before: First day of the earlier period, for ``change``.

    Returns:
        One line for a shell; names are quoted where a shell would read them otherwise.
    """
    words = [PROGRAM, "trace", kpi, "--since", f"{since}", "--until", f"{until}"]
    if by != "all":
        words += ["--by", by]
    if group:
        words += [f"--group={group}"]  # in one word: a name may begin with a dash
    if part[0]:
        words += [f"--{part[0]}={part[1]}"]
    if before is not None:
        words += ["--before", f"{before}"]
    return shlex.join(words)
