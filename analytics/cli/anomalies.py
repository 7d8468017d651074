"""``footfall-analytics anomalies``: hours and days that do not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table

from ..frames import Window
from ..jobs import local_today
from ..jobs.anomalies import anomalies_until
from ..money import in_words
from ..settings import load
from .asking import as_csv
from .opening import opened
from .window import read_day, refuse_backward

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..frames import Answer
    from ..jobs import Context
    from .parents import Parents, Parsers

_DAYS = timedelta(days=28)
_WHY = {
    "few_days": "{have:g} days are known; it takes {need:g}",
    "no_camera": "no camera has counted anything",
    "no_receipts": "no receipt is known",
}
_CODES = {
    "no_word": "the camera sent nothing",
    "camera_said": "the camera reported it",
    "nothing_counted": "nobody was counted",
    "nothing_sold": "nothing was sold",
    "till_silent": "a till has no receipt",
    "tills_sold": "the tills sold meanwhile",
    "sales_low_too": "sales were low, too",
    "sales_high_too": "sales were high, too",
    "sales_usual": "sales were as usual",
    "sales_cannot_tell": "sales cannot tell",
    "visitors_came": "visitors came as usual",
    "visits_low_too": "visits were low, too",
    "visits_high_too": "visits were high, too",
    "visits_not_seen": "visits cannot tell",
    "partly_seen": "seen only in part",
    "lingers": "goes on",
}


def anomalies(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes what did not fit, computed now."""
    with opened(load(options.config)) as context:
        window = _window(options, context)
        found = anomalies_until(context, window)
        currency, zone = context.facts.store.currency, context.opening.time_zone
    rows = found.rows[found.rows["local_date"] >= pd.Timestamp(window.first)].reset_index(drop=True)
    if not options.all:
        rows = rows[rows["news"]].reset_index(drop=True)
    if options.csv:
        return as_csv(rows, console)
    days = f"{window.first} to {window.last}"
    if rows.empty and all(answer.why is not None for answer in found.answers):
        # That nobody could look is not to be read as nothing found.
        console.print(f"nothing could be judged, {days}")
    elif rows.empty:
        console.print(f"nothing that does not fit, {days}")
    else:
        console.print(_table(rows, days, currency, zone))
    for answer in found.answers:
        if answer.why is not None:
            console.print(f"{answer.question}: not judged: {_why(answer)}", markup=False, highlight=False)
    return 0


def _window(options: argparse.Namespace, context: Context) -> Window:
    """``--since`` to ``--until``; the last four weeks unless given."""
    until = options.until or local_today(context.time)
    since = options.since or until - _DAYS
    refuse_backward(since, until)
    return Window.of(since, until, context.time)


def _why(answer: Answer) -> str:
    return _WHY[str(answer.why)].format(have=answer.have, need=answer.need)


def _table(rows: pd.DataFrame, days: str, currency: str, zone: str) -> Table:
    table = Table(title=f"What did not fit, {days}", title_justify="left")
    for heading in ("day", "what", "observed", "expected", "p", "looks", "probably"):
        right = heading in {"observed", "expected", "p", "looks"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading == "day", overflow="fold")
    for row in rows.to_dict("records"):
        values = {name: _value(row[name], row["measure"], currency) for name in ("observed", "expected", "low", "high")}
        begins, ends = (row[name].tz_convert(zone) for name in ("begins", "ends"))
        spoken = "" if row["whole_day"] else f"\n{begins:%H:%M}-{ends:%H:%M}"
        because = _because(row)
        table.add_row(
            f"{row['local_date']:%Y-%m-%d}{spoken}",
            f"{row['measure']} {row['place']}".rstrip(),
            values["observed"],
            values["expected"] + (f"\n({values['low']} to {values['high']})" if values["low"] else ""),
            "" if pd.isna(row["p"]) else f"{row['p']:.1g}",
            str(row["looks"]) if row["looks"] else "",
            row["kind"].replace("_", " ") + (f": {because}" if because else ""),
        )
    return table


def _because(row: dict[Any, Any]) -> str:
    parts = [_CODES[code] for code in row["evidence"].split("; ") if code]
    if isinstance(row["known"], str):
        parts.append("opening hours of its own" if row["known"] == "hours" else row["known"])
    if row["days"]:
        parts.append(f"since {row['days']} days")
    return "; ".join(parts)


def _value(value: Any, measure: str, currency: str) -> str:
    if pd.isna(value):
        return ""
    if measure == "sales":
        return in_words(round(value), currency)
    if measure in {"conversion", "return_share"}:
        return f"{100.0 * value:.1f} %"
    return f"{value:.0f} s" if measure == "dwell" else f"{value:,.0f}"


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("anomalies", parents=[parents.config], help="hours and days that do not fit, and why")
    one.add_argument("--since", type=read_day, metavar="DATE", help="first day (default: four weeks before the last)")
    one.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    one.add_argument("--all", action="store_true", help="also what the calendar explains and what only goes on")
    one.add_argument("--csv", action="store_true", help="as CSV")
    one.set_defaults(command=anomalies)
