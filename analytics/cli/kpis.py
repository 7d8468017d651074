"""``footfall-analytics kpi`` and ``trace``: numbers from the roll-ups, and the same once more from the facts."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.table import Table

from .. import kpis, tracing
from ..frames import BY
from ..jobs.kpis import kpi_rollups
from ..money import in_words
from ..settings import load
from .asking import as_csv
from .opening import UsageError, opened, suggest
from .window import read_day, window_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from rich.console import Console

    from .parents import Parents, Parsers

_NUMBERS = ("numerator", "denominator", "value", "low", "high", "coverage", "status", "imputed", "flag")
_AGAINST = ("baseline", "ratio", "z", "weeks")
_VALUES = ("value", "low", "high", "baseline")
# Beyond six digits a number would be cut or written with an exponent.
_PLAIN_FROM = 1e6


def kpi(options: argparse.Namespace, console: Console) -> int:
    """Shows indicators of a period."""
    part = _part(options)
    names = () if options.name == "all" else (_known(options.name),)
    settings = load(options.config)
    with opened(settings) as context:
        window = window_of(options, context)
        impute = context.plan.kpis.impute or options.impute
        segments = "segment" in (options.by, part.kind if part else "")
        rollups = kpi_rollups(context, window, segments=segments)
        try:
            found = kpis.kpis(rollups, window.first, window.end, options.by, names, part=part, impute=impute)
        except kpis.KpiError as error:
            raise UsageError(str(error)) from error
        currency = context.facts.store.currency
    _show(found, options, console, (*_NUMBERS, *_AGAINST), f"{window.first} to {window.last}", currency=currency)
    return 0


def trace(options: argparse.Namespace, console: Console) -> int:
    """Computes one indicator again from facts and receipts, or prints the SQL that does."""
    if options.name in tracing.SECTIONS:
        return _trace_section(options, console)
    if options.before is not None:
        raise UsageError(f"--before {options.before}: only for change")
    part, name = _part(options), _known(options.name, tracing.SECTIONS)
    settings = load(options.config)
    with opened(settings) as context:
        window = window_of(options, context)
        try:
            traced = tracing.trace(context, window, name, options.by, part=part)
            rows = traced.rows
            if options.group is not None:
                rows = rows[rows["group"] == options.group].reset_index(drop=True)
                traced = replace(traced, hours={name: h for name, h in traced.hours.items() if name == options.group})
                if rows.empty:
                    groups = ", ".join(traced.rows["group"]) or "none"
                    raise UsageError(f"--group {options.group}: there is no such group; there are {groups}")
            asked = tracing.queries(context, window, traced, name, part) if options.sql else {}
            currency = context.facts.store.currency
        except (kpis.KpiError, tracing.NoQueryError) as error:
            raise UsageError(str(error)) from error
    if options.sql:
        for group in rows["group"]:
            console.print(f"-- {name}{f', {options.by} {group}' if group else ''}", markup=False, highlight=False)
            console.print(asked[group], markup=False, highlight=False, soft_wrap=True)
        return 0
    title = f"{kpis.KPIS[name].formula}, from the facts, {window.first} to {window.last}"
    _show(rows, options, console, _NUMBERS, title, currency=currency)
    return 0


def _trace_section(options: argparse.Namespace, console: Console) -> int:
    """What a report says beyond single indicators, from the facts."""
    given = [f"--{name}" for name in ("till", "zone", "segment", "group") if getattr(options, name) is not None]
    given += [*(["--by"] if options.by != "all" else []), *(["--sql"] if options.sql else [])]
    given += ["--before"] if options.before is not None and options.name != "change" else []
    if given:
        raise UsageError(f"{given[0]}: not for {options.name}")
    settings = load(options.config)
    with opened(settings) as context:
        window = window_of(options, context)
        found = tracing.SECTIONS[options.name](context, window, options.before)
    title = f"{options.name}, from the facts, {window.first} to {window.last}"
    _show(found, options, console, tuple(found.columns), title, heads=())
    return 0


def _known(name: str, more: Iterable[str] = ()) -> str:
    if name not in kpis.KPIS:
        raise UsageError(f"{name}: unknown indicator{suggest(name, [*kpis.KPIS, *more])}")
    return name


def _part(options: argparse.Namespace) -> kpis.Part | None:
    asked = {kind: getattr(options, kind) for kind in ("till", "zone", "segment")}
    given = [kpis.Part(kind, name) for kind, name in asked.items() if name is not None]
    if len(given) > 1:
        raise UsageError(f"--{given[0].kind} and --{given[1].kind}: only one of them at a time")
    return given[0] if given else None


def _show(
    found: pd.DataFrame,
    options: argparse.Namespace,
    console: Console,
    columns: tuple[str, ...],
    title: str,
    *,
    heads: tuple[str, ...] | None = None,
    currency: str = "",
) -> None:
    if options.json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        console.print(json.dumps(rows, ensure_ascii=False, indent=1), markup=False, highlight=False, soft_wrap=True)
        return
    if options.csv:
        as_csv(found, console)
        return
    if found.empty:
        console.print("nothing is known of this period" if heads == () else "no day of this period was computed yet")
        return
    # What is empty in every row takes no room.
    kept = [name for name in columns if found[name].notna().any()]
    kept = [name for name in kept if name not in {"imputed", "weeks"} or (found[name] > 0).any()]
    if heads is None:
        heads = ("kpi", options.by) if options.by != "all" else ("kpi",)
    table = Table(title=title, title_justify="left")
    for heading in (*heads, *kept):
        left = heading in heads or found.get(heading, found.iloc[:, 0]).dtype == "str"
        table.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for row in found.to_dict("records"):
        names = [str(row[name]) for name in ("kpi", "group")[: len(heads)]]
        unit = kpis.KPIS[row["kpi"]].unit if "kpi" in row else ""
        table.add_row(*names, *(_told(row[name], name, unit, currency) for name in kept))
    # A table that is wider than the terminal runs over its edge: numbers are never cut.
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)


def _told(value: object, column: str, unit: str, currency: str) -> str:
    """A number of an indicator as people read it: amounts in the currency, shares in percent."""
    if not isinstance(value, float) or value != value:  # noqa: PLR0124 - NaN alone is not itself
        return _text(value)
    if column == "coverage" or (unit == "share" and column in _VALUES):
        return f"{100 * value:.1f} %"
    if unit.startswith("minor") and (column in _VALUES or column == "numerator"):
        return in_words(value, currency)
    return _text(value)


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN alone is not itself
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= _PLAIN_FROM else f"{value:,.6g}"


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--since", type=read_day, metavar="DATE", help="first day, store-local (default: yesterday)")
    parser.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    parser.add_argument("--by", choices=BY, default="all", help="how to group (default: %(default)s)")
    parser.add_argument("--till", metavar="ID", help="only this till")
    parser.add_argument("--zone", metavar="CAMERA/ZONE", help="only this zone")
    parser.add_argument("--segment", metavar="NAME", help="only this segment of members")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="as JSON")
    shape.add_argument("--csv", action="store_true", help="as CSV")
    return parser


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the commands of this module to the command line."""
    common = [parents.config, _common()]
    one = commands.add_parser("kpi", parents=common, help="indicators of a period, from the roll-ups")
    one.add_argument("name", metavar="KPI", help="all, " + ", ".join(kpis.KPIS))
    one.add_argument("--impute", action="store_true", help="fill what cameras missed into counted totals, marked")
    one.set_defaults(command=kpi)
    one = commands.add_parser("trace", parents=common, help="one indicator once more, from facts and receipts")
    one.add_argument("name", metavar="KPI", help=", ".join([*kpis.KPIS, *tracing.SECTIONS]))
    one.add_argument("--before", type=read_day, metavar="DATE", help="first day of the earlier period, for change")
    one.add_argument("--group", metavar="NAME", help="only this hour, day, till, ...")
    one.add_argument("--sql", action="store_true", help="print SQL that gives numerator and denominator")
    one.set_defaults(command=trace)
