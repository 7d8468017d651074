"""Is it different, or is it chance: what weekdays, weather and promotions did, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from .. import comparisons
from .how import How
from .sections import Section

if TYPE_CHECKING:
    from datetime import date

    from .data import ReportData
    from .language import Language

_MEASURES = ("visits", "conversion", "net_sales")
_ORDER = ("different", "not shown")
MOST_LINES = 14


def differences(data: ReportData, say: Language) -> Section | str:
    """Weekdays, weather, promotions and tills against each other over the last weeks, or why nothing can be said."""
    tills = data.tills if len(data.tills) else None
    found = comparisons.overview(data.daily, data.calendar, tills)
    told = [finding for verdict in _ORDER for finding in found if finding.verdict == verdict]
    if not told:
        return say("chance.none")
    language = _code(say)
    lines = [comparisons.sentence(finding, language, data.currency) for finding in _once(told)[:MOST_LINES]]
    since, until = data.daily["local_date"].iloc[0].date(), data.until
    days = say.span(since, data.daily["local_date"].iloc[-1].date())
    way = How(say("chance.title"), "", f"footfall-analytics compare --since {since} --until {until}")
    return Section(say("chance.title"), say("chance.lead", days=days, n=len(found)), lines=tuple(lines), how=way)


def promotions(data: ReportData, say: Language) -> tuple[Section, ...]:
    """What each promotion of the period did, against matched days."""
    sections = []
    for name, first, last in _running(data):
        change = comparisons.Change(name, first, last)
        found = [comparisons.before_after(data.daily, data.calendar, measure, change) for measure in _MEASURES]
        lines = [comparisons.sentence(finding, _code(say), data.currency) for finding in comparisons.corrected(found)]
        title = say("promotion.title", name=name)
        sections.append(Section(title, say("promotion.lead", days=say.span(first, last)), lines=tuple(lines)))
    return tuple(sections)


def notes(data: ReportData, say: Language) -> tuple[str, ...]:
    """What is known of the days themselves: holidays, events, promotions; of a single day also the weather."""
    days = data.calendar
    days = days[(days["local_date"] >= pd.Timestamp(data.since)) & (days["local_date"] < pd.Timestamp(data.until))]
    if data.kind == "span" and len(days) > 62:
        return ()
    told = []
    for kind in ("holiday", "event", "promotion"):
        for name, mine in days[days[kind].notna()].groupby(kind, sort=False):
            first, last = mine["local_date"].iloc[0], mine["local_date"].iloc[-1]
            when = (
                say.short_day(first)
                if first == last
                else say("number.from_to", a=say.short_day(first), b=say.short_day(last))
            )
            told.append(say(f"note.{kind}", name=name, when=when))
    if len(days) == 1:
        day = days.iloc[0]
        if not pd.isna(day["weather"]):
            warm = (
                ""
                if pd.isna(day["temperature_c"])
                else say("note.degrees", degrees=say.number(day["temperature_c"], 0))
            )
            told.append(say("note.weather", what=say.word("weather", str(day["weather"])), degrees=warm))
    return tuple(told)


def _running(data: ReportData) -> list[tuple[str, date, date]]:
    """The promotions that ran in the period, each with its first and last day, also outside of it."""
    days = data.calendar[data.calendar["promotion"].notna()]
    found = []
    names = {name for text in days["promotion"] for name in str(text).split("; ")}
    for name in sorted(names):
        mine = days.loc[[name in str(text).split("; ") for text in days["promotion"]], "local_date"]
        first, last = mine.iloc[0].date(), mine.iloc[-1].date()
        if first < data.until and last >= data.since:
            found.append((name, first, last))
    return found


def _once(told: list[comparisons.Finding]) -> list[comparisons.Finding]:
    """Where two tests of the same question agree, one of them says it; both are in the family and in the command."""
    answers: dict[object, comparisons.Finding] = {}
    for finding in told:
        answers.setdefault((finding.measure, finding.question, finding.groups, finding.verdict), finding)
    return list(answers.values())


def _code(say: Language) -> Literal["en", "zh"]:
    return cast('Literal["en", "zh"]', say.code)
