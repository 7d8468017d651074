"""The section of the page about the days ahead: what is expected of each, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...forecast import NAIVE
from ...frames import BACKTEST_DAYS, DAYS_AHEAD, FORECAST_DAYS, STAFF_AHEAD
from ..sections import Row, Section

if TYPE_CHECKING:
    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language

# Read from the end of the period on, and only for reports that end now.
AHEAD: tuple[Contract, ...] = (FORECAST_DAYS, BACKTEST_DAYS, STAFF_AHEAD, DAYS_AHEAD)
READS: tuple[Contract, ...] = AHEAD
MEASURES = ("visits", "receipts", "conversion", "sales_minor")


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The days ahead; nothing where the report looks at a time that is over."""
    if data.kind != "span":
        return {}
    days = data.of(DAYS_AHEAD)
    if days.empty or data.of(FORECAST_DAYS).empty:
        return {"ahead": say("ahead.nothing")} if FORECAST_DAYS.name in data.found else {}
    staffed = bool(days["people"].notna().any())
    heads = [say(f"ahead.{name}") for name in ("day", "note", "visits", "sales", "conversion")]
    return {
        "ahead": Section(
            title=say("ahead.title"),
            lead=say("ahead.lead"),
            heads=(*heads, *([say("ahead.people")] if staffed else [])),
            rows=_rows(data, say, staffed=staffed),
            lines=(*(verdict(data, name, say) for name in _told(data)), *_lacking(data, say), *_staff_lines(data, say)),
            texts=2,
        )
    }


def _told(data: ReportData) -> list[str]:
    known = set(data.of(FORECAST_DAYS)["measure"])
    return [name for name in MEASURES if name in known]


def _lacking(data: ReportData, say: Language) -> list[str]:
    """What cannot be said of the days ahead, since nobody counts it."""
    known = _told(data)
    lacks = [name for name in ("visits", "receipts") if name not in known]
    return [say(f"ahead.no_{name}") for name in lacks]


def _rows(data: ReportData, say: Language, *, staffed: bool) -> tuple[Row, ...]:
    told = data.of(FORECAST_DAYS).set_index(["measure", "local_date"])
    rows = []
    days = data.of(DAYS_AHEAD)
    for day in days.astype("object").where(days.notna(), None).to_dict("records"):
        notes = [say("ahead.closed")] if not day["open_s"] else []
        notes += [str(day[name]) for name in ("holiday", "event", "promotion") if day[name]]
        cells = [say.short_day(day["local_date"]), say("number.comma").join(notes)]
        for measure in ("visits", "sales_minor", "conversion"):
            key = (measure, day["local_date"])
            cells.append(_between(told.loc[key], measure, data, say) if key in told.index and day["open_s"] else "")
        if staffed:
            busiest = day["people"] is not None
            cells.append(say("ahead.at", n=day["people"], hour=f"{day['busiest_hour']}:00") if busiest else "")
        rows.append(Row(tuple(cells)))
    return tuple(rows)


def _between(row: pd.Series, measure: str, data: ReportData, say: Language) -> str:
    """The number with its 80 % interval."""
    mean, low, high = (float(row[name]) for name in ("mean", "lo80", "hi80"))
    if measure == "conversion":
        return say("ahead.between", mean=say.percent(mean), between=say.percents(low, high))
    if measure == "sales_minor":
        between = say.amounts((low, high), data.currency, whole=True)
        return say("ahead.between", mean=say.money(mean, data.currency, whole=True), between=between)
    return say("ahead.between", mean=say.count(mean), between=f"{say.count(low)}–{say.count(high)}")


def verdict(data: ReportData, measure: str, say: Language) -> str:
    """What the test on past days says of one measure, in one line."""
    name = say(f"ahead.of_{measure}")
    tests = data.backtest[data.backtest["measure"] == measure]
    if tests.empty:
        return say("ahead.untested", name=name)
    longest = tests[tests["horizon_h"] == tests["horizon_h"].max()]
    naive, best = longest[longest["model"] == NAIVE].iloc[0], longest[longest["chosen"]].iloc[0]
    many = int(best["origins"])
    if best["model"] == NAIVE:
        return say("ahead.naive", name=name, n=many)
    model = say.word("model", str(best["model"]).replace(" ", "_"))
    gain = say.percent(1.0 - float(best["mae"]) / float(naive["mae"]), 0)
    said = say("ahead.beats", name=name, model=model, gain=gain, n=many)
    shown = data.of(FORECAST_DAYS)
    if (shown.loc[shown["measure"] == measure, "model"] == NAIVE).any():
        said += say("number.space") + say("ahead.days_naive")
    if pd.isna(best["cover80"]):
        return said
    days = data.of(BACKTEST_DAYS)
    days = days[(days["measure"] == measure) & days["chosen"]].sort_values("horizon_h")
    if days.empty or pd.isna(days["cover80"].iloc[-1]):
        return said
    held = (say.percent(float(days[name].iloc[-1]), 0) for name in ("cover80", "cover95"))
    return said + say("number.space") + say("ahead.held", inner=next(held), outer=next(held))


def _staff_lines(data: ReportData, say: Language) -> list[str]:
    staff, days = data.of(STAFF_AHEAD), data.of(DAYS_AHEAD)
    if staff.empty:
        return [say("ahead.no_target")]
    found = [say("ahead.star", star=say.number(float(staff["target_star"].iloc[0])))]
    planned = days[days["planned_h"].notna() & days["needed_h"].notna()]
    if len(planned):
        short = staff[staff["difference_h"] < -0.5]
        sums = {name: say.number(float(planned[f"{name}_h"].sum()), 0) for name in ("needed", "planned")}
        found.append(say("ahead.rota", n=len(planned), hours=say.count(len(short)), **sums))
    return found
