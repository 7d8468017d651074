"""Why sales moved, what was lost against the store's own good hours, and when people are needed on the floor."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from ..kpis import change_split, command, lost_sales, staffing
from .how import How
from .periods import DAY, MONTH, SPAN, pasts
from .sections import Row, Section

if TYPE_CHECKING:
    from datetime import date

    from .data import ReportData
    from .language import Language

MOST_ROWS = 10
_WEEK = timedelta(days=7)


def split(data: ReportData, say: Language) -> Section | str:
    """The change of the sales in its four factors, or why there is none."""
    before = _before(data)
    if len(data.hours(*before)) == 0:
        return say("split.no_past")
    found = change_split(data.hourly, before, (data.since, data.until))
    if found.reason is not None:
        return say("split.none")
    days = say.span(before[0], before[1] - timedelta(days=1))
    rows = []
    for step in found.steps.to_dict("records"):
        part = say.money(step["contribution_minor"], data.currency, signed=True, whole=True)
        if step["step"] == "not_compared":
            rows.append(Row((say("split.not_compared"), "", "", "", part)))
            continue
        values = [_factor(step["step"], float(step[end]), data, say) for end in ("before", "after")]
        change = say.signed_percent(float(step["after"]) / float(step["before"]) - 1.0)
        rows.append(Row((say(f"split.{step['step']}"), *values, change, part)))
    whole = found.after_minor - found.before_minor
    change = say.signed_percent(found.after_minor / found.before_minor - 1.0) if found.before_minor > 0 else ""
    amounts = (say.money(found.before_minor, data.currency), say.money(found.after_minor, data.currency))
    rows.append(
        Row(
            (say("tile.net_sales"), *amounts, change, say.money(whole, data.currency, signed=True, whole=True)),
            strong=True,
        )
    )
    return Section(
        say("split.title"),
        say("split.lead", days=days),
        tuple(say(f"split.{name}") for name in ("factor", "before", "after", "change", "money")),
        tuple(rows),
        (say("split.note", n=found.hours),),
        How(say("tile.net_sales"), "", command("change", data.since, data.until, before=before[0])),
    )


def _factor(step: str, value: float, data: ReportData, say: Language) -> str:
    if step == "traffic":
        return say.count(value)
    if step == "conversion":
        return say.percent(value)
    return say.number(value, 2) if step == "units_per_transaction" else say.money(value, data.currency)


def _before(data: ReportData) -> tuple[date, date]:
    """Equally many days before: of one day the same weekday of the week before, of a month whole weeks before."""
    length = data.until - data.since
    if data.kind == DAY:
        return data.since - _WEEK, data.until - _WEEK
    if data.kind in {MONTH, SPAN}:
        # Whole weeks back, so that Saturdays meet Saturdays.
        back = -(-length // _WEEK) * _WEEK
        return data.since - back, data.until - back
    first: tuple[date, date] = pasts(data.kind, data.since, data.until)[0].spans[0]
    return first


def lost(data: ReportData, say: Language) -> Section | str:
    """The hours whose conversion fell most behind the store's own good hours, or why nothing can be said."""
    found = lost_sales(data.hourly, data.calendar, data.since, data.until, data.rules.lost_weeks)
    if found.empty:
        return say("lost.none", weeks=say.some(data.rules.lost_weeks, "week"))
    total, chance = float(found["lost_minor"].sum()), float(found["chance_minor"].sum())
    beyond = found["lost_minor"] - found["chance_minor"]
    worst = found[beyond > 0].assign(beyond=beyond[beyond > 0])
    worst = worst.sort_values(["beyond", "weekday", "local_hour"], ascending=[False, True, True]).head(MOST_ROWS)
    rows = tuple(
        Row(
            (
                _hour(row["weekday"], row["local_hour"], say),
                say.count(row["visits"]),
                say.percent(row["conversion"]),
                say.percent(row["target"]),
                say.money(row["lost_minor"], data.currency, whole=True),
                say.money(row["chance_minor"], data.currency, whole=True),
            )
        )
        for row in worst.to_dict("records")
    )
    told = say(
        "lost.total" if total > chance else "lost.total_chance",
        lost=say.money(total, data.currency, whole=True),
        chance=say.money(chance, data.currency, whole=True),
        beyond=say.money(max(total - chance, 0.0), data.currency, whole=True),
    )
    return Section(
        say("lost.title"),
        say("lost.lead"),
        tuple(say(f"lost.{name}") for name in ("hour", "visits", "conversion", "target", "lost", "chance")),
        rows,
        (told, say("lost.note")),
        How(say("lost.title"), "", command("lost_sales", data.since, data.until)),
    )


def floor(data: ReportData, say: Language) -> Section | str:
    """Where hours on the floor and visits fit least, or why nothing can be said."""
    found = staffing(data.hourly, data.labour, data.until, data.rules.target_star)
    if found.reason is not None or found.target is None:
        return say("floor.none")
    rows = found.rows.assign(more=found.rows["suggested_h"] - found.rows["labour_h"])
    away = rows[rows["more"].abs() >= 0.5]
    away = away.assign(size=away["more"].abs()).sort_values(
        ["size", "weekday", "local_hour"], ascending=[False, True, True]
    )
    shown = tuple(
        Row(
            (
                _hour(row["weekday"], row["local_hour"], say),
                say.number(row["visits"], 0),
                say.number(row["labour_h"]),
                say.number(row["star"]) if not pd.isna(row["star"]) else say.number(None),
                say.number(row["suggested_h"]),
            )
        )
        for row in away.head(MOST_ROWS).to_dict("records")
    )
    own = say("floor.own" if found.own else "floor.given", star=say.number(found.target))
    lines = (own, say("floor.fits")) if away.empty else (own,)
    heads = tuple(say(f"floor.{name}") for name in ("hour", "visits", "labour", "star", "suggested"))
    way = How(say("floor.star"), "", command("staffing", data.since, data.until))
    return Section(say("floor.title"), say("floor.lead"), heads, shown, lines, way)


def _hour(weekday: int, hour: int, say: Language) -> str:
    return say("week.slot", day=say.weekday(weekday), begin=f"{hour}:00", end=f"{hour + 1}:00")
