"""``footfall-analytics describe``: distributions of purchases and visits, and how they changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table

from ..describe import QUESTIONS
from ..frames import DESCRIBE_BY, Window
from ..jobs import local_today
from ..jobs.describe import described
from ..money import in_words
from ..settings import load
from .asking import as_csv
from .opening import UsageError, opened
from .window import read_day, refuse_backward

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..jobs import Context
    from .parents import Parents, Parsers

_MONEY = ("value", "basket_amount")
_BAR = 40
_NAMES = {
    "frequency": "days with a purchase, of a member who bought",
    "value": "net spend of such a member",
    "gap_days": "days since the purchase before",
    "hour": "hour of the day",
    "basket_amount": "amount of a receipt",
    "basket_units": "pieces on a receipt",
    "basket_products": "different products on a receipt",
    "dwell_s": "seconds in the store, of a visit",
    "dwell_day_s": "seconds in the store, mean of a day",
}
_WHY = {
    "no_members": "there are no members who agreed to it",
    "no_receipts": "nothing was sold in these days",
    "no_camera": "no camera saw how long visitors stayed",
}


def describe(options: argparse.Namespace, console: Console) -> int:
    """Computes it afresh and shows the asked distributions."""
    settings = load(options.config)
    if options.what == "dwell" and options.by != "store":
        raise UsageError(f"--by {options.by}: whose visit it is no camera knows, so dwell is told by store only")
    with opened(settings) as context:
        window = _window(options, context)
        found = described(context, window, (options.by,))
        currency = context.facts.store.currency
    measures = QUESTIONS[options.what] if options.what else [m for names in QUESTIONS.values() for m in names]
    rows = found.rows[found.rows["measure"].isin(measures)].reset_index(drop=True)
    if options.csv:
        return as_csv(rows, console)
    for name in measures:
        mine = rows[rows["measure"] == name]
        if len(mine):
            _show(mine, console, currency)
            if options.what and options.by == "store":
                _bars(found.bins[found.bins["measure"] == name], console, currency)
    for one in found.answers:
        if one.why is not None and options.what in (None, one.question):
            console.print(f"{one.question}: no answer: {_WHY[one.why]}", highlight=False)
    if rows.empty and options.by != "store" and found.answers[0].why is None:
        console.print(f"no group by {options.by} has enough members who bought", highlight=False)
    return 0


def _window(options: argparse.Namespace, context: Context) -> Window:
    """``--since`` to ``--until``; the days of ``[describe]`` up to yesterday unless given."""
    until = options.until or local_today(context.time)
    since = options.since or until - timedelta(days=context.plan.describe.days)
    refuse_backward(since, until)
    return Window.of(since, until, context.time)


def _show(rows: pd.DataFrame, console: Console, currency: str) -> None:
    first = rows.iloc[0]
    name = str(first["measure"])
    unit = f", {currency}" if name in _MONEY else ""
    title = f"{_NAMES[name]}{unit}, {first['first_day']:%Y-%m-%d} to {first['last_day']:%Y-%m-%d}"
    table = Table(title=title, title_justify="left")
    heads = (first["by"], "n", "mean", "95 %", "sd", "CV", "p5", "p25", "median", "p75", "p95", "change", "95 %")
    gini = rows["gini"].notna().any()
    for place, heading in enumerate((*heads, *(["Gini"] if gini else []))):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    for row in rows.to_dict("records"):
        ends = _pair(_number(row["mean_low"], name, currency), _number(row["mean_high"], name, currency))
        numbers = (_number(row[q], name, currency) for q in ("p5", "p25", "p50", "p75", "p95"))
        change = (_percent(row["change"]), _pair(_percent(row["change_low"]), _percent(row["change_high"])))
        cells = (f"{row['n']:,}", _number(row["mean"], name, currency), ends, _number(row["sd"], name, currency))
        cv = "" if pd.isna(row["cv"]) else f"{row['cv']:.2f}"
        more = [f"{row['gini']:.2f}" if not pd.isna(row["gini"]) else ""] if gini else []
        table.add_row(row["group"] or "all", *cells, cv, *numbers, *change, *more)
    # A table that is wider than the terminal runs over its edge: numbers are never cut.
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)


def _bars(bins: pd.DataFrame, console: Console, currency: str) -> None:
    """A histogram of characters."""
    most = max(int(bins["n"].max()), 1)
    for row in bins.to_dict("records"):
        low = _number(row["low"], str(row["measure"]), currency)
        end = "+" if pd.isna(row["high"]) else ""
        bar = "█" * round(_BAR * row["n"] / most)
        console.print(f"{low + end:>12} {bar} {row['n']:,}", markup=False, highlight=False)


def _number(value: Any, name: str, currency: str) -> str:
    if pd.isna(value):
        return ""
    if name in _MONEY:
        return in_words(value, currency).rsplit(" ", 1)[0]
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def _percent(value: Any) -> str:
    return "" if pd.isna(value) else f"{100 * value:+.1f} %"


def _pair(low: str, high: str) -> str:
    return f"{low} to {high}" if low else ""


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("describe", parents=[parents.config], help="distributions of purchases and visits")
    one.add_argument("--what", choices=tuple(QUESTIONS), help="only this, with its histogram (default: all)")
    one.add_argument("--by", choices=DESCRIBE_BY, default="store", help="groups of members (default: %(default)s)")
    one.add_argument(
        "--since", type=read_day, metavar="DATE", help="first day (default: as many days as [describe] says)"
    )
    one.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    one.add_argument("--csv", action="store_true", help="as CSV")
    one.set_defaults(command=describe)
