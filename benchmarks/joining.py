"""Pairs the receipts of fixture worlds with people at the tills, by the product and by plainer ways, and times a year.

    python benchmarks/joining.py
    python benchmarks/joining.py --tills 1 2 4 --seeds 1 2 3 --weeks 8
    python benchmarks/joining.py --year

Every world is made anew with one, two or four tills; its tills' clocks are wrong, its cameras lose people. All ways get
the same stays and the same corrected clocks. ``right`` is the share of the given pairs that are true, ``given`` the
share of all receipts with a buyer that got a pair, ``stated`` the mean stated probability, ``off`` the expected
calibration error over ten bins. The plainer ways:

- nearest: receipts in order of time, each takes whoever left nearest to it and is still free, within 60 s;
- time only: the assignment with the smallest sum of such distances, by ``scipy.optimize.linear_sum_assignment``.

``--year`` times clocks and pairing of 400,000 receipts at four tills, a quarter, a half and a whole year.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from analytics import joins
from analytics.frames import LINES, RECEIPTS, check
from analytics.sources import open_facts

WORLD = Path(__file__).resolve().parent.parent / "fixtures" / "world" / "make_history.py"
ZONE = "Europe/Berlin"
REACH_S = 60.0
Pairs = dict[str, tuple[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A fixture world: what the store knows, and what is true.

    Attributes:
        stays: ``frames.STAYS``.
        receipts: ``frames.RECEIPTS``.
        lines: ``frames.LINES``.
        buyer: The visit behind each receipt that has one.
        who: The visit behind each run and track of the sales floor.
        clocks: True clocks: till, from, offset_s, drift_s_per_day.
    """

    stays: pd.DataFrame
    receipts: pd.DataFrame
    lines: pd.DataFrame
    buyer: dict[str, str]
    who: dict[tuple[str, int], str]
    clocks: pd.DataFrame

    def ahead_s(self, till: str, at: pd.Timestamp) -> float:
        """How far a till was truly ahead at a moment."""
        mine = self.clocks[(self.clocks["till"] == till) & (self.clocks["from"] <= at)].iloc[-1]
        return float(mine["offset_s"] + mine["drift_s_per_day"] * (at - mine["from"]).total_seconds() / 86_400.0)


@dataclass(frozen=True, slots=True)
class Score:
    """How good pairs are; NaN where a way states no probability."""

    right: float
    given: float
    stated: float = float("nan")
    off: float = float("nan")


def make_world(folder: Path, tills: int, seed: int, weeks: int) -> World:
    """Makes a world and reads it."""
    numbers = ("--tills", str(tills), "--seed", str(seed), "--weeks", str(weeks))
    subprocess.run([sys.executable, WORLD, folder, *numbers], check=True, stdout=subprocess.DEVNULL)
    return read_world(folder)


def read_world(folder: Path) -> World:
    """Reads a world that ``fixtures/world/make_history.py`` wrote."""
    begin, end = pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")
    with open_facts(folder / "footfall.sqlite") as facts:
        stays = facts.stays(begin.to_pydatetime(), end.to_pydatetime())
    receipts = pd.read_csv(folder / "sales" / "receipts.csv", dtype={"member_id": "str", "return_of": "str"})
    receipts["sold_at"] = pd.to_datetime(receipts["sold_at"]).dt.tz_localize(ZONE, ambiguous=True).dt.tz_convert("UTC")
    receipts["total_minor"] = (receipts.pop("total") * 100).round().astype("int64")
    lines = pd.read_csv(folder / "sales" / "receipt_lines.csv")
    for name in ("unit_price", "discount", "line_total"):
        lines[f"{name}_minor"] = (lines.pop(name) * 100).round().astype("int64")
    truth = pd.read_csv(folder / "truth" / "receipt_visits.csv", dtype="str")
    truth = truth[truth["visit_id"].notna() & truth["kind"].isin(["sale", "return"])]
    tracks = pd.read_csv(folder / "truth" / "tracks.csv")
    tracks = tracks[tracks["camera_id"] == "sales-floor"]
    clocks = pd.DataFrame(json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["till_clocks"])
    clocks["from"] = pd.to_datetime(clocks["from"], utc=True)
    return World(
        stays,
        check(receipts[[name for name in RECEIPTS.names if name in receipts]], RECEIPTS),
        check(lines, LINES),
        dict(zip(truth["receipt_id"], truth["visit_id"], strict=True)),
        dict(zip(zip(tracks["run_id"], tracks["track_id"], strict=True), tracks["visit_id"], strict=True)),
        clocks,
    )


def ours(world: World) -> tuple[Score, joins.Matches]:
    """The product's pairs and how good they are."""
    matches = joins.match_receipts(world.stays, world.receipts, lines=world.lines, time_zone=ZONE)
    pairs = matches.pairs[matches.pairs["track_id"].notna()]
    found = zip(pairs["run_id"], pairs["track_id"].astype("int64"), strict=True)
    right = is_right(world, dict(zip(pairs["receipt_id"], found, strict=True)))
    stated = pairs["probability"].to_numpy()
    return Score(
        float(right.mean()), _given(world, right), float(stated.mean()), calibration_error(stated, right)
    ), matches


def is_right(world: World, pairs: Pairs) -> np.ndarray:
    """Whether each pair is true."""
    return np.array([world.who.get(person) == world.buyer.get(r, "nobody") for r, person in pairs.items()], dtype=bool)


def calibration_error(stated: np.ndarray, right: np.ndarray) -> float:
    """Mean over ten bins, by size, of the distance between what is stated and what is true."""
    bins = np.minimum((stated * 10).astype(int), 9)
    return float(sum(abs(float(right[bins == b].mean()) - float(stated[bins == b].mean())) * float((bins == b).mean())
                     for b in np.unique(bins)))  # fmt: skip


def plain(world: World, clocks: pd.DataFrame, *, greedy: bool) -> Score:
    """The plainer ways, day by day."""
    at_till = world.stays[(world.stays["role"] == "till") & (world.stays["dwell_s"] >= 5.0)].sort_values("left")
    paid = world.receipts[world.receipts["kind"].isin(["sale", "return"])]
    right = joins.correct_clocks(paid, clocks, ZONE).sort_values("sold_at")
    sold_s = right["sold_at"].astype("int64").to_numpy() / 1000.0
    due_s = at_till["left"].astype("int64").to_numpy() / 1000.0 - 5.0
    persons = list(zip(at_till["run_id"], at_till["track_id"], strict=True))
    ids = right["receipt_id"].tolist()
    pairs: Pairs = {}
    for day in np.unique(sold_s // 86_400.0):
        mine, here = np.flatnonzero(sold_s // 86_400.0 == day), np.flatnonzero(due_s // 86_400.0 == day)
        apart = np.abs(sold_s[mine, None] - due_s[None, here])
        for row, column in _greedy(apart) if greedy else _optimal(apart):
            pairs[ids[mine[row]]] = persons[here[column]]
    hits = is_right(world, pairs)
    return Score(float(hits.mean()), _given(world, hits))


def _given(world: World, right: np.ndarray) -> float:
    return len(right) / len(world.buyer)


def _greedy(apart: np.ndarray) -> list[tuple[int, int]]:
    found, left = [], apart.copy()
    for row in range(len(left)):
        if left.shape[1] and left[row].min() <= REACH_S:
            column = int(left[row].argmin())
            found.append((row, column))
            left[:, column] = np.inf
    return found


def _optimal(apart: np.ndarray) -> list[tuple[int, int]]:
    # Nobody is as good as somebody a minute away.
    cost = np.hstack([np.minimum(apart, 2.0 * REACH_S), np.full((len(apart), len(apart)), REACH_S)])
    rows, columns = linear_sum_assignment(cost)
    return [
        (int(r), int(c)) for r, c in zip(rows, columns, strict=True) if c < apart.shape[1] and apart[r, c] <= REACH_S
    ]


def clock_error_s(world: World, clocks: pd.DataFrame) -> float:
    """The largest error of an identified clock on any day, at noon."""
    worst = 0.0
    rows: list[Any] = list(clocks[clocks["identified"]].itertuples())
    for row in rows:
        noon = row.local_date.tz_localize(ZONE) + pd.Timedelta(hours=12)
        worst = max(worst, abs(row.offset_s + row.drift_s_per_day / 2.0 - world.ahead_s(row.till_id, noon)))
    return worst


def busy_store(days: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four tills that print 1,096 receipts a day: stays and receipts as columns, people at each till one by one."""
    rng = np.random.default_rng(seed)
    per_lane = 274
    midnight = pd.Timestamp("2025-01-01", tz="UTC").timestamp() + 86_400.0 * np.arange(days)
    begun, left, till = [], [], []
    for lane in range(4):
        serve = 25.0 + 40.0 * np.exp(0.4 * rng.standard_normal((days, per_lane)))
        ends = np.cumsum(serve + rng.exponential(65.0, (days, per_lane)), axis=1) + midnight[:, None] + 8 * 3600.0
        begun.append((ends - serve).ravel())
        left.append(ends.ravel())
        till.append(np.full(ends.size, lane))
    entered, went, lanes = np.concatenate(begun), np.concatenate(left), np.concatenate(till)
    count = len(went)
    order = np.argsort(went)
    entered, went, lanes = entered[order], went[order], lanes[order]
    sold = np.floor(went - rng.uniform(3.0, 9.0, count) + np.array([47.0, -83.0, 8.5, -31.0])[lanes])
    stays = pd.DataFrame(
        {
            "camera_id": "floor", "zone_id": "till", "role": "till", "run_id": "run", "track_id": np.arange(count),
            "entered": _moments(entered), "left": _moments(went), "dwell_s": went - entered,
            "start_cause": "crossed", "end_cause": np.where(rng.random(count) < 0.04, "lost", "crossed"),
            "confidence": 0.8, "x": 0.2 + 0.15 * lanes + 0.05 * rng.standard_normal(count), "y": 0.2,
        }
    )  # fmt: skip
    receipts = pd.DataFrame(
        {
            "receipt_id": [f"R{n:07d}" for n in range(count)], "till_id": np.array(["T1", "T2", "T3", "T4"])[lanes],
            "sold_at": _moments(sold), "kind": "sale", "total_minor": 1000, "currency": "EUR",
            "member_id": pd.Series([None] * count, dtype="str"), "return_of": pd.Series([None] * count, dtype="str"),
        }
    )  # fmt: skip
    seen = rng.random(count) < 0.97
    return stays[seen].reset_index(drop=True), receipts


def _moments(seconds: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_datetime((seconds * 1000).astype("int64"), unit="ms", utc=True))


def year() -> None:
    """Prints how long clocks and pairs take."""
    for days in (91, 182, 365):
        stays, receipts = busy_store(days)
        began = time.process_time()
        pairs = joins.match_receipts(stays, receipts, time_zone=ZONE).pairs
        took = time.process_time() - began
        share = float(pairs["track_id"].notna().mean())
        each = 1e6 * took / len(receipts)
        print(
            f"{days:4d} days, {len(receipts):7,d} receipts: {took:6.1f} s, {each:4.0f} us a receipt, {share:.1%} paired"
        )


def main(arguments: list[str]) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description="Receipts and people at the tills: how many pairs are right.")
    parser.add_argument("--tills", type=int, nargs="+", choices=(1, 2, 4), default=[1, 2, 4])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--year", action="store_true", help="time a year of 400,000 receipts instead")
    options = parser.parse_args(arguments)
    if options.year:
        year()
        return 0
    print("tills seed  way         right   given  stated     off   clock off by at most")
    for tills in options.tills:
        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as folder:
                world = make_world(Path(folder), tills, seed, options.weeks)
            best, matches = ours(world)
            worst = clock_error_s(world, matches.clocks)
            rows = {"footfall": best, "time only": plain(world, matches.clocks, greedy=False)}
            rows["nearest"] = plain(world, matches.clocks, greedy=True)
            for way, found in rows.items():
                shown = "" if np.isnan(found.stated) else f"{found.stated:8.1%}{100 * found.off:7.2f}   {worst:.1f} s"
                print(f"{tills:5d} {seed:4d}  {way:10s}{found.right:8.1%}{found.given:8.1%}{shown}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
