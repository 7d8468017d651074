"""A number in a report and the same number computed again from the facts: they are equal, or one of them is wrong."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analytics import frames, kpis, metrics, tracing
from analytics.cli import build_parser, main
from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs import JOBS, JobError, run_jobs
from analytics.jobs.kpis import kpi_rollups
from analytics.settings import load

from . import small_shop
from .audited_shop import audit_shop
from .small_shop import MONDAY, open_shop, sell
from .store_days import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.jobs import Context

DAYS = 4
UNTIL = MONDAY + timedelta(days=DAYS)
NIGHT = ("import", "calendar", "visits", "clocks", "hourly", "tills", "zones", "accuracy", "segments")
ODD = (
    # till, kind, minute of the day, total: returns, voids, training, nothing, a card, one just before an hour ends
    ("T2", "sale", 10 * 60 + 59, "25.00"),
    ("T2", "return", 11 * 60, "5.00"),
    ("T2", "void", 11 * 60 + 5, "9.00"),
    ("T1", "training", 11 * 60 + 6, "9.00"),
    ("T1", "sale", 11 * 60 + 7, "0.00"),
    ("T'3", "sale", 19 * 60 + 59, "12.34"),
)


def odd_sales(folder: Path) -> None:
    """More receipts, of every kind, beside those of the small shop."""
    slips, parts = [small_shop.RECEIPT_HEADER], [small_shop.LINE_HEADER]
    for number in range(DAYS):
        day = MONDAY + timedelta(days=number)
        for n, (till, kind, minute, total) in enumerate(ODD):
            name = f"X{day:%m%d}-{n}"
            slips.append(f"{name},{till},{day}T{minute // 60:02}:{minute % 60:02}:30,{kind},{total},EUR,,")
            parts.append(f"{name},1,P1,1,{total},0.00,{total}")
    (folder / "receipts-odd.csv").write_text("\n".join(slips) + "\n", encoding="utf-8")
    (folder / "receipt_lines-odd.csv").write_text("\n".join(parts) + "\n", encoding="utf-8")


def clocks(context: Context) -> None:
    """T2 runs ahead by 61.25 s and gains 2 s a day: what it printed at 11:00:30 was still before eleven."""
    rows = [
        {
            "till_id": "T2", "local_date": pd.Timestamp(MONDAY + timedelta(days=n)), "offset_s": 61.25 + 2 * n,
            "error_s": 1.0, "drift_s_per_day": 2.0, "spread_s": 2.0, "pairs": 50, "identified": True, "jump_s": None,
        }
        for n in range(DAYS)
    ]  # fmt: skip
    made = pd.DataFrame(rows).astype({"jump_s": "float64"})
    stored = context.results.read(frames.TILL_CLOCKS)
    others = stored[stored["till_id"] != "T2"]
    context.results.replace_window(frames.TILL_CLOCKS, pd.concat([others, made], ignore_index=True))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days with audits, odd receipts, a till that is ahead, groups and a rota; every night was run."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite", DAYS)
    audit_shop(folder / "footfall.sqlite", *((n + 4, n + 4, n + 3) for n in range(8)))
    audit_shop(folder / "footfall.sqlite", *((n + 4, n + 3, n + 3) for n in range(8)), direction="out")
    sell(folder / "sales", DAYS)
    odd_sales(folder / "sales")
    settings = small_shop.settings(folder)
    text = settings.read_text(encoding="utf-8") + "[rules]\ngroup_s = 90.0\ngroup_reach = 9.0\n"
    settings.write_text(text, encoding="utf-8")
    with opened(load(settings)) as context:
        window = Window.of(MONDAY, UNTIL, context.time)
        for job in (job for job in JOBS if job.name in NIGHT):
            if job.name == "hourly":
                clocks(context)
            for done in run_jobs(context, [replace(job, needs=())], window):
                assert done.status == "ok", done
            if job.name == "import":
                context.results.replace_window(frames.ROTA, rota())
                context.results.replace_window(frames.WEATHER, weather())
    return settings


def rota() -> pd.DataFrame:
    rows = [
        {
            "shift_id": f"S{n}", "begins": pd.Timestamp(small_shop.clock(MONDAY + timedelta(days=n), 9, 30)),
            "ends": pd.Timestamp(small_shop.clock(MONDAY + timedelta(days=n), 17, 45)), "people": n + 1, "floor": True,
        }
        for n in range(DAYS - 1)
    ]  # fmt: skip
    return frames.check(pd.DataFrame(rows), frames.ROTA)


def weather() -> pd.DataFrame:
    days = [pd.Timestamp(MONDAY + timedelta(days=n)) for n in range(DAYS)]
    rows = {"local_date": days, "condition": ["rain", "sun", None, "rain"], "temperature_c": 5.0, "rain_mm": 0.0}
    return frames.check(pd.DataFrame(rows), frames.WEATHER)


@pytest.fixture
def context(shop: Path) -> Iterator[Context]:
    with opened(load(shop)) as found:
        yield found


def shown(context: Context, by: str, names: tuple[str, ...] = ()) -> pd.DataFrame:
    """What a report shows: from the roll-ups."""
    window = Window.of(MONDAY, UNTIL, context.time)
    rollups = kpi_rollups(context, window, segments=by == "segment")
    return kpis.kpis(rollups, MONDAY, UNTIL, by, names, against=False)


def test_the_shop_has_something_to_trace(context: Context) -> None:
    found: Any = shown(context, "all").set_index("kpi")
    assert found.loc["transactions", "value"] == DAYS * 5
    assert found.loc["return_rate", "value"] > 0
    assert found.loc["star", "value"] > 0
    assert found.loc["buying_units", "value"] < found.loc["visits", "value"]
    assert found.loc["visits", "low"] < found.loc["visits", "high"]
    tills = shown(context, "till", ("net_sales",))
    assert set(tills["group"]) == {"T1", "T2", "T'3"}
    # The till that is ahead took its return back in the hour before.
    hours = shown(context, "hour", ("net_sales",)).set_index("group")["value"]
    assert hours["2026-03-02T09:00Z"] == 6000 + 2500 - 500
    assert hours["2026-03-02T10:00Z"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("by", frames.BY)
def test_every_indicator_by_every_dimension_equals_its_trace(context: Context, by: str) -> None:
    window = Window.of(MONDAY, UNTIL, context.time)
    found = shown(context, by)
    assert len(found) > 0
    again = tracing.trace(context, window, found["kpi"].iloc[0], by).rollups
    # One tracing makes all the roll-ups again; every indicator is computed from those.
    traced = kpis.kpis(again, MONDAY, UNTIL, by, against=False)
    pd.testing.assert_frame_equal(found, traced, check_exact=True)


@pytest.mark.slow
def test_a_number_that_an_old_night_left_behind_is_found_out(context: Context) -> None:
    window = Window.of(MONDAY, UNTIL, context.time)
    hours = context.results.read(frames.HOURLY, window.since, window.until)
    spoilt = hours.assign(receipts=hours["receipts"] + (hours["local_hour"] == 10))
    context.results.replace_window(frames.HOURLY, spoilt, window.since, window.until)
    try:
        report = shown(context, "all", ("conversion",))["numerator"].iloc[0]
        truth = tracing.trace(context, window, "conversion").rows["numerator"].iloc[0]
        assert report == truth + DAYS
    finally:
        context.results.replace_window(frames.HOURLY, hours, window.since, window.until)


SQL = (
    "traffic_in", "traffic_out", "visits", "buying_units", "conversion", "conversion_per_unit", "sales_per_visitor",
    "transactions", "net_sales", "net_units", "atv", "upt", "aur", "return_rate", "discount_rate", "void_rate",
    "bounce",
)  # fmt: skip


def run_sql(database: Path, text: str) -> tuple[float, ...]:
    with closing(sqlite3.connect(database)) as connection:
        (row,) = connection.execute(text).fetchall()
    return tuple(float(value) for value in row)


@pytest.mark.slow
@pytest.mark.parametrize("by", ["all", "hour", "day", "weather", "till"])
def test_the_sql_gives_the_numerator_and_the_denominator(context: Context, shop: Path, by: str) -> None:
    window = Window.of(MONDAY, UNTIL, context.time)
    names = [name for name in SQL if by in kpis.KPIS[name].by]
    base = tracing.trace(context, window, names[0], by)
    for name in names:
        hours = kpis.hours_used(base.rollups, MONDAY, UNTIL, name, by)
        rows = kpis.kpis(base.rollups, MONDAY, UNTIL, by, [name], against=False)
        if by == "hour":  # those with sales, and one without
            hours = {group: frame for group, frame in hours.items() if group[11:13] in {"09", "10", "18", "12"}}
        asked = tracing.queries(context, window, replace(base, rows=rows, hours=hours), name)
        for row in rows_of(rows):
            if pd.isna(row.numerator) or row.group not in hours:
                continue
            expected = [row.numerator] if pd.isna(row.denominator) else [row.numerator, row.denominator]
            assert run_sql(shop.parent / "footfall.sqlite", asked[row.group]) == tuple(expected), (name, row.group)


@pytest.mark.slow
def test_what_sql_cannot_say_is_said(context: Context) -> None:
    window = Window.of(MONDAY, UNTIL, context.time)
    traced = tracing.trace(context, window, "star")
    with pytest.raises(tracing.NoQueryError, match="star: no sum of rows gives it"):
        tracing.queries(context, window, traced, "star")


@pytest.mark.slow
def test_the_command_printed_beside_a_number_gives_that_number(
    context: Context, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kpi, by in (("conversion", "day"), ("net_sales", "till"), ("draw_in_rate", "zone")):
        for row in rows_of(shown(context, by, (kpi,))):
            line = kpis.command(kpi, MONDAY, UNTIL, by, row.group)
            words = shlex.split(line)
            assert words[0] == "footfall-analytics"
            assert main([*words[1:], "--config", str(shop), "--json"]) == 0
            (told,) = json.loads(capsys.readouterr().out)
            assert (told["group"], told["value"]) == (row.group, row.value)


def test_a_command_quotes_what_a_shell_would_read_otherwise() -> None:
    line = kpis.command("net_sales", date(2026, 3, 2), date(2026, 3, 3), "till", "-T'1; rm x")
    options = build_parser().parse_args(shlex.split(line)[1:])
    assert (options.name, options.by, options.group) == ("net_sales", "till", "-T'1; rm x")
    part = kpis.command("upt", date(2026, 3, 2), date(2026, 3, 3), part=("segment", "Can't Lose Them"))
    assert build_parser().parse_args(shlex.split(part)[1:]).segment == "Can't Lose Them"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trace", "conversoin"], "conversoin: unknown indicator; did you mean 'conversion'?"),
        (["kpi", "visit"], "visit: unknown indicator; did you mean 'visits'?"),
        (["trace", "visits", "--by", "till"], "visits: not by till"),
        (["trace", "visits", "--by", "day", "--group", "2020-01-01"], "--group 2020-01-01: there is no such group"),
        (["trace", "star", "--sql"], "star: no sum of rows gives it"),
        (["kpi", "all", "--till", "T9"], "till 'T9': there is none of this name; there are T'3, T1, T2"),
        (["kpi", "all", "--till", "T1", "--zone", "floor/till"], "--till and --zone: only one of them"),
        (["kpi", "all", "--until", "2026-03-01"], "must be after --since"),
    ],
)
def test_what_does_not_exist_is_named(
    shop: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--since", str(MONDAY), *(() if "--until" in words else ("--until", str(UNTIL)))]
    assert main([*words, "--config", str(shop), *days]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_the_kpi_command_shows_tables_csv_and_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--config", str(shop), "--since", str(MONDAY), "--until", str(UNTIL)]
    assert main(["kpi", "all", *days]) == 0
    out = capsys.readouterr().out.splitlines()
    (row,) = [line for line in out if " conversion " in line]
    assert {"20", "48", "41.7", "%"} <= set(row.replace("│", " ").split())
    (row,) = [line for line in out if " net_sales " in line]
    assert row.count("EUR") >= 2, "amounts are in the currency of the store"
    assert main(["kpi", "visits", "--by", "day", "--csv", *days]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0].startswith(
        "kpi,by,group,numerator,denominator,value,low,high,coverage,status,imputed,flag,baseline"
    )
    assert len(lines) == 1 + DAYS
    assert main(["kpi", "atv", "--by", "day", "--till", "T2", "--json", *days]) == 0
    assert [row["value"] for row in json.loads(capsys.readouterr().out)] == [2000.0] * DAYS
    assert main(["kpi", "visits", "--config", str(shop), "--since", "2030-01-01", "--until", "2030-01-02"]) == 0
    assert "no day of this period was computed yet" in capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], shop: Path, line: str) -> list[dict[str, Any]]:
    """What a command of a report says, run as it stands."""
    assert main([*shlex.split(line)[1:], "--config", str(shop), "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
def test_why_sales_moved_is_traced_to_the_facts(
    context: Context, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    middle = MONDAY + timedelta(days=2)
    hours = context.results.read(frames.HOURLY)
    report = kpis.change_split(hours, (MONDAY, middle), (middle, UNTIL))
    assert report.reason is None
    for before in (None, MONDAY):
        steps = told(capsys, shop, kpis.command("change", middle, UNTIL, before=before))
        assert [step["contribution_minor"] for step in steps] == report.steps["contribution_minor"].to_list()
    assert main(["trace", "change", "--config", str(shop), "--since", str(MONDAY), "--until", str(UNTIL)]) == 1
    assert "cannot be split: no hour was fully seen in both periods" in capsys.readouterr().err


@pytest.mark.slow
def test_sections_are_traced_to_the_facts(context: Context, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strong = told(capsys, shop, kpis.command("power_hours", MONDAY, UNTIL))
    report = metrics.power_hours(context.results.read(frames.HOURLY))
    assert [(row["weekday"], row["local_hour"], row["visits"]) for row in strong] == [
        (hour.weekday, hour.local_hour, hour.visits) for hour in report
    ]
    shoes = shop.read_text(encoding="utf-8") + '[kpis.zone_categories]\nshoes = "shoes"\n'
    (named := shop.with_name("named.toml")).write_text(shoes, encoding="utf-8")
    steps = told(capsys, named, kpis.command("funnel", MONDAY, UNTIL))
    assert {step["step"]: step["count"] for step in steps} == {"entered": 48, "engaged": 48, "bought": DAYS * 5}
    assert told(capsys, shop, kpis.command("lost_sales", MONDAY, UNTIL)) == []
    (row,) = told(capsys, shop, kpis.command("dwell_against_purchase", MONDAY, UNTIL))
    assert row["reason"] == "no receipt is linked with a stay at a till"
    days = ["--config", str(shop), "--since", str(MONDAY), "--until", str(UNTIL)]
    assert main(["trace", "staffing", *days]) == 1
    assert "too little history" in capsys.readouterr().err
    assert main(["trace", "funnel", "--by", "day", *days]) == 2
    assert "--by: not for funnel" in capsys.readouterr().err
    assert main(["trace", "visits", "--before", "2026-03-01", *days]) == 2
    assert "--before 2026-03-01: only for change" in capsys.readouterr().err


def test_facts_that_are_no_longer_kept_cannot_be_traced(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window.of(MONDAY, UNTIL, context.time)
    monkeypatch.setattr(type(context.facts), "first_kept_day", lambda _self, _time: MONDAY + timedelta(days=2))
    with pytest.raises(JobError, match="facts before 2026-03-04 were added up and deleted"):
        tracing.trace(context, window, "visits")


@pytest.mark.slow
def test_tracing_changes_nothing_that_is_stored(context: Context) -> None:
    def everything() -> dict[str, Any]:
        contracts = (frames.HOURLY, frames.VISITS, frames.RECEIPTS, frames.TILL_HOURLY, frames.ZONE_HOURLY)
        return {contract.name: context.results.read(contract) for contract in contracts}

    before = everything()
    tracing.trace(context, Window.of(MONDAY, UNTIL, context.time), "visits", "day")
    for name, frame in everything().items():
        pd.testing.assert_frame_equal(frame, before[name])
