"""What a report of a small shop is made of, computed by the real rooms from a few facts and receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from analytics import forecast, frames, joins, kpis, metrics, report
from analytics.accuracy import accuracy
from analytics.jobs.rollups import pair_days
from analytics.purchases import Purchases, purchases
from analytics.segments import segments
from analytics.visits import VisitRules, visits, waterfall_days

from .store_days import at, crossings, lines, opening, receipts, stays, watches

FIRST, END = date(2025, 12, 1), date(2026, 1, 26)  # eight weeks, the last four against the four before
BLIND = date(2026, 1, 14)  # a Wednesday without a camera
DOORS = frozenset({"door"})
CALENDAR = opening(closed_days=frozenset({date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)}))
MADE_AT = datetime(2026, 1, 26, 3, 15, tzinfo=UTC)


def small_shop(name: str = "Corner Shop") -> report.ReportData:
    """Eight weeks: some thirty people a day, every third buys, one blind day, one till, a few members."""
    rng = np.random.default_rng(8)
    people: list[tuple[str, str]] = []
    sold: list[tuple[str, int, dict[str, object]]] = []
    served: list[tuple[str, float]] = []
    seen: list[tuple[str, str]] = []
    for day in (FIRST + timedelta(days=n) for n in range((END - FIRST).days)):
        if day.weekday() == 6 or day in CALENDAR.closed_days:
            continue
        if day != BLIND:
            seen.append((f"{day} 08:30", f"{day} 20:30"))
        for second in np.sort(rng.choice(39_000, int(rng.poisson(30 + 3 * day.weekday())), replace=False)):
            moment = datetime(day.year, day.month, day.day, 9) + timedelta(seconds=int(second))  # noqa: DTZ001 - local
            if day != BLIND:
                people.append((f"{moment}", "in"))
            if rng.random() < 0.33:
                pays = moment + timedelta(seconds=600)
                served.append((f"{pays - timedelta(seconds=50)}", 55.0))
                member = {"member_id": f"M{rng.integers(40)}"} if rng.random() < 0.5 else {}
                sold.append((f"{pays}", int(rng.integers(900, 9000)), {**member}))
    doors, at_till, shop_sees = crossings(*people), stays(*served), watches(*seen)
    floor = shop_sees.assign(camera_id="sales-floor")
    all_watches = pd.concat([shop_sees, floor], ignore_index=True)
    bought = receipts(*sold)
    goods = lines(**{f"R{n + 1}": 2 for n in range(len(sold))})
    since, until = at(FIRST.isoformat()), at(END.isoformat())
    judged = visits(doors, CALENDAR)
    traffic = metrics.Traffic(doors, judged, shop_sees, DOORS)
    hours = metrics.hourly(traffic, metrics.Sales(bought, goods), CALENDAR, since, until)
    zone_hours = metrics.zones(at_till, all_watches, CALENDAR, since, until)
    ahead, tested = forecast.forecast(hours, CALENDAR)
    pairs = joins.match_receipts(at_till, bought).pairs
    cards = pd.DataFrame([(f"M{n}", pd.Timestamp("2025-01-01"), None, None, None, True) for n in range(40)])
    members = frames.check(cards.set_axis(frames.MEMBERS.names, axis=1), frames.MEMBERS)
    zone_days, zones = zones_of(at_till, zone_hours, hours)
    lost = metrics.outages(all_watches, DOORS, CALENDAR, since, until)
    return report.ReportData(
        store_id="corner",
        store_name=name,
        currency="EUR",
        opening=CALENDAR,
        since=FIRST,
        until=END,
        made_at=MADE_AT,
        version="0.1.0",
        hourly=hours,
        daily=metrics.daily(hours),
        gaps=metrics.joined(lost, CALENDAR),
        zone_days=zone_days,
        zones=zones,
        inside=report.Inside(waterfall=waterfall_days(judged, CALENDAR.time_zone)),
        segments=segments(_sold(bought, goods, members)),
        forecast=ahead,
        backtest=tested,
        pairs=pair_days(pairs, CALENDAR.time_zone),
        clocks=clocks(),
        tills=kpis.till_hours(bought, goods, CALENDAR.time_zone),
        rejects=(report.Rejects("receipts.csv", "total: must not be negative", 2),),
    )


def clocks() -> pd.DataFrame:
    """One till a minute ahead, set on the 8th of January, and one of which nothing is known."""
    rows = [
        ("T1", "2026-01-07", 1.0, 2.0, 0.0, 9.0, 80, True, None),
        ("T1", "2026-01-08", 61.0, 2.5, 0.1, 9.0, 90, True, 60.0),
        ("T2", "2026-01-08", 0.0, None, 0.0, 0.0, 3, False, None),
    ]
    names = [column.name for column in frames.TILL_CLOCKS.columns][: len(rows[0])]
    made = pd.DataFrame(rows, columns=names)
    return frames.check(made.assign(local_date=pd.to_datetime(made["local_date"])), frames.TILL_CLOCKS)


def _sold(bought: pd.DataFrame, goods: pd.DataFrame, members: pd.DataFrame) -> Purchases:
    """What was sold, as questions about customers see it."""
    products = frames.empty(frames.PRODUCTS)
    return purchases(bought, goods, members, products, as_of=END - timedelta(days=1), time=CALENDAR.time_zone)


def zones_of(
    rows: pd.DataFrame, zone_hours: pd.DataFrame, hours: pd.DataFrame, rules: metrics.ZoneRules | None = None
) -> tuple[pd.DataFrame, tuple[metrics.ZoneTotals, ...]]:
    """The days of zones, and the zones of the period."""
    waits = frames.empty(frames.QUEUE_WAITS)
    bins = metrics.stay_bins(rows, waits, CALENDAR.time_zone, rules or metrics.ZoneRules())
    days = metrics.zone_days(zone_hours, hours)
    return days, metrics.zone_period(days, bins)


def audited(data: report.ReportData, *windows: tuple[str, int, int, int | None]) -> report.ReportData:
    """The same shop, its door audited in windows of five minutes: (local begin, manual, counted, matched)."""
    found = data.hourly[data.hourly["visits"].fillna(0) > 0]
    came = [
        (f"{hour.tz_convert(CALENDAR.time_zone):%Y-%m-%d %H}:{n // 60:02}:{n % 60:02}", "in")
        for hour, many in zip(found["hour_utc"], found["visits"], strict=True)
        for n in range(int(many))
    ]
    doors = crossings(*came)
    counted = metrics.line_hours(doors, visits(doors, CALENDAR), data.hourly, CALENDAR.time_zone)
    rows = [
        {
            "camera_id": "door", "line_id": "entrance", "geometry_version": "v1", "direction": "in",
            "begins": pd.Timestamp(at(begins)), "ends": pd.Timestamp(at(begins)) + pd.Timedelta(minutes=5),
            "manual": manual, "counted": seen, "matched": matched, "audited": pd.Timestamp(at(begins)),
        }
        for begins, manual, seen, matched in windows
    ]  # fmt: skip
    by_hand = frames.check(pd.DataFrame(rows), frames.AUDITS) if rows else frames.empty(frames.AUDITS)
    return replace(data, audited=metrics.Audited(counted, accuracy(by_hand, CALENDAR.time_zone)))


def new_shop() -> report.ReportData:
    """Opened today: nothing was seen, nothing sold."""
    traffic = metrics.Traffic(crossings(), visits(crossings(), CALENDAR), watches(), DOORS)
    first, end = at("2026-01-05"), at("2026-01-06")
    hours = metrics.hourly(traffic, metrics.Sales(receipts(), lines()), CALENDAR, first, end)
    return report.ReportData(
        store_id="corner",
        store_name="Corner Shop",
        currency="EUR",
        opening=CALENDAR,
        since=date(2026, 1, 5),
        until=date(2026, 1, 6),
        made_at=MADE_AT,
        version="0.1.0",
        hourly=hours,
        segments=frames.empty(frames.SEGMENTS),
        forecast=frames.empty(frames.FORECAST),
        backtest=frames.empty(frames.BACKTEST),
    )


def with_inside(data: report.ReportData) -> report.ReportData:
    """The same shop with a queue, a line outside, a mannequin, and visits grouped into buying units."""
    day, since, until = "2026-01-20", at(FIRST.isoformat()), at(END.isoformat())
    floor: dict[str, object] = {"zone_id": "queue", "role": "queue"}
    rows = stays(
        (f"{day} 10:00", 120.0, floor | {"track_id": 1}),
        (f"{day} 10:02:02", 60.0, {"track_id": 1}),
        (f"{day} 10:01", 240.0, floor | {"track_id": 2}),
        (f"{day} 11:00", 30.0, floor | {"track_id": 3, "end_cause": "lost"}),
        (f"{day} 11:00", 3000.0, {"zone_id": "shoes", "role": "product", "end_cause": "fixed"}),
        (f"{day} 11:10", 2.0, {"zone_id": "shoes", "role": "product"}),
    )
    street: dict[str, object] = {"role": "outside", "line_id": "street"}
    doors = crossings(
        *[(f"{day} 10:00:{n:02}", "in", street | {"track_id": n}) for n in range(50)],
        *[(f"{day} 10:01:{n:02}", "in", {"track_id": n, "cause": "merged" if n else "ended"}) for n in range(5)],
        *[(f"{day} 10:11:{n:02}", "out", {"track_id": n}) for n in range(5)],
    )
    drawn = [("sales-floor", "zone", "queue", "queue"), ("sales-floor", "zone", "shoes", "product")]
    drawn += [("sales-floor", "zone", "till", "till"), ("door", "line", "street", "outside")]
    places = frames.check(pd.DataFrame(drawn, columns=frames.PLACES.names), frames.PLACES)
    seen = watches(*((f"{d:%Y-%m-%d} 08:30", f"{d:%Y-%m-%d} 20:30") for d in data.daily["local_date"]))
    both = pd.concat([seen, seen.assign(camera_id="sales-floor")], ignore_index=True)
    judged = visits(doors, CALENDAR, rules := VisitRules(group_s=2.0))
    traffic = metrics.Traffic(doors, judged, both, DOORS, grouped=True)
    waited = metrics.waits(rows)
    queues = metrics.queues(waited, both, CALENDAR, since, until, places=places)
    zone_rules = metrics.ZoneRules(places)
    zone_hours = metrics.zones(rows, both, CALENDAR, since, until, rules=zone_rules)
    zone_days, zones = zones_of(rows, zone_hours, data.hourly, zone_rules)
    bins = metrics.stay_bins(rows, waited, CALENDAR.time_zone, zone_rules)
    lengths = metrics.lengths(bins)
    return replace(
        data,
        zone_days=zone_days,
        zones=zones,
        inside=report.Inside(
            rules=rules,
            waterfall=waterfall_days(judged, CALENDAR.time_zone),
            dwell=metrics.store_dwell(traffic, CALENDAR, since, until),
            drift=metrics.drift_days(traffic, CALENDAR, since, until),
            queues=metrics.queue_totals(frames.empty(frames.QUEUE_WAITS), queues, data.hourly, lengths),
            queue_hourly=queues,
            passers=metrics.passers(doors, both, CALENDAR, since, until, places=places),
            capture=metrics.capture(traffic, CALENDAR, since, until, places=places),
        ),
    )


class _Text(HTMLParser):
    """What a person reads: the text outside styles and code."""

    def __init__(self, hidden: frozenset[str]) -> None:
        super().__init__()
        self.words: list[str] = []
        self._skipped, self._hidden = hidden, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in self._skipped

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._skipped

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def text_of(page: str, *hidden: str) -> str:
    """The text of a page without that of styles and of the elements named."""
    reader = _Text(frozenset({"style", "script", *hidden}))
    reader.feed(page)
    return " ".join(" ".join(reader.words).split())
