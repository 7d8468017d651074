"""Sales from a shop's database: from SQLite and from a server, bit by bit, and when it goes away in the middle."""

from __future__ import annotations

import gc
import json
import sqlite3
import warnings
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from analytics.frames import LINES, RECEIPTS
from analytics.imports import FileOutcome, import_all
from analytics.jobs import Landing, land, put_away
from analytics.results import Results, open_results, watermark
from analytics.sources import Query, Shop, SourceError, ask
from analytics.sources.connecting import where
from analytics.sources.marks import decode, earlier, encode, is_ahead

from .small_shop import open_shop, settings
from .till_database import LINES_SQL, SECRET, SQL, Server, make_sqlite, postgres, sold, sqlite_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
SHOP = Shop("Europe/Berlin", "EUR")


@pytest.fixture
def till(tmp_path: Path) -> Path:
    return make_sqlite(tmp_path / "till.sqlite")


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    opened = open_results(open_shop(tmp_path / "footfall.sqlite"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def night(results: Results, folder: Path, *queries: Query, now: datetime = NOW) -> tuple[list[FileOutcome], list[str]]:
    """Lands and imports."""
    landing = Landing(folder / "landing", queries)
    landed = land(results, landing, now=now)
    outcomes = list(import_all(results, landed.files, SHOP, folder / "rejects"))
    put_away(outcomes, landing)
    return outcomes, [*landed.errors, *(o.error for o in outcomes if o.error is not None)]


def receipts(results: Results) -> list[str]:
    return results.read(RECEIPTS)["receipt_id"].tolist()


def test_only_what_is_new_is_read_again(results: Results, till: Path, tmp_path: Path) -> None:
    query = sqlite_query(till)
    sold(till, ("R1", "2026-03-02 10:31:00", 12.9), ("R2", "2026-03-02 10:32:00", 5))
    (outcome,), errors = night(results, tmp_path, query)
    assert errors == []
    assert outcome.imported is not None
    assert outcome.imported.rows_new == 2
    assert results.read(RECEIPTS)["total_minor"].tolist() == [1290, 500]
    assert watermark(results, "till") == '{"text": "2026-03-02 10:32:00"}'
    assert night(results, tmp_path, query)[0] == []
    sold(till, ("R1", "2026-03-02 11:00:00", 13), ("R3", "2026-03-02 11:00:01", 1))
    (outcome,), _ = night(results, tmp_path, query, now=NOW + timedelta(hours=1))
    assert outcome.imported is not None
    assert (outcome.imported.rows_read, outcome.imported.rows_new, outcome.imported.rows_changed) == (2, 1, 1)
    assert list((tmp_path / "landing").glob("*.jsonl")) == []
    assert len(list((tmp_path / "landing" / "done").iterdir())) == 2


def test_rows_that_become_visible_late_are_found_within_the_overlap(
    results: Results, till: Path, tmp_path: Path
) -> None:
    query = sqlite_query(till, overlap=3600.0)
    sold(till, ("R1", "2026-03-02 10:31:00", 1))
    night(results, tmp_path, query)
    sold(till, ("R2", "2026-03-02 09:45:00", 1), ("R3", "2026-03-02 09:15:00", 1))  # committed after R1
    night(results, tmp_path, query, now=NOW + timedelta(hours=1))
    assert receipts(results) == ["R1", "R2"]
    assert watermark(results, "till") == '{"text": "2026-03-02 10:31:00"}'


def test_a_file_never_ends_between_rows_of_one_moment(till: Path, tmp_path: Path) -> None:
    moments = ["10:00", "10:01", "10:01", "10:01", "10:02", "10:03"]
    sold(till, *((f"R{n}", f"2026-03-02 {moment}", 1) for n, moment in enumerate(moments)))
    files = list(ask(sqlite_query(till), None, tmp_path / "landing", NOW, file_rows=2))
    assert [(file.rows, file.mark) for file in files] == [(4, "2026-03-02 10:01"), (2, "2026-03-02 10:03")]
    assert [row["receipt_id"] for file in files for row in rows_of(file.path)] == [f"R{n}" for n in range(6)]


def test_lines_of_a_receipt_stay_with_it(results: Results, till: Path, tmp_path: Path) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 3), ("R2", "2026-03-02 10:32:00", 4))
    with closing(sqlite3.connect(till)) as connection, connection:
        lines = [("R1", 1, "P1", 1, 1), ("R1", 2, "P2", 2, 1), ("R2", 1, "P1", 1, 4)]
        connection.executemany("INSERT INTO receipt_line VALUES (?, ?, ?, ?, ?)", lines)
    lines_query = sqlite_query(till, name="till-lines", kind="receipt_lines", sql=LINES_SQL)
    _, errors = night(results, tmp_path, sqlite_query(till), lines_query)
    assert errors == []
    assert results.read(LINES)["line_total_minor"].tolist() == [100, 200, 400]


@pytest.mark.slow
def test_rows_that_break_a_rule_are_tried_again_until_they_keep_it(
    results: Results, till: Path, tmp_path: Path
) -> None:
    """Lines whose receipt comes a night later; the watermark has passed them by then."""
    sold(till, ("R1", "2026-03-02 10:31:00", 3))
    with closing(sqlite3.connect(till)) as connection, connection:
        connection.execute("INSERT INTO receipt_line VALUES ('R1', 1, 'P1', 1, 3)")
    lines_query = sqlite_query(till, name="till-lines", kind="receipt_lines", sql=LINES_SQL)
    (outcome,), _ = night(results, tmp_path, lines_query)
    assert outcome.imported is not None
    assert (outcome.imported.rows_rejected, outcome.imported.rows_kept) == (1, 0)
    night(results, tmp_path, sqlite_query(till), lines_query, now=NOW + timedelta(days=1))
    assert len(results.read(LINES)) == 1
    assert list((tmp_path / "landing").glob("*.jsonl")) == []


def test_what_landed_before_the_power_was_cut_is_imported_by_the_next_night(
    results: Results, till: Path, tmp_path: Path
) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 1))
    land(results, Landing(tmp_path / "landing", (sqlite_query(till),)), now=NOW)
    sold(till, ("R1", "2026-03-02 10:32:00", 2))
    outcomes, errors = night(results, tmp_path, sqlite_query(till), now=NOW + timedelta(hours=1))
    assert (len(outcomes), errors) == (2, [])
    assert results.read(RECEIPTS)["total_minor"].tolist() == [200]


def test_one_reject_does_not_pile_up_files(results: Results, till: Path, tmp_path: Path) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", -3))
    for day in range(3):
        night(results, tmp_path, sqlite_query(till, overlap=3600.0), now=NOW + timedelta(days=day))
    assert len(list((tmp_path / "landing").glob("*.jsonl"))) == 1


@pytest.mark.slow
def test_without_a_watermark_everything_is_read_and_only_news_is_kept(
    results: Results, till: Path, tmp_path: Path
) -> None:
    sql = "SELECT receipt_id, till_id, sold_at, kind, total, currency FROM receipt"
    query = sqlite_query(till, sql=sql, watermark=None, begin=None)
    for day, (total, read) in enumerate([(3, 1), (3, 0), (4, 1), (3, 1)]):
        sold(till, ("R1", "2026-03-02 10:31:00", total))
        outcomes, errors = night(results, tmp_path, query, now=NOW + timedelta(days=day))
        assert (len(outcomes), errors) == (read, [])
        assert results.read(RECEIPTS)["total_minor"].tolist() == [100 * total]


def test_a_clock_in_the_future_does_not_hide_what_comes_after(results: Results, till: Path, tmp_path: Path) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 1), ("R9", "2062-03-02 10:31:00", 1))
    night(results, tmp_path, sqlite_query(till))
    assert watermark(results, "till") == '{"text": "2026-03-02 10:31:00"}'
    sold(till, ("R2", "2026-03-02 10:32:00", 1))
    night(results, tmp_path, sqlite_query(till), now=NOW + timedelta(hours=1))
    assert receipts(results) == ["R1", "R2", "R9"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "sqlite:///gone.sqlite"}, "no such database"),
        ({"url": "sqlite://"}, "needs the path of a file"),
        ({"url": f"no address {SECRET}"}, "is no address of a database"),
        ({"url": f"oracle+nothing://till:{SECRET}@h/x"}, "oracle"),
        ({"url": f"postgresql+psycopg://till:{SECRET}@127.0.0.1:1/x"}, "postgresql://127.0.0.1:1/x"),
        ({"sql": "SELECT price FROM receipt WHERE '' > :watermark"}, "no such column: price"),
        ({"sql": "SELECT receipt_id FROM receipt WHERE changed_at > :watermark"}, "no column 'changed_at'"),
        ({"sql": "SELECT *, till_id FROM receipt WHERE changed_at > :watermark"}, "two columns 'till_id'"),
        (
            {"sql": "SELECT * FROM receipt WHERE changed_at > :watermark ORDER BY changed_at DESC"},
            "ORDER BY changed_at",
        ),
        ({"sql": "SELECT receipt_id, NULL AS changed_at FROM receipt WHERE '' < :watermark"}, "is empty"),
        ({"sql": "SELECT x'00' AS receipt_id, changed_at FROM receipt WHERE changed_at > :watermark"}, "type bytes"),
        ({"sql": "DELETE FROM receipt WHERE changed_at > :watermark RETURNING *"}, "readonly"),
        ({"begin": 0}, "is text, but begin is a whole number"),
        ({"begin": date(2026, 1, 1)}, "write begin as they stand there"),
    ],
)
def test_what_is_wrong_is_told_without_secrets_and_lands_nothing(
    till: Path, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 1), ("R2", "2026-03-02 10:32:00", 1))
    with pytest.raises(SourceError) as raised:
        list(ask(sqlite_query(till, **changes), None, tmp_path / "landing", NOW))
    assert str(raised.value).startswith("query till: ")
    assert told in str(raised.value)
    assert SECRET not in str(raised.value)
    assert not list((tmp_path / "landing").glob("*")) if (tmp_path / "landing").exists() else True


def test_an_answer_that_could_never_be_imported_is_not_landed(results: Results, till: Path, tmp_path: Path) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 1))
    sql = "SELECT receipt_id, till_id, sold_at, kind, changed_at FROM receipt WHERE changed_at > :watermark"
    outcomes, (error,) = night(results, tmp_path, sqlite_query(till, sql=sql))
    assert "query till: the answer lacks the column currency, total; it has" in error
    assert (outcomes, watermark(results, "till")) == ([], None)
    night(results, tmp_path, sqlite_query(till), now=NOW + timedelta(hours=1))
    assert receipts(results) == ["R1"]


def test_a_query_that_keeps_another_kind_of_watermark_needs_a_new_name(
    results: Results, till: Path, tmp_path: Path
) -> None:
    sold(till, ("R1", "2026-03-02 10:31:00", 1))
    night(results, tmp_path, sqlite_query(till))
    _, (error,) = night(results, tmp_path, sqlite_query(till, begin=0), now=NOW + timedelta(hours=1))
    assert "needs a new name" in error


@pytest.mark.slow
def test_queries_of_the_settings_are_asked_by_the_import_and_checked(
    till: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from analytics.cli import main

    open_shop(tmp_path / "footfall.sqlite")
    config = settings(tmp_path)
    good = '[[queries]]\nname = "till"\nkind = "receipts"\nurl = "sqlite:///till.sqlite"\n'
    good += f'sql = "{SQL}"\nwatermark = "changed_at"\nbegin = "2000"\noverlap = 0\n'
    bad = good.replace('"till"', '"other"').replace('"sqlite:///till.sqlite"', '"env:TILL_URL"')
    with config.open("a", encoding="utf-8") as file:
        file.write(good + bad + bad.replace('"receipts"', '"receits"'))
    monkeypatch.delenv("TILL_URL", raising=False)
    sold(till, ("R1", "2026-03-02 10:31:00", 12.9))
    assert main(["import", "--config", str(config)]) == 1
    told = capsys.readouterr().err
    assert "queries: other: the environment variable TILL_URL is not set" in told
    assert "queries: other: kind: 'receits': unknown kind; known are " in told
    assert main(["check", "--config", str(config)]) == 2
    assert "TILL_URL is not set" in capsys.readouterr().err
    results = open_results(tmp_path / "footfall.sqlite")
    assert receipts(results) == ["R1"]
    results.close()


@pytest.mark.slow
def test_a_server_is_read_bit_by_bit(server: Server, results: Results, tmp_path: Path) -> None:
    server.sql("TRUNCATE receipt")
    server.sell(1, 5000)
    query = sqlite_query(tmp_path, url=server.url, begin=datetime(2000, 1, 1))  # noqa: DTZ001 - as the column is
    outcomes, errors = night(results, tmp_path, query)
    assert errors == []
    assert len(receipts(results)) == 5000
    first = results.read(RECEIPTS).iloc[0]
    assert (first["total_minor"], first["sold_at"].isoformat()) == (1290, "2026-03-02T09:30:01+00:00")
    server.sell(5001, 5003)
    outcomes, _ = night(results, tmp_path, query, now=NOW + timedelta(hours=1))
    assert [o.imported.rows_new for o in outcomes if o.imported] == [3]


@pytest.mark.slow
def test_a_server_that_goes_away_in_the_middle_leaves_whole_files_and_is_read_on_from_there(
    server: Server, tmp_path: Path
) -> None:
    server.sql("TRUNCATE receipt")
    server.sell(1, 50_000)
    query = sqlite_query(tmp_path, url=server.url, begin=datetime(2000, 1, 1))  # noqa: DTZ001
    landed = ask(query, None, tmp_path / "landing", NOW, file_rows=1000)
    first = next(landed)
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'till'")
    files = [first]
    with pytest.raises(SourceError, match=r"query till: postgresql:///postgres: .*terminat") as raised:
        files.extend(landed)
    assert SECRET not in str(raised.value)
    del raised, landed
    with (
        warnings.catch_warnings()
    ):  # the driver cannot close a cursor whose connection is gone, and says so when it goes
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert sorted(path.name for path in (tmp_path / "landing").iterdir()) == [file.path.name for file in files]
    assert all(len(rows_of(file.path)) == file.rows == 1000 for file in files)
    rest = list(ask(query, files[-1].mark, tmp_path / "landing", NOW + timedelta(hours=1)))
    names = [row["receipt_id"] for file in [*files, *rest] for row in rows_of(file.path)]
    assert names == [f"R{n}" for n in range(1, 50_001)]


@pytest.mark.slow
def test_a_server_that_is_away_leaves_everything_as_it_is(server: Server, results: Results, tmp_path: Path) -> None:
    server.sql("TRUNCATE receipt")
    server.sell(1, 10)
    query = sqlite_query(tmp_path, url=server.url, begin=datetime(2000, 1, 1))  # noqa: DTZ001
    night(results, tmp_path, query)
    kept, stored = watermark(results, "till"), receipts(results)
    server.sell(11, 12)
    server.stop()
    try:
        outcomes, (error,) = night(results, tmp_path, query, now=NOW + timedelta(days=1))
    finally:
        server.start()
    assert outcomes == []
    assert "query till: postgresql:///postgres: " in error
    assert SECRET not in error
    assert (watermark(results, "till"), receipts(results)) == (kept, stored)
    night(results, tmp_path, query, now=NOW + timedelta(days=2))
    assert len(receipts(results)) == 12


@pytest.mark.slow
def test_a_server_that_repeats_the_password_is_not_repeated(server: Server, tmp_path: Path) -> None:
    sql = f"SELECT now() AS changed_at, '{SECRET}'::integer AS receipt_id WHERE now() > :watermark"
    query = sqlite_query(tmp_path, url=server.url, sql=sql, begin=datetime(2000, 1, 1, tzinfo=UTC))
    with pytest.raises(SourceError, match=r"invalid input syntax for type integer: \"\*\*\*\"") as raised:
        list(ask(query, None, tmp_path / "landing", NOW))
    assert SECRET not in str(raised.value)


@pytest.mark.slow
def test_a_server_is_only_read(server: Server, tmp_path: Path) -> None:
    server.sql("CREATE SEQUENCE IF NOT EXISTS number; GRANT ALL ON SEQUENCE number TO till")
    sql = "SELECT nextval('number') AS receipt_id, now() AS changed_at WHERE now() > :watermark"
    query = sqlite_query(tmp_path, url=server.url, sql=sql, begin=datetime(2000, 1, 1))  # noqa: DTZ001
    with pytest.raises(SourceError, match="read-only"):
        list(ask(query, None, tmp_path / "landing", NOW))


@pytest.mark.parametrize(
    ("mark", "overlap", "before"),
    [
        ("2026-03-02 00:30:00", 3600, "2026-03-01 23:30:00"),
        ("2026-03-02T00:30:00.5Z", 1, "2026-03-02T00:29:59.5Z"),
        ("2026-03-02T00:30:00.123456+01:00", 1800, "2026-03-02T00:00:00.123456+01:00"),
        ("2026-03-02", 86_400, "2026-03-01"),
        ("order-17", 0, "order-17"),
        (1000, 10, 990),
        (date(2026, 3, 1), 1, date(2026, 2, 28)),
        (datetime(2026, 3, 1, tzinfo=UTC), 60, datetime(2026, 2, 28, 23, 59, tzinfo=UTC)),
    ],
)
def test_a_little_before_a_watermark(mark: int | str | date, overlap: float, before: object) -> None:
    assert earlier(mark, overlap) == before
    assert decode(encode(mark)) == mark


def test_text_that_is_no_time_has_nothing_before_it() -> None:
    with pytest.raises(SourceError, match="overlap must be 0"):
        earlier("order-17", 1)
    with pytest.raises(SourceError, match="can be no watermark"):
        encode(Decimal(1))  # type: ignore[arg-type]


def test_what_lies_ahead() -> None:
    assert not is_ahead("2026-03-03 20:00:00", NOW)  # a clock in another zone
    assert is_ahead("2026-03-05 20:00:00", NOW)
    assert is_ahead(datetime(2026, 3, 5, tzinfo=UTC), NOW)
    assert is_ahead(date(2026, 3, 5), NOW)
    assert not is_ahead("zzz", NOW)
    assert not is_ahead(10**12, NOW)


def test_an_address_is_named_without_its_secrets() -> None:
    assert where(f"postgresql+psycopg://till:{SECRET}@db.example:5433/pos?sslpassword={SECRET}") == (
        "postgresql://db.example:5433/pos"
    )
