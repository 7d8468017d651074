"""Results go in and come out as they were; a window is replaced as a whole; a file twice changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analytics import frames
from analytics.frames import (
    BOOL,
    DAY,
    INT,
    LINES,
    MAYBE_INT,
    NUM,
    PAYMENTS,
    PRODUCTS,
    RECEIPTS,
    TEXT,
    TIME,
    VISITS,
    Contract,
)
from analytics.results import (
    Changed,
    Imported,
    NewerResultsError,
    Part,
    Rejected,
    Results,
    ResultsError,
    Upserted,
    begin_run,
    end_run,
    held,
    last_runs,
    log_import,
    mark_interrupted,
    open_results,
    past_import,
    rejects,
    tables,
)
from analytics.results.tables import TABLES

from .small_shop import MONDAY, clock, open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

CONTRACTS = [c for c in vars(frames).values() if isinstance(c, Contract) and c.name in TABLES]
DAY_ONE, DAY_TWO = clock(MONDAY, 0), clock(MONDAY + timedelta(days=1), 0)


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    """The results of a shop whose cameras have watched for a day."""
    opened = open_results(open_shop(tmp_path / "footfall.sqlite"))
    yield opened
    opened.close()


def visits(*times: datetime, reason: str = "visit") -> pd.DataFrame:
    """Visits at these times."""
    rows = [(f"{t.isoformat()}", "door", "entrance", t, reason == "visit", reason) for t in times]
    frame = pd.DataFrame(rows, columns=VISITS.names[:6]).assign(cause=None, dwell_s=None, unit_id=None)
    frame = frame if rows else frames.empty(VISITS)
    return frame.assign(entered=frame["entered"].astype("datetime64[ms, UTC]"))


def product(name: str, price_minor: int, product_id: str = "P1") -> dict[str, object]:
    """One product."""
    words = {"gtin": "12345678", "description": "d", "category": "c", "cost_minor": 1}
    return words | {"product_id": product_id, "name": name, "price_minor": price_minor}


def receipt(name: str = "R1", total_minor: int = 300) -> pd.DataFrame:
    """One sale on Monday."""
    known = {"till_id": "T1", "kind": "sale", "currency": "EUR", "member_id": None, "return_of": None}
    at = pd.Timestamp(clock(MONDAY, 10))
    return pd.DataFrame([known | {"receipt_id": name, "sold_at": at, "total_minor": total_minor}])


def lines(*numbers: int, name: str = "R1") -> pd.DataFrame:
    """Lines of 1.00 with these numbers."""
    rows = [(name, number, "P1", 1, 100, 0, 100) for number in numbers]
    return pd.DataFrame(rows, columns=LINES.names)


def sample(contract: Contract) -> pd.DataFrame:
    """Two rows with a value, or where allowed a null, in every column."""
    values: dict[str, tuple[Any, Any]] = {
        TEXT: ("ä 中", "b"),
        INT: (1, 2),
        MAYBE_INT: (2**53 + 1, 2),
        NUM: (0.1, 0.25),
        BOOL: (True, False),
        TIME: (pd.Timestamp("2025-10-26T00:30:00.123Z"), pd.Timestamp("2025-10-26T01:30:00Z")),
        DAY: (pd.Timestamp("2025-10-26"), pd.Timestamp("2024-02-29")),
    }
    made = {}
    for column in contract.columns:
        first, second = (column.allowed[0], column.allowed[-1]) if column.allowed else values[column.dtype]
        if column.most is not None and not column.allowed:
            first = min(first, int(column.most) if column.dtype == MAYBE_INT else first)
        pair = [first, None if column.null else second]
        made[column.name] = pd.Series(pair, dtype=pd.api.types.pandas_dtype(column.dtype))
    return frames.check(pd.DataFrame(made), contract)


@pytest.mark.slow
@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_every_table_gives_back_what_it_was_given(results: Results, contract: Contract) -> None:
    if contract in (LINES, PAYMENTS):  # they belong to a receipt
        results.upsert(RECEIPTS, pd.concat([receipt("ä 中"), receipt("b")]))
    given = sample(contract)
    assert results.replace_window(contract, given) == 2
    order = [contract.time] * bool(contract.time) + list(contract.key)
    expected = given.sort_values(order).reset_index(drop=True)
    pd.testing.assert_frame_equal(results.read(contract), expected)


def test_replacing_a_window_twice_leaves_the_same_rows(results: Results) -> None:
    found = visits(clock(MONDAY, 10), clock(MONDAY, 11))
    for _ in range(2):
        assert results.replace_window(VISITS, found, DAY_ONE, DAY_TWO) == 2
    assert len(results.read(VISITS)) == 2


def test_a_window_is_replaced_from_its_begin_up_to_its_end(results: Results) -> None:
    edges = [DAY_ONE - timedelta(milliseconds=1), DAY_ONE, DAY_TWO - timedelta(milliseconds=1), DAY_TWO]
    results.replace_window(VISITS, visits(*edges))
    results.replace_window(VISITS, visits(clock(MONDAY, 12)), DAY_ONE, DAY_TWO)
    assert results.read(VISITS)["entered"].tolist() == [edges[0], clock(MONDAY, 12), edges[3]]
    assert results.read(VISITS, DAY_ONE, DAY_TWO)["entered"].tolist() == [clock(MONDAY, 12)]


def test_days_are_replaced_by_date(results: Results) -> None:
    # In order, a day and the next; a day has no zone to shift it by.
    rows = sample(frames.DAILY).assign(
        local_date=pd.Series([pd.Timestamp(MONDAY), pd.Timestamp("2026-03-03")], dtype=DAY)
    )
    results.replace_window(frames.DAILY, rows)
    results.replace_window(frames.DAILY, frames.empty(frames.DAILY), MONDAY, MONDAY + timedelta(days=1))
    assert [d.date() for d in results.read(frames.DAILY)["local_date"]] == [date(2026, 3, 3)]


def test_a_part_replaces_only_the_rows_of_its_topic(results: Results) -> None:
    day = date(2026, 3, 2)

    def part(topic: str, *questions: str) -> Part:
        rows = frames.answer_rows(topic, day, [frames.Answer(question) for question in questions])
        return Part(frames.ANSWERS, rows, only=("topic", topic))

    results.replace([part("value", "clv", "alive"), part("churn", "leaving")])
    results.replace([part("value", "clv")])
    kept = results.read(frames.ANSWERS)
    assert kept[["topic", "question"]].values.tolist() == [["churn", "leaving"], ["value", "clv"]]
    wrong = Part(frames.ANSWERS, frames.answer_rows("value", day, [frames.Answer("clv")]), only=("topic", "churn"))
    with pytest.raises(ResultsError, match="answer: a row whose topic is not 'churn'"):
        results.replace([wrong])


@pytest.mark.parametrize("outside", [DAY_ONE - timedelta(milliseconds=1), DAY_TWO])
def test_a_row_outside_the_window_is_refused_and_nothing_changes(results: Results, outside: datetime) -> None:
    results.replace_window(VISITS, visits(clock(MONDAY, 10)), DAY_ONE, DAY_TWO)
    with pytest.raises(ResultsError, match=r"visit: entered .* lies outside"):
        results.replace_window(VISITS, visits(clock(MONDAY, 11), outside), DAY_ONE, DAY_TWO)
    assert results.read(VISITS)["entered"].tolist() == [clock(MONDAY, 10)]


def test_a_time_without_a_zone_is_refused(results: Results) -> None:
    with pytest.raises(ResultsError, match="has no time zone"):
        results.read(VISITS, datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake that is tested


def test_an_import_counts_new_and_changed_rows(results: Results) -> None:
    assert results.upsert(PRODUCTS, pd.DataFrame([product("Boot", 100), product("Shoe", 200, "P2")])) == Upserted(2, 0)
    assert results.upsert(PRODUCTS, pd.DataFrame([product("Boot", 100), product("Shoe", 200, "P2")])) == Upserted(0, 0)
    assert results.upsert(PRODUCTS, pd.DataFrame([product("Boot", 150), product("Hat", 50, "P3")])) == Upserted(1, 1)
    assert results.read(PRODUCTS)["price_minor"].tolist() == [150, 200, 50]


def test_a_file_read_again_adds_rows_and_changes_none(results: Results) -> None:
    results.upsert(PRODUCTS, pd.DataFrame([product("Boot", 150)]))
    older = pd.DataFrame([product("Boot", 100), product("Hat", 50, "P3")])
    assert results.upsert(PRODUCTS, older, only_new=True) == Upserted(1, 0)
    assert results.read(PRODUCTS)["price_minor"].tolist() == [150, 50]


def test_a_null_that_becomes_a_value_is_a_change(results: Results) -> None:
    results.upsert(RECEIPTS, receipt())
    assert results.upsert(RECEIPTS, receipt().assign(member_id="M1")) == Upserted(0, 1)
    assert results.upsert(RECEIPTS, receipt().assign(member_id="M1")) == Upserted(0, 0)
    assert results.upsert(RECEIPTS, receipt()) == Upserted(0, 1)


def test_a_receipt_that_became_shorter_loses_its_old_lines(results: Results) -> None:
    results.upsert(RECEIPTS, pd.concat([receipt(), receipt("R2")]))
    results.upsert(LINES, pd.concat([lines(1, 2, 3), lines(1, 2, name="R2")]))
    results.upsert(LINES, lines(1, 2))
    assert results.drop_stale_lines(lines(1, 2)) == 1
    left = results.read(LINES)
    assert list(zip(left["receipt_id"], left["line_no"], strict=True)) == [("R1", 1), ("R1", 2), ("R2", 1), ("R2", 2)]


def test_lines_are_read_by_the_time_of_their_receipt(results: Results) -> None:
    results.upsert(RECEIPTS, pd.concat([receipt(), receipt("R2").assign(sold_at=pd.Timestamp(DAY_TWO))]))
    results.upsert(LINES, pd.concat([lines(1, 2), lines(1, name="R2")]))
    assert results.read_lines(DAY_ONE, DAY_TWO)["receipt_id"].tolist() == ["R1", "R1"]


def test_a_line_without_its_receipt_is_refused_by_the_database(results: Results) -> None:
    with pytest.raises(ResultsError, match=r"footfall\.sqlite: FOREIGN KEY constraint failed"):
        results.upsert(LINES, lines(1))


def test_the_facts_of_the_edge_are_left_alone(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    edge_tables = ("store", "camera", "run", "crossing", "stay", "watch", "edge_migration")

    def facts() -> list[list[tuple[Any, ...]]]:
        with closing(sqlite3.connect(database)) as raw:
            return [raw.execute(f"SELECT * FROM {name}").fetchall() for name in edge_tables]  # noqa: S608

    before = facts()
    opened = open_results(database)
    opened.replace_window(VISITS, visits(clock(MONDAY, 10)))
    opened.close()
    assert facts() == before


def test_a_newer_schema_is_refused_with_both_numbers(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    open_results(database).close()
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("INSERT INTO analytics_migration VALUES (7, 'from_the_future', 0)")
    with pytest.raises(NewerResultsError, match="schema version 7 is newer than 4, the newest this footfall knows"):
        open_results(database)


MEASURES_1 = (
    "open_s seen_s coverage status entries_in entries_out visits occupancy_mean occupancy_max receipts units"
    " sales_minor conversion atv_minor upt sales_per_visitor_minor flag"
)
VERSION_1 = {
    "visit": "visit_id camera_id line_id entered_utc_ms counted reason",
    "hourly": f"hour_utc_ms local_date local_hour weekday {MEASURES_1}",
    "daily": f"local_date weekday {MEASURES_1}",
    "zone_hourly": "hour_utc_ms camera_id zone_id role stays visitors dwell_mean_s dwell_median_s dwell_p90_s censored",
}
OTHERS_1 = {
    "receipt", "receipt_line", "rfid_read", "member", "product", "receipt_visit", "segment", "forecast", "backtest",
    "analytics_migration", "import_log", "import_reject", "job_run",
}  # fmt: skip


@pytest.mark.slow
def test_results_of_version_1_open_with_what_they_hold_and_nulls_for_what_they_did_not_know(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    first = open_results(database)
    first.replace_window(VISITS, visits(clock(MONDAY, 10)))
    first.replace_window(frames.ZONE_HOURLY, sample(frames.ZONE_HOURLY))
    first.close()
    own = set(TABLES) | {"analytics_migration", "import_log", "import_reject", "job_run"}
    with closing(sqlite3.connect(database)) as raw, raw:
        for table in own - OTHERS_1:
            if table not in VERSION_1:
                raw.execute(f"DROP TABLE {table}")
                continue
            for _, column, *_ in raw.execute(f"PRAGMA table_info({table})").fetchall():
                if column not in VERSION_1[table].split():
                    raw.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        raw.execute("DELETE FROM analytics_migration WHERE version > 1")
    opened = open_results(database)
    try:
        (old,) = opened.read(VISITS).to_dict("records")
        assert (old["entered"], old["reason"]) == (clock(MONDAY, 10), "visit")
        assert pd.isna([old["cause"], old["dwell_s"], old["unit_id"]]).all()
        zones = opened.read(frames.ZONE_HOURLY)
        assert len(zones) == 2
        assert zones[["pass_through", "occupancy_mean", "fixed"]].isna().all(axis=None)
        for contract in CONTRACTS:
            opened.count(contract)
        opened.replace_window(frames.ZONE_HOURLY, sample(frames.ZONE_HOURLY))
    finally:
        opened.close()
    assert (tmp_path / "footfall.sqlite.backup-analytics-v1").is_file()


def test_a_migration_runs_once_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    first = open_results(database)
    first.replace_window(VISITS, visits(clock(MONDAY, 10)))
    first.close()

    def _add_season(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE season (day TEXT PRIMARY KEY)")

    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, _add_season))
    for _ in range(2):
        open_results(database).close()
    with closing(sqlite3.connect(database)) as raw:
        ran = raw.execute("SELECT version, name FROM analytics_migration ORDER BY version").fetchall()
    grown = [(number, "grow_results") for number in (2, 3, 4)]
    assert ran == [(1, "create_results"), *grown, (5, "add_season")]
    with closing(sqlite3.connect(f"{database}.backup-analytics-v4")) as copy:
        assert copy.execute("SELECT count(*) FROM visit").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'season'").fetchone() == (0,)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    open_results(database).close()

    def _half(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE season (day TEXT PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE season (day TEXT PRIMARY KEY)")

    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, _half))
    with pytest.raises(ResultsError, match="table season already exists"):
        open_results(database)
    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'season'").fetchone() == (0,)
        assert raw.execute("SELECT max(version) FROM analytics_migration").fetchone() == (4,)


def test_a_missing_or_foreign_database_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"none\.sqlite: no such database"):
        open_results(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    (tmp_path / "letter.sqlite").write_text("Dear database, " * 100)
    with pytest.raises(ResultsError, match=r"letter\.sqlite: file is not a database"):
        open_results(tmp_path / "letter.sqlite")


def test_a_locked_database_is_named_and_nothing_stored_is_lost(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    open_results(database).close()
    opened = open_results(database, busy_timeout_s=0.1)
    opened.replace_window(VISITS, visits(clock(MONDAY, 10)))
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ResultsError, match=r"footfall\.sqlite: database is locked"):
            opened.replace_window(VISITS, visits(clock(MONDAY, 11)))
        assert len(opened.read(VISITS)) == 1  # readers do not wait
        other.execute("ROLLBACK")
    opened.replace_window(VISITS, visits(clock(MONDAY, 11), clock(MONDAY, 12)))
    assert len(opened.read(VISITS)) == 2
    opened.close()


def test_a_file_is_remembered_by_its_contents(results: Results) -> None:
    done = Imported("products", "p.csv", "abc", 3, 2, 1, 0, 2, 0)
    broken = Rejected("p.csv", "price", "must not be empty", 1)
    log_import(results, done, [broken])
    assert past_import(results, "products", "abc") == done
    assert past_import(results, "products", "def") is None
    assert past_import(results, "receipts", "abc") is None
    assert rejects(results) == [broken]


def test_a_repaired_file_clears_its_rejects(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1, 10))
    monkeypatch.setattr("analytics.results.ledger.now_ms", lambda: next(ticks))
    log_import(results, Imported("products", "p.csv", "abc", 3, 2, 1, 0, 2, 0), [Rejected("p.csv", "price", "rule", 1)])
    log_import(results, Imported("products", "p.csv", "def", 3, 3, 0, 0, 1, 0))
    assert rejects(results) == []


def test_runs_that_were_cut_off_are_told_as_such(results: Results) -> None:
    end_run(results, begin_run(results, "visits", MONDAY, MONDAY + timedelta(days=1)), "ok", 5)
    begin_run(results, "visits", MONDAY, MONDAY + timedelta(days=1))  # killed: it never ended
    assert mark_interrupted(results) == 1
    assert mark_interrupted(results) == 0
    newest, older = last_runs(results, ["visits"], 2)["visits"]
    assert (newest.status, newest.took_s, older.status, older.rows) == ("failed", None, "ok", 5)
    assert str(newest.message).startswith("interrupted: ")


def test_only_rows_that_differ_are_written_and_told(results: Results) -> None:
    nine, ten, eleven = (clock(MONDAY, hour) for hour in (9, 10, 11))
    told: list[Changed] = []

    def put(*times: datetime, reason: str = "visit") -> list[int]:
        part = Part(VISITS, visits(*times, reason=reason), DAY_ONE, DAY_TWO)
        assert results.replace([part], lambda _, changed: told.extend(changed)) == len(times)
        with results.reading() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT rowid FROM visit ORDER BY entered_utc_ms")]

    first = put(nine, ten)
    assert put(nine, ten) == first
    assert not told[-1].any
    grown = put(nine, ten, eleven)
    assert grown[:2] == first
    assert told[-1].times == {round(eleven.timestamp() * 1000)}
    put(ten, eleven)
    assert told[-1].times == {round(nine.timestamp() * 1000)}
    put(ten, eleven, reason="closed_hours")
    assert len(told[-1].times) == 2
    assert results.read(VISITS)["reason"].tolist() == ["closed_hours"] * 2


def test_parts_of_a_job_are_written_all_or_none(results: Results) -> None:
    results.replace_window(VISITS, visits(clock(MONDAY, 10)))
    parts = [Part(VISITS, visits(clock(MONDAY, 12))), Part(PRODUCTS, pd.DataFrame([product("Boot", 1)]))]

    def break_down(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    with pytest.raises(ResultsError, match="disk full"):
        results.replace(parts, break_down)
    assert results.read(VISITS)["entered"].tolist() == [clock(MONDAY, 10)]
    assert results.count(PRODUCTS) == 0


def test_the_second_who_wants_a_lock_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    database = tmp_path / "footfall.sqlite"
    with held(database, "run"):
        with (
            pytest.raises(ResultsError, match=r"footfall\.sqlite: another process is at it \(run\)"),
            held(database, "run"),
        ):
            pass
        with held(database, "schedule"):
            pass
    with held(database, "run"):
        pass


def test_ledger_times_are_the_wall_clock_in_utc(results: Results) -> None:
    before = datetime.now(tz=UTC) - timedelta(seconds=1)
    begin_run(results, "visits", MONDAY, MONDAY + timedelta(days=1))
    with results.reading() as connection:
        begins = connection.exec_driver_sql("SELECT begins_ms FROM job_run").scalar_one()
    assert before <= datetime.fromtimestamp(begins / 1000, tz=UTC) <= datetime.now(tz=UTC)


def test_units_of_receipts_are_the_sums_of_their_lines(results: Results) -> None:
    results.upsert(RECEIPTS, pd.concat([receipt(), receipt("R2"), receipt("BARE")]))
    results.upsert(LINES, pd.concat([lines(1, 2, 3), lines(7, name="R2").assign(quantity=4)]))
    whole, summed = results.read_lines(DAY_ONE, DAY_TWO), results.read_sold(DAY_ONE, DAY_TWO)
    units = whole.groupby("receipt_id")["quantity"].sum()
    assert sorted(summed["units"]) == sorted([0, *units]) == [0, 3, 4]
    assert summed["total_minor"].sum() == results.read(RECEIPTS, DAY_ONE, DAY_TWO)["total_minor"].sum()
