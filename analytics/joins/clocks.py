"""How wrong the clocks of the tills are, seen from the camera: the times between paying and leaving tell.

Take every receipt and every stay at the till that lie within some minutes of each other. The pairs that belong
together pile up at the clock's error, all others are spread evenly. A till may be set by hand one morning and run a
little fast all along, so the peak is sought in blocks of days, and blocks that follow on a line become one clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..opening import ms

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_S = 86_400.0
_BIN_S = 5.0
_PEAK_S = 30.0
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How the tills' clocks are judged.

    Attributes:
        most_wrong_s: Clocks may be wrong by at most this much.
        block_receipts: A block is this many receipts of a till, rounded up to whole UTC days.
        least_pairs: A block tells nothing with fewer receipts near its peak.
        least_spread_s: The spread of the times between paying and leaving is taken to be at least this wide.
        jump_s: Blocks further apart than this are two settings of the clock.
    """

    most_wrong_s: float = 900.0
    block_receipts: int = 30
    least_pairs: int = 12
    least_spread_s: float = 2.0
    jump_s: float = 15.0


@dataclass(frozen=True, slots=True)
class TillClock:
    """How wrong the clock of a till was, for as long as it ran evenly.

    Attributes:
        till_id: The till.
        since: Start of the first UTC day it is known for; where it is the till's first clock it also holds before.
        until: End of the last; where another follows, this one holds until that begins.
        offset_s: Till clock less right clock at ``since``; positive: the till is ahead.
        drift_s_per_day: Growth of the offset.
        spread_s: Robust standard deviation of single receipts around it.
        pairs: Receipts that had a stay near it.
        identified: There was one clear peak; False: nothing is known, nothing is corrected.
    """

    till_id: str
    since: datetime
    until: datetime
    offset_s: float
    drift_s_per_day: float
    spread_s: float
    pairs: int
    identified: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """One block's peak: days since the epoch, seconds."""

    first_day: int
    last_day: int
    offset_s: float
    spread_s: float
    pairs: int


def till_clocks(receipts: pd.DataFrame, due_s: Floats, rules: ClockRules) -> tuple[TillClock, ...]:
    """Judges the clock of every till.

    Args:
        receipts: ``frames.RECEIPTS`` of sales and returns.
        due_s: When the stays at the tills should have paid, Unix seconds, in order.
        rules: Windows and limits.

    Returns:
        At least one clock per till, by till and time.
    """
    clocks: list[TillClock] = []
    for till, mine in receipts.groupby("till_id", sort=True):
        sold_s = np.sort(ms(mine["sold_at"]) / 1000.0)
        blocks = [b for b in (_peak(part, due_s, rules) for part in _blocks(sold_s, rules)) if b is not None]
        if blocks:
            clocks += [_clock(str(till), run) for run in _even_runs(blocks, rules.jump_s)]
        else:
            since, until = int(sold_s[0] // _DAY_S), int(sold_s[-1] // _DAY_S) + 1
            clocks.append(
                TillClock(str(till), _midnight(since), _midnight(until), 0.0, 0.0, _PEAK_S, 0, identified=False)
            )
    return tuple(clocks)


def clock_errors(receipts: pd.DataFrame, clocks: tuple[TillClock, ...]) -> tuple[Floats, Floats]:
    """How far each receipt's till was ahead, and the spread around that, in seconds: two (N,) arrays.

    A till whose clock is not identified is 0 s ahead with a wide spread.
    """
    sold_s = ms(receipts["sold_at"]) / 1000.0
    error, spread = np.zeros(len(receipts)), np.full(len(receipts), _PEAK_S)
    for till in sorted({clock.till_id for clock in clocks}):
        mine = np.flatnonzero((receipts["till_id"] == till).to_numpy(dtype=bool))
        pieces = sorted((clock for clock in clocks if clock.till_id == till), key=lambda clock: clock.since)
        begins = np.array([piece.since.timestamp() for piece in pieces])
        which = np.maximum(np.searchsorted(begins, sold_s[mine], side="right") - 1, 0)
        offset = np.array([piece.offset_s for piece in pieces])[which]
        drift = np.array([piece.drift_s_per_day for piece in pieces])[which]
        error[mine] = offset + drift * (sold_s[mine] - begins[which]) / _DAY_S
        spread[mine] = np.array([piece.spread_s for piece in pieces])[which]
    return error, spread


def near(sold_s: Floats, left_s: Floats, within_s: float) -> tuple[Ints, Ints]:
    """Row numbers of every receipt and stay at most ``within_s`` apart; ``left_s`` is in order."""
    first = np.searchsorted(left_s, sold_s - within_s, side="left")
    last = np.searchsorted(left_s, sold_s + within_s, side="right")
    counts = np.where(np.isfinite(sold_s), last - first, 0)
    receipt = np.repeat(np.arange(len(sold_s)), counts)
    step = np.arange(len(receipt)) - np.repeat(np.cumsum(counts) - counts, counts)
    return receipt.astype(np.int64), (np.repeat(first, counts) + step).astype(np.int64)


def _blocks(sold_s: Floats, rules: ClockRules) -> list[Floats]:
    """Whole UTC days, as many as it takes to hold enough receipts; what is left over joins the last block."""
    days, first, counts = np.unique(sold_s // _DAY_S, return_index=True, return_counts=True)
    cuts: list[int] = []
    held = 0
    for day in range(len(days)):
        if held >= rules.block_receipts:
            cuts.append(int(first[day]))
            held = 0
        held += int(counts[day])
    if cuts and held < rules.block_receipts:
        cuts.pop()
    return [np.asarray(part, dtype=np.float64) for part in np.split(sold_s, cuts)]


def _peak(sold_s: Floats, due_s: Floats, rules: ClockRules) -> _Block | None:
    receipt, stay = near(sold_s, due_s, rules.most_wrong_s)
    apart = np.asarray(sold_s[receipt] - due_s[stay], dtype=np.float64)
    if len(apart) < rules.least_pairs:
        return None
    edges = np.arange(-rules.most_wrong_s, rules.most_wrong_s + _BIN_S, _BIN_S)
    # Three bins side by side, so that a peak on a border between bins is not halved.
    counts = np.convolve(np.histogram(apart, edges)[0], np.ones(3), mode="same")
    centre = float(edges[int(np.argmax(counts))] + _BIN_S / 2)
    for width in (_PEAK_S / 2, _PEAK_S / 2, _PEAK_S / 3):
        near_by = apart[np.abs(apart - centre) <= width]
        centre = float(np.median(near_by)) if len(near_by) else centre
    close = np.abs(apart - centre) <= _PEAK_S / 2
    pairs = len(np.unique(receipt[close]))
    # The highest of some hundred counts that chance alone makes hardly ever lies five deviations over the usual one.
    usual = float(np.median(counts))
    if pairs < rules.least_pairs or counts.max() < usual + 5.0 * np.sqrt(usual + 1.0):
        return None
    spread = max(rules.least_spread_s, _MAD_TO_SIGMA * float(np.median(np.abs(apart[close] - centre))))
    return _Block(int(sold_s[0] // _DAY_S), int(sold_s[-1] // _DAY_S), centre, spread, pairs)


def _even_runs(blocks: list[_Block], jump_s: float) -> list[list[_Block]]:
    runs = [[blocks[0]]]
    for block in blocks[1:]:
        usual = float(np.median([earlier.offset_s for earlier in runs[-1][-5:]]))
        if abs(block.offset_s - usual) > jump_s:
            runs.append([block])
        else:
            runs[-1].append(block)
    return runs


def _clock(till_id: str, run: list[_Block]) -> TillClock:
    since, until = run[0].first_day, run[-1].last_day + 1
    middle = np.array([(b.first_day + b.last_day + 1) / 2 - since for b in run])
    offset = np.array([b.offset_s for b in run])
    drift, start = 0.0, float(np.median(offset))
    if len(run) >= 5:
        drift, start = (float(value) for value in np.polyfit(middle, offset, 1))
    spread = float(np.median([b.spread_s for b in run]))
    pairs = sum(b.pairs for b in run)
    return TillClock(
        till_id,
        _midnight(since),
        _midnight(until),
        round(start, 2),
        round(drift, 4),
        round(spread, 2),
        pairs,
        identified=True,
    )


def _midnight(day: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
