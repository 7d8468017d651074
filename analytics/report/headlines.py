"""The top of the page: the headline numbers, what they are compared with, and the report in a few sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ..frames import ANOMALIES
from ..metrics import Totals, differ, totals, wilson
from . import audits
from .how import How, how
from .periods import month_of, pasts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .data import ReportData
    from .language import Language

# A smaller change is none.
_EVEN = 0.0005


@dataclass(frozen=True, slots=True)
class Change:
    """How a number differs from that of other days.

    Attributes:
        text: ``+3.2 %``.
        tone: ``up``, ``down``, ``even``.
        against: With what, in few words; empty where it is the first comparison.
    """

    text: str
    tone: str
    against: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number.

    Attributes:
        name: What it is.
        value: The number with its unit.
        changes: Against the days before; empty: there is nothing to compare with.
        note: How sure it is.
        bounds: Between which the true number lies, by the last audit; empty where there is none or none is needed.
        how: Where it comes from.
    """

    name: str
    value: str
    changes: tuple[Change, ...]
    note: str
    bounds: str
    how: How


@dataclass(frozen=True, slots=True)
class Comparison:
    """The report's days against earlier ones.

    Attributes:
        now: The later.
        before: The earlier, all spans together.
        spans: How many spans the earlier are: sums are divided by it.
        short: The earlier in few words.
        label: What is compared with what.
        same: ``now`` is the whole period of the report.
    """

    now: Totals
    before: Totals
    spans: int
    short: str
    label: str
    same: bool


def comparisons(data: ReportData, say: Language) -> tuple[Comparison, ...]:
    """The earlier days of ``periods.pasts`` that were seen for at least half of their opening time."""
    found: list[Comparison] = []
    for past in pasts(data.kind, data.since, data.until):
        now = totals(data.hours(*past.now))
        parts = [(span, data.hours(*span)) for span in past.spans]
        # A span of which less is stored than it has days would be a smaller number, not a smaller store.
        whole = [hours for (first, end), hours in parts if hours["local_date"].nunique() == (end - first).days]
        seen = [hours for hours in whole if totals(hours).status in {"ok", "partial"}]
        if not seen or now.status not in {"ok", "partial"}:
            continue
        before = totals(pd.concat(seen, ignore_index=True))
        first, last = past.spans[-1][0], past.spans[0][1] - timedelta(days=1)
        same = past.now == (data.since, data.until)
        said = {
            "n": len(seen),
            "weekday": say.weekday(data.since.weekday(), full=True),
            "days": say.span(past.now[0], past.now[1] - timedelta(days=1)),
            "before": say.span(first, last),
            "length": say.length((past.now[1] - past.now[0]).days),
        }
        key = f"{data.kind}_{past.name}"
        short, label = say(f"against.{key}_short", **said), say(f"against.{key}", **said)
        found.append(Comparison(now, before, len(seen), short, label, same))
        if past.name == "before" and data.kind == "span":
            break  # the last weeks speak only where there is no equal period before
    return tuple(found)


def coverage_words(against: tuple[Comparison, ...], say: Language) -> tuple[str, ...]:
    """What every comparison compares, and how much of it was seen."""
    return tuple(
        say("against.seen", label=c.label, now=say.percent(c.now.coverage), before=say.percent(c.before.coverage))
        for c in against
    )


def tiles(
    data: ReportData,
    found: Totals,
    against: tuple[Comparison, ...],
    bars: Mapping[str, tuple[float, float]],
    say: Language,
) -> tuple[Tile, ...]:
    """The headline numbers; ``bars`` are those of ``metrics.total_bars``."""
    rated = say("tile.rated", visits=say.count(found.rated_visits))
    silent, many = _silent_days(data)
    till = say("tile.no_receipts", n=silent, of=many) if silent else say("tile.from_tills")
    unsold = 0 < silent == many

    def money(minor: float | None) -> str:
        return say.money(minor, data.currency)

    def tile(kpi: str, value: str, measure: str, note: str, *made_of: str) -> Tile:
        name = say(f"tile.{kpi}")
        if unsold and kpi != "visits":
            # No file of the till came: that is a gap, and a gap is never zero.
            return Tile(name, say.number(None), (), till, "", how(data, say, name, kpi))
        between = audits.bracket(bars, measure, say, data.currency)
        changes = _rate_changes(against, say) if kpi == "conversion" else _changes(against, measure, say)
        return Tile(name, value, changes, note, between, how(data, say, name, kpi, *made_of))

    receipts, units = say.some(found.receipts, "receipt"), say.some(found.units, "piece")
    sales, visits = money(found.sales_minor), say.some(found.rated_visits, "visit")
    aur = found.sales_minor / found.units if found.units else None
    spv_sales = None if found.sales_per_visitor_minor is None else found.sales_per_visitor_minor * found.rated_visits
    upt = say.number(found.upt, 2) if found.units else say.number(None)
    return (
        tile("visits", say.count(found.visits), "visits", _seen(data, found, bars, say), say.count(found.visits)),
        tile(
            "conversion",
            say.percent(found.conversion),
            "conversion",
            _chance(found, against, say),
            say.some(found.rated_receipts, "receipt"),
            visits,
        ),
        tile("sales_per_visitor", money(found.sales_per_visitor_minor), "sales_per_visitor_minor", rated,
             money(spv_sales), visits),
        tile("net_sales", sales, "sales_minor", till, sales),
        tile("transactions", say.count(found.receipts), "receipts", till, receipts),
        tile("atv", money(found.atv_minor), "atv_minor", till, sales, receipts),
        tile("upt", upt, "upt", till, units, receipts),
        tile("aur", money(aur), "aur_minor", till, sales, units),
    )  # fmt: skip


def _silent_days(data: ReportData) -> tuple[int, int]:
    """Days that were open without a single sale or return, for which a file may be missing; and all that were open."""
    hours = data.hours()
    days = hours.assign(sold=hours["receipts"].ne(0) | hours["sales_minor"].ne(0)).groupby("local_date")
    opened, sold = days["open_s"].sum() > 0, days["sold"].any()
    return int((opened & ~sold).sum()), int(opened.sum())


def _seen(data: ReportData, found: Totals, bars: Mapping[str, tuple[float, float]], say: Language) -> str:
    seen = say("tile.seen", coverage=say.percent(found.coverage))
    if found.status in {"partial", "missing"}:
        seen = say(f"tile.seen_{found.status}", coverage=say.percent(found.coverage))
    if found.visits and "visits" not in bars:
        return say("tile.two", first=seen, second=audits.no_bar(data, say) or say("tile.no_bar"))
    return seen


def _chance(found: Totals, against: tuple[Comparison, ...], say: Language) -> str:
    interval = wilson(found.rated_receipts, found.rated_visits)
    if interval is None:
        return say("tile.over" if found.flag else "tile.no_interval")
    told = say("tile.sure", between=say.percents(*interval))
    if against and _real(against[0]) is False:
        return say("tile.two", first=told, second=say("tile.within_chance"))
    return told


def _value(sums: Totals, measure: str) -> float | None:
    if measure == "aur_minor":
        return sums.sales_minor / sums.units if sums.units else None
    value: float | None = getattr(sums, measure)
    return value


def _changes(against: tuple[Comparison, ...], measure: str, say: Language) -> tuple[Change, ...]:
    made = []
    for place, comparison in enumerate(against):
        now, before = _value(comparison.now, measure), _value(comparison.before, measure)
        if now is None or not before or before < 0:
            continue
        # Sums of several spans are compared by their mean; rates are ratios of sums already.
        if measure in {"visits", "receipts", "sales_minor"}:
            before /= comparison.spans
        change = now / before - 1.0
        tone = "up" if change > _EVEN else "down" if change < -_EVEN else "even"
        made.append(Change(say.signed_percent(change), tone, comparison.short if place else ""))
    return tuple(made)


def _rate_changes(against: tuple[Comparison, ...], say: Language) -> tuple[Change, ...]:
    made = []
    for place, comparison in enumerate(against):
        now, before = comparison.now.conversion, comparison.before.conversion
        if now is None or before is None:
            continue
        tone = "even" if _real(comparison) is False else "up" if now > before else "down"
        made.append(Change(say.points(now - before), tone, comparison.short if place else ""))
    return tuple(made)


def _real(comparison: Comparison) -> bool | None:
    now, before = comparison.now, comparison.before
    return differ(now.rated_receipts, now.rated_visits, before.rated_receipts, before.rated_visits)


def summary(data: ReportData, found: Totals, days: pd.DataFrame, say: Language) -> tuple[str, ...]:
    """The report in a few sentences."""
    said: list[str] = []
    good = days[days["status"] == "ok"]
    if len(days) > 1 and len(good) and found.visits is not None:
        best = good.iloc[int(good["visits"].astype("float64").argmax())]
        said.append(
            say(
                "summary.visits",
                n=found.visits,
                mean=say.count(float(good["visits"].mean())),
                day=say.short_day(best["local_date"]),
                most=say.count(int(best["visits"])),
            )
        )
    elif found.visits is not None:
        said.append(say("summary.one_day", n=found.visits))
    silent, many = _silent_days(data)
    if silent:
        said.append(say("summary.no_receipts", n=silent, of=many))
    if found.conversion is not None and found.conversion <= 1 and silent < many:
        share, amount = say.count(100 * found.conversion), say.money(found.atv_minor, data.currency)
        # Without receipt lines nobody knows the pieces.
        key = "summary.bought_pieces" if found.upt else "summary.bought"
        said.append(say(key, share=share, amount=amount, pieces=say.number(found.upt)))
    lost = [gap.open_s for gap in data.gaps if gap.open_s >= 3600]
    if lost:
        said.append(say("summary.blind", n=len(lost), hours=say.count(sum(lost) / 3600)))
    elif found.open_s and found.seen_s:
        said.append(say("summary.never_blind"))
    odd = data.of(ANOMALIES)
    if strange := len(odd.loc[odd["news"], ["local_date", "begins"]].drop_duplicates()):
        said.append(say("summary.odd", n=strange))
    ahead = data.forecast[data.forecast["measure"] == "visits"]
    if len(ahead) and len(data.backtest):  # one that could not be tested is no headline
        many = int(ahead["local_date"].nunique())
        said.append(say("summary.ahead", visits=say.count(float(ahead["mean"].sum())), n=many))
    return tuple(said)


@dataclass(frozen=True, slots=True)
class Outage:
    """One gap in words."""

    begins: str
    ends: str
    lost: str
    cause: str
    open_s: float


def outages(data: ReportData, say: Language) -> tuple[Outage, ...]:
    """The gaps of the entrance cameras in the period, in order of time."""
    zone = ZoneInfo(data.opening.time_zone)
    return tuple(
        Outage(
            say.moment(gap.begins.astimezone(zone)),
            say.moment(gap.ends.astimezone(zone)),
            say.duration(gap.open_s),
            say.listed([say.word("cause", cause.replace(" ", "_")) for cause in gap.cause.split(", ")]),
            gap.open_s,
        )
        for gap in data.gaps
    )


def usual_hours(data: ReportData) -> pd.Series | None:
    """Mean visits by local hour over the days that a report of one day is compared with; None without such."""
    spans = next((past.spans for past in pasts(data.kind, data.since, data.until) if past.name == "weekdays"), ())
    parts = [data.hours(*span) for span in spans]
    if not parts:
        return None
    hours = pd.concat(parts, ignore_index=True)
    hours = hours[(hours["status"] == "ok") & hours["visits"].notna()]
    mean: pd.Series = hours.groupby("local_hour")["visits"].mean().astype("float64")
    return mean if len(mean) else None


def title_of(kind: str, since: date, until: date, say: Language) -> str:
    """What a report is called, such as ``Report of the week 2 to 8 March 2026``."""
    last = until - timedelta(days=1)
    days = say.full_day(since) if kind == "day" else say.span(since, last)
    if kind == "month" and month_of(since) == (since, until):
        days = say.month(since)
    return say(f"page.title_{kind}", days=days)
