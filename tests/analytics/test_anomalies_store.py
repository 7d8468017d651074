"""A store in which something goes wrong: what it was, told from the cameras, the tills and the calendar."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import report
from analytics.anomalies import AnomalyRules, Found, Sources, anomalies
from analytics.calendar import Dated, KnownDays, calendar_days
from analytics.cli import main
from analytics.cli.opening import opened
from analytics.frames import (
    ANOMALIES,
    ANSWERS,
    HOURLY,
    ODD_EVIDENCE,
    OUTAGES,
    TILL_HOURLY,
    ZONE_DAYS,
    answer_rows,
    check,
    empty,
    hours,
)
from analytics.jobs.anomalies import run_anomalies
from analytics.report.language import LANGUAGES, Language
from analytics.report.sections import Section
from analytics.report.topics.anomalies import sections
from analytics.settings import load

from .report_shop import small_shop
from .small_shop import open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Europe/Berlin"
FIRST, DAYS = date(2026, 1, 5), 63  # nine weeks from a Monday, open every day from nine to eight
ODD_DAY = pd.Timestamp("2026-03-03")  # the second last Tuesday


@cache
def store(days: int = DAYS, *, seed: int = 2) -> Sources:
    """Some 270 visits and 80 receipts a day, two tills, one zone, cameras that see everything."""
    rng = np.random.default_rng(seed)
    since = pd.Timestamp(FIRST, tz=ZONE).tz_convert("UTC").to_pydatetime()
    until = pd.Timestamp(FIRST + timedelta(days=days), tz=ZONE).tz_convert("UTC").to_pydatetime()
    grid = hours(since, until, ZONE)
    grid["open_s"] = np.where(grid["local_hour"].between(9, 19), 3600.0, 0.0)
    level = np.repeat(np.exp(0.08 * rng.standard_normal(days)), 24)[: len(grid)]
    grid["visits"] = rng.poisson(25.0 * level) * (grid["open_s"] > 0)
    grid["receipts"] = rng.binomial(grid["visits"], 0.3)
    grid["sales_minor"] = 4000 * grid["receipts"] + rng.integers(0, 500, len(grid)) * grid["receipts"]
    grid["units"] = grid["receipts"]
    grid["entries_in"] = grid["entries_out"] = grid["visits"]
    grid["seen_s"] = grid["open_s"]
    grid["coverage"] = np.where(grid["open_s"] > 0, 1.0, np.nan)
    grid["status"] = np.where(grid["open_s"] > 0, "ok", "closed")
    missing = {c.name: pd.Series(None, index=grid.index, dtype=c.dtype) for c in HOURLY.columns if c.name not in grid}
    hourly = check(grid.assign(**missing), HOURLY)
    days_of = pd.date_range(FIRST, periods=days, unit="ms")
    stays = rng.poisson(60.0, days)
    zones = pd.DataFrame(dict.fromkeys(ZONE_DAYS.names, 0), index=range(days)).assign(
        local_date=days_of, camera_id="floor", zone_id="shoes", role="product", stays=stays, visitors=stays,
        occupancy_s=stays * 90.0 * np.exp(0.05 * rng.standard_normal(days)), occupancy_open_s=39_600.0,
        occupancy_max=4.0,
    )  # fmt: skip
    calendar = calendar_days(FIRST, FIRST + timedelta(days=days), KnownDays())
    return Sources(hourly, tills_of(hourly, rng), check(zones, ZONE_DAYS), calendar, empty(OUTAGES), ZONE)


def tills_of(hourly: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Half of the receipts at each of two tills, and a few returns."""
    first = rng.binomial(hourly["receipts"], 0.5)
    made = []
    for till, many in (("T1", first), ("T2", hourly["receipts"].to_numpy() - first)):
        rows = pd.DataFrame(dict.fromkeys(TILL_HOURLY.names, 0), index=hourly.index).assign(
            hour_utc=hourly["hour_utc"], local_date=hourly["local_date"], local_hour=hourly["local_hour"], till_id=till,
            receipts=many, returns=rng.binomial(many, 0.05), sales_minor=4200 * many, units=many,
        )  # fmt: skip
        made.append(rows[rows["receipts"] > 0])
    return check(pd.concat(made, ignore_index=True), TILL_HOURLY)


def hourly_with(shop: Sources, mask: pd.Series, **values: Any) -> Sources:
    changed = shop.hourly.copy()
    for name, value in values.items():
        changed.loc[mask, name] = value
    return replace(shop, hourly=changed)


def on(shop: Sources, first: int = 9, last: int = 19) -> pd.Series:
    return (shop.hourly["local_date"] == ODD_DAY) & shop.hourly["local_hour"].between(first, last)


def told(shop: Sources) -> list[tuple[str, str, bool, str]]:
    """Measure, kind, news and evidence of the odd day; nothing else may be found."""
    rows = anomalies(shop, AnomalyRules()).rows
    assert set(rows["local_date"]) <= {ODD_DAY}
    return list(rows[["measure", "kind", "news", "evidence"]].itertuples(index=False, name=None))


@pytest.mark.slow
def test_a_usual_store_has_no_findings_and_all_questions_are_answered() -> None:
    found = anomalies(store(), AnomalyRules())
    assert found.rows.empty
    assert [answer.why for answer in found.answers] == [None] * 7


@pytest.mark.slow
def test_a_camera_that_watches_and_counts_nobody_while_the_tills_sell_is_a_camera_fault() -> None:
    shop = store()
    blind = hourly_with(shop, on(shop, 13, 17), visits=0)
    assert told(blind) == [("traffic", "camera", True, "nothing_counted; tills_sold")]
    (row,) = anomalies(blind, AnomalyRules()).rows.to_dict("records")
    assert f"{row['begins'].tz_convert(ZONE):%H:%M} {row['ends'].tz_convert(ZONE):%H:%M}" == "13:00 18:00"
    assert row["observed"] == 0 < row["low"] < row["expected"] < row["high"]
    assert row["expected"] == pytest.approx(125.0, rel=0.2)
    assert row["looks"] == 12


def test_visits_without_a_receipt_are_a_missing_file() -> None:
    shop = store()
    lost = hourly_with(shop, on(shop), receipts=0, sales_minor=0)
    lost = replace(lost, tills=shop.tills[shop.tills["local_date"] != ODD_DAY].reset_index(drop=True))
    found = {row[0]: row[1:] for row in told(lost)}
    assert found["receipts"] == ("till", True, "nothing_sold; visitors_came")
    assert "sales" not in found
    assert "conversion" not in found


def test_one_till_whose_file_is_missing_is_named() -> None:
    shop = store()
    mine = shop.tills[(shop.tills["local_date"] == ODD_DAY) & (shop.tills["till_id"] == "T2")]
    gone = mine.groupby("hour_utc")["receipts"].sum().reindex(shop.hourly["hour_utc"], fill_value=0).to_numpy()
    hourly = shop.hourly.assign(receipts=shop.hourly["receipts"] - gone)
    hourly["sales_minor"] = 4200 * hourly["receipts"]
    rows = anomalies(replace(shop, hourly=hourly, tills=shop.tills.drop(mine.index)), AnomalyRules()).rows
    (row,) = rows[rows["measure"] == "receipts"].to_dict("records")
    assert (row["kind"], row["place"], row["known"], row["evidence"]) == ("till", "T2", "T2", "till_silent")


@pytest.mark.slow
def test_few_visits_and_few_sales_are_a_real_event_and_so_is_a_crowd() -> None:
    shop = store()
    for factor, code in ((0.15, "sales_low_too"), (3.0, "sales_high_too")):
        rows = on(shop)
        fewer = {
            n: np.round(factor * shop.hourly.loc[rows, n]).astype(int) for n in ("visits", "receipts", "sales_minor")
        }
        found = told(hourly_with(shop, rows, **fewer))
        assert ("traffic", "event", True, code) in found
        assert all(kind == "event" for _, kind, _, _ in found)


def test_what_the_calendar_knows_is_no_alarm() -> None:
    shop = store()
    rows = on(shop)
    crowd = hourly_with(shop, rows, visits=3 * shop.hourly.loc[rows, "visits"])
    fair = KnownDays(events=(Dated("street fair", ODD_DAY.date(), ODD_DAY.date()),))
    known = replace(crowd, calendar=calendar_days(FIRST, FIRST + timedelta(days=DAYS), fair))
    found = anomalies(known, AnomalyRules()).rows
    assert set(found["kind"]) == {"known"}
    assert set(found["known"]) == {"street fair"}
    assert not found["news"].any()


@pytest.mark.slow
def test_an_outage_that_the_watches_tell_is_certain_and_says_what_was_missed() -> None:
    shop = store()
    rows = on(shop, 12, 15)
    dark = hourly_with(shop, rows, visits=pd.NA, entries_in=pd.NA, seen_s=0.0, coverage=0.0, status="missing")
    begins = pd.Timestamp("2026-03-03 12:00", tz=ZONE)
    for cause, code in (("lost", "camera_said"), ("no data", "no_word")):
        gap = (begins, begins + pd.Timedelta(hours=4), ODD_DAY, 14_400.0, cause, False, False)
        outage = check(pd.DataFrame([gap], columns=OUTAGES.names), OUTAGES)
        assert told(replace(dark, outages=outage)) == [("traffic", "camera", True, f"{code}; tills_sold")]
    (row,) = anomalies(replace(dark, outages=outage), AnomalyRules()).rows.to_dict("records")
    assert pd.isna(row["p"])
    assert pd.isna(row["observed"])
    assert row["expected"] == pytest.approx(100.0, rel=0.2)
    assert told(replace(dark, outages=outage.assign(open_s=600.0))) == []


def test_people_who_stay_twice_as_long_in_a_zone_are_told_with_the_zone_and_in_seconds() -> None:
    shop = store()
    zones = shop.zones.copy()
    zones.loc[zones["local_date"] == ODD_DAY, "occupancy_s"] *= 2.5
    (row,) = anomalies(replace(shop, zones=zones), AnomalyRules()).rows.to_dict("records")
    assert (row["measure"], row["place"], row["kind"]) == ("dwell", "floor/shoes", "event")
    assert row["observed"] == pytest.approx(225.0, rel=0.15)
    assert row["expected"] == pytest.approx(90.0, rel=0.15)


def test_returns_that_pile_up_are_told_once() -> None:
    shop = store()
    tills = shop.tills.copy()
    tills.loc[tills["local_date"] == ODD_DAY, "returns"] += 3
    assert [row[0] for row in told(replace(shop, tills=tills))] == ["returns"]


def why(found: Found) -> dict[str, str | None]:
    return {answer.question: answer.why for answer in found.answers}


@pytest.mark.slow
def test_a_new_store_says_that_it_is_too_new_and_others_what_they_lack() -> None:
    rules = AnomalyRules()
    new = anomalies(store(3), rules)
    assert set(why(new).values()) == {"few_days"}
    assert next((answer.have, answer.need) for answer in new.answers) == (3.0, 35.0)
    shop = store()
    nobody = replace(shop, hourly=shop.hourly.assign(visits=pd.array([pd.NA] * len(shop.hourly), dtype="Int64")))
    assert why(anomalies(nobody, rules))["traffic"] == "no_camera"
    idle = shop.hourly.assign(receipts=0, sales_minor=0)
    unsold = why(anomalies(replace(shop, hourly=idle, tills=empty(TILL_HOURLY)), rules))
    assert (unsold["receipts"], unsold["returns"], unsold["traffic"]) == ("no_receipts", "no_receipts", None)
    nothing = Sources(empty(HOURLY), empty(TILL_HOURLY), empty(ZONE_DAYS), shop.calendar, empty(OUTAGES), ZONE)
    assert anomalies(nothing, rules).rows.empty
    negative = replace(shop, hourly=shop.hourly.assign(sales_minor=-1))
    assert why(anomalies(negative, rules))["sales"] == "no_receipts"


def test_yesterday_is_said_the_same_tomorrow() -> None:
    shop = store()
    blind = hourly_with(shop, on(shop, 13, 17), visits=0)
    day = ODD_DAY + pd.Timedelta(days=1)
    early = replace(
        blind,
        hourly=blind.hourly[blind.hourly["local_date"] < day],
        tills=blind.tills[blind.tills["local_date"] < day],
        zones=blind.zones[blind.zones["local_date"] < day],
    )
    pd.testing.assert_frame_equal(anomalies(early, AnomalyRules()).rows, anomalies(blind, AnomalyRules()).rows)


@pytest.mark.slow
def test_the_job_writes_the_days_of_its_window_and_the_command_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_shop(tmp_path / "footfall.sqlite", 3)
    sell(tmp_path / "sales", 3)
    config = settings(tmp_path)
    days = ["--since", "2026-03-02", "--until", "2026-03-05"]
    assert main(["run", "hourly", "--config", str(config), *days]) == 0
    shop = store()
    blind = hourly_with(shop, on(shop, 13, 17), visits=0)
    with opened(load(config)) as context:
        context.results.replace_window(HOURLY, blind.hourly)
        context.results.replace_window(TILL_HOURLY, blind.tills)
    assert main(["run", "anomalies", "--config", str(config), *days]) == 0
    with opened(load(config)) as context:
        stored = context.results.read(ANOMALIES)
        answers = context.results.read(ANSWERS)
        assert run_anomalies.__doc__
    assert stored["kind"].tolist() == ["camera"]
    assert answers.loc[answers["topic"] == "anomalies", "question"].nunique() == 7
    capsys.readouterr()
    command = ["anomalies", "--config", str(config)]
    assert main([*command, *days, "--csv"]) == 0
    frame = pd.read_csv(io.StringIO(capsys.readouterr().out), keep_default_na=False)
    assert frame[["measure", "kind", "evidence"]].to_numpy().tolist() == [
        ["traffic", "camera", "nothing_counted; tills_sold"]
    ]
    assert main([*command, *days, "--all"]) == 0
    shown = capsys.readouterr().out
    assert "13:00-18:00" in shown
    assert "dwell: not judged" in shown
    assert main([*command, "--since", "2026-02-25", "--until", "2026-02-27"]) == 0
    assert "nothing that does not fit" in capsys.readouterr().out
    assert main([*command, "--since", "2026-03-05", "--until", "2026-03-02"]) == 2
    assert "--until" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_did_not_fit_in_both_languages(language: str) -> None:
    say = Language(language)
    shop = store()
    blind = hourly_with(shop, on(shop, 13, 17), visits=0)
    rows = anomalies(blind, AnomalyRules()).rows
    data = replace(small_shop(), found={ANOMALIES.name: rows})
    section = sections(data, say)["anomalies"]
    assert isinstance(section, Section)
    (row,) = section.rows
    assert say("anomalies.kind_camera") in row.cells[2]
    assert row.cells[3] == "0"
    told = say("summary.odd", n=1)
    assert section.title in report.render(data, language)
    assert section.title in told
    assert told in report.brief(data, language), "the message of the night says so too"
    assert told not in report.brief(small_shop(), language)
    for code in ODD_EVIDENCE:
        assert say.has(f"anomalies.because_{code}")


@pytest.mark.slow
def test_the_page_tells_nothing_odd_too_little_history_and_days_that_the_calendar_explains() -> None:
    say = Language("en")
    shop = small_shop()
    rows = anomalies(store(), AnomalyRules())
    asked = answer_rows("anomalies", date(2026, 3, 8), rows.answers)
    calm = sections(replace(shop, found={ANSWERS.name: asked}), say)["anomalies"]
    assert isinstance(calm, Section)
    assert calm.rows == ()
    assert calm.lines[0] == "Nothing differed by so much."
    new = answer_rows("anomalies", date(2026, 1, 7), anomalies(store(3), AnomalyRules()).answers)
    assert sections(replace(shop, found={ANSWERS.name: new}), say) == {"anomalies": "3 days are known; it takes 35"}
    assert sections(shop, say) == {}


def test_a_strange_day_that_begins_with_an_outage_is_told_beside_it() -> None:
    shop = store()
    first = on(shop, 9, 9)
    many = hourly_with(shop, on(shop), visits=3 * shop.hourly["visits"])
    blind = hourly_with(many, first, visits=20, seen_s=1200.0, coverage=1 / 3, status="missing")
    begins = shop.hourly.loc[first, "hour_utc"].iloc[0]
    lost = {"begins": begins, "ends": begins + pd.Timedelta("40min"), "local_date": ODD_DAY, "open_s": 2400.0}
    gap = pd.DataFrame([lost | {"cause": "no data", "from_open": True, "to_close": False}])
    rows = anomalies(replace(blind, outages=check(gap, OUTAGES)), AnomalyRules()).rows
    assert list(rows["kind"]) == ["camera", "event"]
    assert list(rows["begins"]) == [begins, begins + pd.Timedelta("40min")]


@pytest.mark.slow
def test_new_opening_hours_are_the_usual_ones_in_two_weeks() -> None:
    shop = store(126)
    since, odd = pd.Timestamp("2026-03-16"), pd.Timestamp("2026-05-05")
    shut = (shop.hourly["local_date"] >= since) & (shop.hourly["local_hour"] >= 18) & (shop.hourly["open_s"] > 0)
    counted = dict.fromkeys(("visits", "receipts", "entries_in", "entries_out", "sales_minor", "units"), 0)
    short = hourly_with(shop, shut, open_s=0.0, seen_s=0.0, coverage=np.nan, status="closed", **counted)
    few = hourly_with(short, short.hourly["local_date"] == odd, visits=short.hourly["visits"] // 4)
    rows = anomalies(few, AnomalyRules()).rows
    mine = rows[(rows["local_date"] == odd) & (rows["measure"] == "traffic")]
    assert list(mine["news"]) == [True]
    assert list(mine["kind"]) == ["camera"]
