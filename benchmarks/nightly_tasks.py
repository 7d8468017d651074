"""What ``benchmarks/nightly.py`` measures: ``python -m benchmarks.nightly_tasks TASK DATABASE DAYS`` prints JSON."""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.archive import hourly_scan, months_of, path_of
from analytics.frames import CROSSINGS, DAILY, HOURLY, RECEIPTS, Window
from analytics.jobs import JOBS, Context, Plan, run_jobs, run_night
from analytics.joins import PairRules
from analytics.results import open_results
from analytics.sources import open_facts
from analytics.visits import VisitRules

from .nightly_year import FIRST, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KPI = tuple(job for job in JOBS if job.name in {"visits", "hourly"})
NIGHT = tuple(job for job in JOBS if job.name in {"visits", "hourly", "tills"})


@contextmanager
def context_of(database: Path, **changes: Any) -> Iterator[Context]:
    """The store, ready to compute."""
    plan = Plan(
        files={},
        rejects=database.with_suffix(".rejects"),
        report=database.with_suffix(".report"),
        closed_days=frozenset(),
        special_hours={},
        visits=VisitRules(),
        pairs=PairRules(),
        forecast_days=14,
        report_days=182,
        again_days=0,
        version="0",
    )
    with open_facts(database) as facts:
        results = open_results(database)
        try:
            yield Context(facts, results, replace(plan, **changes))
        finally:
            results.close()


def alone(jobs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The jobs without those that are not measured."""
    names = {job.name for job in jobs}
    return tuple(replace(job, needs=tuple(need for need in job.needs if need in names)) for job in jobs)


def prepare(database: Path, days: int) -> Any:
    """Computes everything but the last day, and writes the archive."""
    archive = database.with_name(f"{database.name}.archive")
    with context_of(database, archive=archive) as context:
        for _ in run_night(context, alone(NIGHT), FIRST + timedelta(days=days - 1)):
            pass
        jobs = [job for job in JOBS if job.name == "archive"]
        for first, end in months_of(FIRST, FIRST + timedelta(days=days)):
            list(run_jobs(context, jobs, Window.of(first, end, context.time)))


def rebuild(database: Path, days: int) -> Any:
    """Visits, hours and days from nothing: what was computed before is taken away first."""
    with closing(sqlite3.connect(database)) as raw, raw:
        for table in ("visit", "hourly", "daily", "waterfall", "job_day", "input_day", "job_run"):
            raw.execute(f"DELETE FROM {table}")  # noqa: S608
    with context_of(database) as context:
        began = clock()
        ended = list(run_night(context, alone(KPI), FIRST + timedelta(days=days)))
        took = clock() - began
        assert {done.status for done in ended} == {"ok"}, ended  # noqa: S101
        return took, int(context.results.read(DAILY)["visits"].sum())


def plain_pandas(database: Path, _: int) -> Any:
    """Hours and days the way of a notebook: whole tables, group by hour; the store's rules left out."""
    with closing(sqlite3.connect(database)) as raw:
        crossings = pd.read_sql_query("SELECT * FROM crossing", raw)
        receipts = pd.read_sql_query("SELECT * FROM receipt", raw)
        lines = pd.read_sql_query("SELECT * FROM receipt_line", raw)
        watches = pd.read_sql_query("SELECT * FROM watch", raw)
    for frame, column in ((crossings, "ts_utc_ms"), (receipts, "sold_at_utc_ms"), (watches, "begins_utc_ms")):
        frame["hour"] = (
            pd.to_datetime(frame[column], unit="ms", utc=True).dt.tz_convert(ZONE).dt.floor("h", ambiguous=True)
        )
    units = lines.groupby("receipt_id")["quantity"].sum()
    sold = receipts[receipts["kind"].isin(["sale", "return"])].copy()
    sign = sold["kind"].map({"sale": 1, "return": -1})
    sold["sales"], sold["units"] = sign * sold["total_minor"], sign * sold["receipt_id"].map(units)
    inward = crossings[(crossings["direction"] == "in") & (crossings["held"] == 1)]
    hours = pd.DataFrame(
        {
            "visits": inward.groupby("hour").size(),
            "out": crossings[crossings["direction"] == "out"].groupby("hour").size(),
            "receipts": sold[sold["kind"] == "sale"].groupby("hour").size(),
            "sales": sold.groupby("hour")["sales"].sum(),
            "units": sold.groupby("hour")["units"].sum(),
            "seen_ms": watches.assign(ms=watches["ends_utc_ms"] - watches["begins_utc_ms"]).groupby("hour")["ms"].sum(),
        }
    ).fillna(0)
    hours["conversion"] = hours["receipts"] / hours["visits"]
    index = pd.DatetimeIndex(hours.index)
    days = hours.drop(columns="conversion").groupby(index.date).sum()
    return int(days["visits"].sum())


def scan(database: Path, days: int) -> Any:
    """The archive with numpy."""
    archive = database.with_name(f"{database.name}.archive")
    months = [first for first, _ in months_of(FIRST, FIRST + timedelta(days=days))]
    found = hourly_scan(archive, months)
    return [int(found[name].sum()) for name in ("entries_in", "entries_out", "receipts", "sales_minor")]


_DOORS = (
    "SELECT {at} AS hour, sum(CASE WHEN direction = 'in' AND held THEN 1 ELSE 0 END) AS came, "
    "sum(CASE WHEN direction = 'out' THEN 1 ELSE 0 END) AS went FROM {doors} GROUP BY 1"
)
_SOLD = (
    "SELECT {at} AS hour, sum(CASE WHEN kind = 'sale' AND total_minor > 0 THEN 1 ELSE 0 END) AS receipts, "
    "sum(CASE kind WHEN 'sale' THEN total_minor WHEN 'return' THEN -total_minor ELSE 0 END) AS sales "
    "FROM {sold} GROUP BY 1"
)


def sql(database: Path, _: int) -> Any:
    """SQLite's own GROUP BY."""
    with closing(sqlite3.connect(database)) as raw:
        came = raw.execute(_DOORS.format(at="ts_utc_ms / 3600000", doors="crossing")).fetchall()
        sold = raw.execute(_SOLD.format(at="sold_at_utc_ms / 3600000", sold="receipt")).fetchall()
    return [*(sum(row[n] for row in came) for n in (1, 2)), *(sum(row[n] for row in sold) for n in (1, 2))]


def duck(database: Path, days: int) -> Any:
    """DuckDB on the same files."""
    import duckdb

    archive = database.with_name(f"{database.name}.archive")
    months = [first for first, _ in months_of(FIRST, FIRST + timedelta(days=days))]
    doors, sold = ([f"{path_of(archive, kind, month)}" for month in months] for kind in (CROSSINGS, RECEIPTS))
    began = clock()
    with duckdb.connect() as raw:
        hour = "epoch_ms({}) // 3600000"
        came = raw.execute(_DOORS.format(at=hour.format('"at"'), doors=f"read_parquet({doors})")).fetchall()
        paid = raw.execute(_SOLD.format(at=hour.format("sold_at"), sold=f"read_parquet({sold})")).fetchall()
    took = clock() - began
    answer = [*(sum(row[n] for row in came) for n in (1, 2)), *(sum(row[n] for row in paid) for n in (1, 2))]
    return took, [int(number) for number in answer]


def night(database: Path, days: int) -> Any:
    """One more day."""
    with context_of(database) as context:
        began = clock()
        ended = list(run_night(context, alone(NIGHT), FIRST + timedelta(days=days)))
        took = clock() - began
    assert {done.status for done in ended} == {"ok"}, ended  # noqa: S101
    last = FIRST + timedelta(days=days - 1)
    # The day before may rest on it: a till that is a day ahead prints tomorrow's date.
    days_of = {done.window.first for done in ended if done.window}
    assert days_of <= {last - timedelta(days=1), last} and len(ended) == len(NIGHT), ended  # noqa: S101, PT018
    return took, len(ended)


def report(database: Path, days: int) -> Any:
    """The roll-ups of the whole time."""
    with context_of(database) as context:
        window = Window.of(FIRST, FIRST + timedelta(days=days), context.time)
        began = clock()
        hours = context.results.read(HOURLY, window.since, window.until)
        found = context.results.read(DAILY, window.first, window.end)
        return clock() - began, [len(hours), len(found)]


TASKS: dict[str, Callable[[Path, int], Any]] = {
    "prepare": prepare,
    "rebuild": rebuild,
    "pandas": plain_pandas,
    "scan": scan,
    "sql": sql,
    "duckdb": duck,
    "night": night,
    "report": report,
}
clock = time.perf_counter


def main() -> None:
    """Runs one task."""
    task, database, days = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    began, cpu = clock(), time.process_time()
    answer = TASKS[task](database, days)
    seconds = clock() - began
    if isinstance(answer, tuple):
        seconds, answer = answer
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - cpu, "peak_mb": peak, "answer": answer}))


if __name__ == "__main__":
    main()
