"""``footfall-analytics forecast``: the days ahead, computed fresh, and how well such forecasts were before."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.table import Table

from ..forecast import LEAST_DAYS, LEAST_JUDGED, MEASURES, NAIVE
from ..jobs.forecast import ahead_of
from ..money import in_words
from ..settings import load
from .asking import as_csv, as_of
from .opening import UsageError, opened, suggest
from .window import read_day

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from ..jobs.forecast import Ahead
    from .parents import Parents, Parsers

_NAMES = {"visits": "visits", "receipts": "transactions", "conversion": "conversion", "sales_minor": "sales"}
_WHY = {"no_camera": "no camera has counted anybody", "no_receipts": "no receipt is known"}
_MOST_DAYS = 60
_NEED = LEAST_DAYS + LEAST_JUDGED


def forecast(options: argparse.Namespace, console: Console) -> int:
    """Shows the days or hours ahead."""
    measures = MEASURES if options.measure is None else (_measure(options.measure),)
    if options.staff and (options.measure is not None or options.hourly):
        raise UsageError("--staff: shows people by the hour, without --measure and --hourly")
    settings = load(options.config)
    with opened(settings) as context:
        today = as_of(options, context).end
        found = ahead_of(context, today, options.days or context.plan.forecast_days, measures)
        currency = context.facts.store.currency
    told = found.outlook
    rows = found.staff if options.staff else told.hours if options.hourly else told.days
    if options.csv:
        return as_csv(rows, console)
    if told.hours.empty:
        console.print(f"there is no forecast from {today} on: no hour of the day before was computed", highlight=False)
        return 0
    if options.staff:
        table = _staff(found, today)
    elif options.hourly or options.measure is not None:
        table = _plain(rows, currency, hourly=options.hourly)
    else:
        table = _days(found, currency)
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
    if not options.staff:
        for measure in measures:
            console.print(_verdict(found, measure, currency), markup=False, highlight=False, soft_wrap=True)
    return 0


def _measure(name: str) -> str:
    known = {word: measure for measure, word in _NAMES.items()} | {measure: measure for measure in MEASURES}
    if name not in known:
        raise UsageError(f"--measure {name}: unknown measure{suggest(name, _NAMES.values())}")
    return known[name]


def _days(found: Ahead, currency: str) -> Table:
    """A row a day: what is known of it, and every measure with its 80 % interval."""
    days, told = found.days, found.outlook.days.set_index(["measure", "local_date"])
    staffed = days["people"].notna().any()
    table = Table(title="The days ahead, with intervals of 80 %", title_justify="left")
    for heading in ("day", "note", *_NAMES.values(), *(["people", "hours", "planned"] if staffed else [])):
        table.add_column(heading, justify="left" if heading in ("day", "note") else "right", no_wrap=True)
    for row in days.astype("object").where(days.notna(), None).to_dict("records"):
        notes = [row[name] for name in ("holiday", "event", "promotion") if row[name]]
        cells = [f"{row['local_date']:%a %Y-%m-%d}", "; ".join(["closed"] * (not row["open_s"]) + notes)]
        for measure in _NAMES:
            known = (measure, row["local_date"]) in told.index and row["open_s"] > 0
            cells.append(_between(told.loc[(measure, row["local_date"])], measure, currency) if known else "")
        if staffed:
            busiest = "" if row["people"] is None else f"{row['people']} at {row['busiest_hour']}:00"
            cells += [busiest, *("" if row[n] is None else f"{row[n]:.1f}" for n in ("needed_h", "planned_h"))]
        table.add_row(*cells)
    return table


def _plain(rows: pd.DataFrame, currency: str, *, hourly: bool) -> Table:
    """One row for each hour or day and measure, with both intervals; closed ones are left out."""
    table = Table(title="The hours ahead" if hourly else "The days ahead", title_justify="left")
    heads = ("day", *(["hour"] if hourly else []), "measure", "expected", "80 %", "95 %", "model")
    for heading in heads:
        table.add_column(heading, justify="right" if heading in heads[-4:-1] else "left", no_wrap=True)
    for row in rows[rows["hi95"] > 0].to_dict("records"):
        said = {name: _told(row[name], row["measure"], currency) for name in ("mean", "lo80", "hi80", "lo95", "hi95")}
        hour = [f"{row['local_hour']}:00"] if hourly else []
        inside = (f"{said['lo80']} to {said['hi80']}", f"{said['lo95']} to {said['hi95']}")
        day = f"{row['local_date']:%a %Y-%m-%d}"
        table.add_row(day, *hour, _NAMES[row["measure"]], said["mean"], *inside, row["model"])
    return table


def _staff(found: Ahead, today: object) -> Table:
    staff = found.staff
    star = f"{staff['target_star'].iloc[0]:.1f} visits for each labour hour" if len(staff) else "no target and no rota"
    table = Table(title=f"People needed by the hour from {today} on: {star}", title_justify="left")
    for heading in ("day", "hour", "visits", "people", "hours needed", "planned", "difference"):
        table.add_column(heading, justify="left" if heading in ("day", "hour") else "right", no_wrap=True)
    for row in staff.astype("object").where(staff.notna(), None).to_dict("records"):
        planned = ["" if row["planned_h"] is None else f"{row['planned_h']:.1f}"]
        planned += ["" if row["difference_h"] is None else f"{row['difference_h']:+.1f}"]
        needed = f"{row['needed_h']:.1f}"
        day, visits = f"{row['local_date']:%a %Y-%m-%d}", f"{row['visits']:.0f} (to {row['visits_high']:.0f})"
        table.add_row(day, f"{row['local_hour']}:00", visits, str(row["people"]), needed, *planned)
    return table


def _between(row: pd.Series, measure: str, currency: str) -> str:
    said = [_told(float(row[name]), measure, currency) for name in ("mean", "lo80", "hi80")]
    # The unit once is enough.
    low = said[1].removesuffix(f" {currency}").removesuffix(" %")
    return f"{said[0]} ({low} to {said[2].removesuffix(f' {currency}')})"


def _told(value: float, measure: str, currency: str) -> str:
    if measure == "conversion":
        return f"{100 * value:.1f} %"
    return in_words(round(value), currency) if measure == "sales_minor" else f"{value:.0f}"


def _verdict(found: Ahead, measure: str, currency: str) -> str:
    """What the backtest says of one measure, in a line."""
    tested, name = found.outlook.backtest, _NAMES[measure]
    tested = tested[tested["measure"] == measure]
    why = next((one.why for one in found.answers if one.question == measure), None)
    if why in _WHY:
        return f"{name}: {_WHY[why]}"
    if tested.empty:
        days = found.outlook.known_days.get(measure, 0)
        return f"{name}: not tested: {days} days are known, and it takes {_NEED}; the last known week is repeated"
    longest = tested[tested["horizon_h"] == tested["horizon_h"].max()]
    naive, best = longest[longest["model"] == NAIVE].iloc[0], longest[longest["chosen"]].iloc[0]
    tries = f"{best['origins']} past midnights, {best['horizon_h'] // 24} days ahead"
    if best["model"] == NAIVE:
        return f"{name}: no model beat the same hour last week, which is shown ({tries})"
    gain = 100 * (1 - best["mae"] / naive["mae"])
    errors = f"{_error(best['mae'], measure, currency)} an hour against {_error(naive['mae'], measure, currency)}"
    cover = ""
    if best["cover80"] == best["cover80"]:
        held = (f"{100 * best[name]:.0f} %" for name in ("cover80", "cover95"))
        cover = f"; the 80 % interval held {next(held)}, the 95 % one {next(held)}"
    whole = found.outlook.days
    if (whole.loc[whole["measure"] == measure, "model"] == NAIVE).any():
        cover += "; of whole days nothing beat the same day last week, which is shown"
    return f"{name}: {best['model']} beats the same hour last week by {gain:.0f} %: wrong by {errors} ({tries}){cover}"


def _error(value: float, measure: str, currency: str) -> str:
    if measure == "conversion":
        return f"{100 * value:.1f} points"
    return in_words(round(value), currency) if measure == "sales_minor" else f"{value:.1f}"


def _days_ahead(text: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = 0
    if not 1 <= found <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to {_MOST_DAYS}")
    return found


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("forecast", parents=[parents.config], help="the days ahead, with intervals")
    one.add_argument("--measure", metavar="NAME", help=f"one of {', '.join(_NAMES.values())} (default: all)")
    one.add_argument("--days", type=_days_ahead, metavar="N", help="how far ahead (default: as the settings say)")
    one.add_argument("--hourly", action="store_true", help="hours in the place of days")
    one.add_argument("--staff", action="store_true", help="people needed by the hour, and those of the rota")
    one.add_argument("--as-of", type=read_day, metavar="DATE", help="the last day that is known (default: yesterday)")
    one.add_argument("--csv", action="store_true", help="every row as CSV")
    one.set_defaults(command=forecast)
