"""All measures of a store, judged and explained: the rows of ``frames.ANOMALIES``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import ANOMALIES, Answer, check, empty
from .explaining import Story, named_days, of_sales, of_traffic
from .judging import judge
from .measures import measures, open_hours
from .shifting import shifts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .judging import Judged, Odd
    from .measures import Measure, Sources
    from .rules import AnomalyRules

# Days with data that a judgement takes at the least: five weeks.
NEED_DAYS = 35
QUESTIONS = ("traffic", "receipts", "sales", "conversion", "returns", "return_share", "dwell")
# Rates that are made of enough to see a step; returns are too few.
_MOVING = ("conversion", "dwell")
# Told by another measure already: what does not fit in the second is the same thing.
_SAME = {
    "sales": ("receipts",),
    "conversion": ("traffic", "receipts", "sales"),
    "return_share": ("returns", "receipts", "sales"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What did not fit.

    Attributes:
        rows: ``frames.ANOMALIES`` of all days, in order.
        answers: One for each of ``QUESTIONS``.
    """

    rows: pd.DataFrame
    answers: tuple[Answer, ...]


def anomalies(sources: Sources, rules: AnomalyRules) -> Found:
    """Hours and days that do not fit, from the first day on.

    What is said of a day rests on this day and those before it, so it stays the same when later days come.

    Args:
        sources: All that is known.
        rules: What the store has set.

    Raises:
        FrameError: A frame breaks its contract.
    """
    sources = sources.checked()
    hours = open_hours(sources)
    asked = measures(sources, hours) if len(hours) else []
    judged = {(one.name, one.place): judge(one.series, rules.weeks, rules.alarm) for one in asked}
    teller = _Teller(sources, hours, judged)
    rows = teller.outages(rules.least_outage_s)
    told: set[tuple[object, str, str]] = set()
    out = {(row["local_date"], row["measure"]) for row in rows}
    for one in asked:
        mine = judged[one.name, one.place]
        moved = shifts(mine, rules.alarm) if one.name in _MOVING else ()
        for odd in (*moved, *mine.odd):
            row = teller.row(one, odd)
            day = row["local_date"]
            # Of one till only its silence is told, and only where the others sold.
            if one.till and (not odd.silent or (day, one.name) in out):
                continue
            same = any((day, name) in out for name in _SAME.get(one.name, ()))
            if (same and not odd.shift) or (day, one.name, one.place) in told:
                continue
            told.add((day, one.name, one.place))
            if not one.till:
                out.add((day, one.name))
            rows.append(row)
    made = pd.DataFrame(rows, columns=ANOMALIES.names) if rows else empty(ANOMALIES)
    order = made.sort_values(["local_date", "begins", "measure", "place"], kind="stable")
    return Found(check(order, ANOMALIES), tuple(_answer(name, asked, judged) for name in QUESTIONS))


def _answer(name: str, asked: list[Measure], judged: Mapping[tuple[str, str], Judged]) -> Answer:
    """Whether a measure could be judged on any day."""
    mine = [one for one in asked if one.name == name]
    days = [int((~np.isnan(one.series.counts)).any(axis=1).sum()) for one in mine]
    if not mine or not max(days):
        why = "no_camera" if name in {"traffic", "dwell"} else "no_receipts"
        return Answer(name, why, 0.0, float(NEED_DAYS))
    if not any(judged[one.name, one.place].days for one in mine):
        return Answer(name, "few_days", float(max(days)), float(NEED_DAYS))
    return Answer(name)


class _Teller:
    """Turns what is odd into rows."""

    def __init__(self, sources: Sources, hours: pd.DataFrame, judged: Mapping[tuple[str, str], Judged]) -> None:
        self.sources = sources
        self.judged = judged
        self.named = named_days(sources.calendar, hours)
        ends = hours["hour_utc"] + pd.to_timedelta(hours["open_s"].clip(lower=3600.0), unit="s")
        timed = hours.assign(ends=ends, lost=hours["seen_s"] < hours["open_s"] - 60.0)
        self.hours = dict(iter(timed.groupby("local_date")))

    def row(self, one: Measure, odd: Odd) -> dict[str, object]:
        """``frames.ANOMALIES`` of one finding."""
        series = one.series
        day = pd.Timestamp(series.days[odd.at]).as_unit("ms")
        mine = self.hours.get(day)
        if mine is not None and not odd.whole:
            slots = series.slots[odd.first : odd.last + 1]
            mine = mine[mine["slot"].isin(slots)]
        story = self._story(one, odd, day, bool(mine["lost"].any()) if mine is not None else False)
        scale = one.unit / (odd.exposure if one.rate else 1.0)
        evidence = [*story.evidence, *(["lingers"] if odd.lingers else [])]
        begins, ends = (day, day) if mine is None else (mine["hour_utc"].min(), mine["ends"].max())
        if one.name == "traffic":
            begins = self._seen_from(begins)
        return {
            "local_date": day,
            "measure": one.name,
            "place": one.place,
            "kind": story.kind,
            "news": story.kind != "known" and (not odd.lingers or odd.shift > 0),
            "begins": begins if begins.tzinfo else begins.tz_localize("UTC"),
            "ends": ends if ends.tzinfo else ends.tz_localize("UTC"),
            "whole_day": odd.whole,
            "observed": odd.observed * scale,
            "expected": odd.expected * scale,
            "low": odd.least * scale,
            "high": odd.most * scale,
            "p": odd.p,
            "looks": odd.looks,
            "days": odd.shift,
            "evidence": "; ".join(evidence),
            "known": story.known,
        }

    def _seen_from(self, begins: pd.Timestamp) -> pd.Timestamp:
        """When the cameras were back, if it is then that they were lost: the outage has a row of its own there."""
        gaps = self.sources.outages
        back = gaps.loc[gaps["begins"] == begins, "ends"]
        return begins if back.empty else back.iloc[0]

    def _story(self, one: Measure, odd: Odd, day: pd.Timestamp, partly: bool) -> Story:
        if day in self.named and not odd.shift:
            return Story("known", (), self.named[day])
        if one.till:
            story = Story("till", ("till_silent",), one.place)
        elif one.name == "traffic":
            story = of_traffic(odd, self._aligned("receipts", one), partly)
        elif one.name in {"receipts", "sales"}:
            came = self._aligned("traffic", one)
            story = Story("event") if came is None else of_sales(odd, came)
        else:
            story = Story("event")
        return Story("level_shift", story.evidence, story.known) if odd.shift else story

    def _aligned(self, name: str, one: Measure) -> Judged | None:
        """Another measure, if its days and slots are those of this one, or this one is of whole days."""
        other = self.judged.get((name, ""))
        if other is None or other.series.days[0] != one.series.days[0]:
            return None
        same = len(one.series.slots) == 1 or np.array_equal(other.series.slots, one.series.slots)
        return other if same else None

    def outages(self, least_s: float) -> list[dict[str, object]]:
        """Days on which the cameras did not see for so long; what they would have seen is an estimate."""
        found: list[dict[str, object]] = []
        for named, gaps in self.sources.outages.groupby("local_date", sort=True):
            day = pd.Timestamp(str(named)).as_unit("ms")
            mine = self.hours.get(day)
            if gaps["open_s"].sum() < least_s or mine is None:
                continue
            causes = {part for cause in gaps["cause"] for part in cause.split(", ")}
            lost = mine[mine["lost"]]
            sold = int(lost["receipts"].sum())
            evidence = ["no_word" if causes == {"no data"} else "camera_said", *(["tills_sold"] if sold else [])]
            row: dict[str, object] = dict.fromkeys(ANOMALIES.names) | {
                "local_date": day,
                "measure": "traffic",
                "place": "",
                "kind": "camera",
                "news": True,
                "begins": gaps["begins"].min(),
                "ends": gaps["ends"].max(),
                "whole_day": bool((mine["seen_s"] == 0.0).all()),
                "expected": self._missed(day, lost),
                "looks": 0,
                "days": 0,
                "evidence": "; ".join(evidence),
            }
            found.append(row)
        return found

    def _missed(self, day: pd.Timestamp, lost: pd.DataFrame) -> float | None:
        """Visits that were to be expected in the time that was not seen."""
        judged = self.judged.get(("traffic", ""))
        if judged is None:
            return None
        at = int((np.datetime64(day, "D") - judged.series.days[0]).astype("int64"))
        if not 0 <= at < len(judged.series.days):
            return None
        rates = pd.Series(judged.rates[at], index=judged.series.slots).reindex(lost["slot"]).to_numpy()
        if np.isnan(rates).any():
            return None
        return float((rates * (lost["open_s"] - lost["seen_s"]).to_numpy() / 3600.0).sum())
