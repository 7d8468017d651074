"""How many events a second the live windows take, beside pandas adding up the same events when all are there.

Run ``python -m benchmarks.windows``. Three million events of five kinds over a day, each some seconds on its way, so
out of order; windows of an hour, and of an hour every minute, with two minutes of lateness, in batches of a thousand.
The peer sorts nothing and waits for nothing: it groups the whole day by minute or hour and sums, which is the least
that any way to these numbers has to do; it has no watermark and no late events, and needs the whole day in memory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analytics.now import Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVENTS, KINDS, DAY_MS, BATCH = 3_000_000, 5, 86_400_000, 1_000
MINUTE_MS, HOUR_MS, LATENESS_MS = 60_000, 3_600_000, 120_000
RUNS = 3


def events(count: int = EVENTS, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """When each happened, its kind and its value, in the order in which they came."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.integers(0, DAY_MS, count))
    at = at[np.argsort(at + rng.exponential(5_000, count), kind="stable")]
    return at, rng.integers(0, KINDS, count), np.ones(count)


def ours(made: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]], slide_ms: int) -> tuple[float, float]:
    """CPU seconds, and the sum of all closed windows."""
    at, kind, value = made
    windows = Windows(HOUR_MS, slide_ms, lateness_ms=LATENESS_MS, kinds=KINDS)
    begin, total = time.process_time(), 0.0
    for first in range(0, len(at), BATCH):
        part = slice(first, first + BATCH)
        total += sum(float(one.sums.sum()) for one in windows.add(at[part], kind[part], value[part]))
    total += sum(float(one.sums.sum()) for one in windows.advance(2 * DAY_MS))
    return time.process_time() - begin, total


def peer(made: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]], slide_ms: int) -> tuple[float, float]:
    """The same of pandas: resampled by slide and kind, then rolled up to the hour."""
    at, kind, value = made
    begin = time.process_time()
    frame = pd.DataFrame({"kind": kind, "value": value}, index=pd.to_datetime(at, unit="ms"))
    panes = frame.groupby("kind").resample(f"{slide_ms}ms")["value"].sum().unstack("kind").fillna(0.0)
    many = HOUR_MS // slide_ms
    padded = pd.concat([panes, pd.DataFrame(np.zeros((many - 1, KINDS)), columns=panes.columns)])
    total = float(padded.rolling(many, min_periods=1).sum().to_numpy().sum())
    return time.process_time() - begin, total


def main() -> None:
    """Prints the table."""
    table = Table(title=f"{EVENTS:,} events, best of {RUNS}", title_justify="left")
    for heading in ("windows", "ours, M events/s", "pandas, M events/s", "ratio", "same sums"):
        table.add_column(heading, justify="left" if heading == "windows" else "right")
    made = events()
    for name, slide_ms in (("an hour", HOUR_MS), ("an hour every minute", MINUTE_MS)):
        mine, theirs = ([way(made, slide_ms) for _ in range(RUNS)] for way in (ours, peer))
        quick, slow = (min(seconds for seconds, _ in runs) for runs in (mine, theirs))
        same = abs(mine[0][1] - theirs[0][1]) < 1e-6 * theirs[0][1]
        speeds = (f"{EVENTS / seconds / 1e6:.1f}" for seconds in (quick, slow))
        table.add_row(name, *speeds, f"{slow / quick:.2f}", "yes" if same else "NO")
    Console().print(table)


if __name__ == "__main__":
    main()
