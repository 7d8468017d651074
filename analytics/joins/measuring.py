"""How far a till's clock is off, from one batch of its receipts: where the times between paying and leaving pile up.

Take every receipt and every departure that lie within some minutes of each other. The pairs that belong together pile
up at the clock's error, all others are spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BIN_S = 5.0
_HOURS_OFF_S = (3600.0, -3600.0, 43_200.0, -43_200.0, 86_400.0, -86_400.0)
_ROUNDS = 40
_RARE = 4.0


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How the tills' clocks are judged.

    Attributes:
        most_wrong_s: A clock is wrong by at most this much, or by this much less or more than a whole hour, half a day
            or a day: an hour where the clock change was forgotten.
        block_receipts: A quieter day that tells nothing alone is joined with days before, up to this many receipts (ten
            times as many at the door).
        least_pairs: A block tells nothing with fewer receipts near its peak.
        least_spread_s: The spread of the times between paying and leaving is taken to be at least this wide.
        jump_s: A block further than this, and further than chance explains, from where the clock should be is another
            setting of the clock.
        history_days: A day's clock rests on at most this many days before it.
        drift_sd: Standard deviation, s per day, of drifts one expects before looking: 20 ppm of a quartz are 1.7.
        pack_s: Usual time between the receipt and leaving the till. It cannot be told apart from the clock's error, so
            it is assumed.
        pack_error_s: Half of the 95 % interval of that assumption; part of the stated uncertainty.
        door_s: The same between the receipt and the door, used where no camera sees a till.
        door_error_s: Its half interval.
    """

    most_wrong_s: float = 900.0
    block_receipts: int = 30
    least_pairs: int = 12
    least_spread_s: float = 1.5
    jump_s: float = 4.0
    history_days: int = 28
    drift_sd: float = 1.0
    pack_s: float = 5.0
    pack_error_s: float = 3.0
    door_s: float = 30.0
    door_error_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Measure:
    """The clock's error by one batch of receipts.

    Attributes:
        at_s: Mean of their printed times, Unix seconds.
        offset_s: Till clock less right clock.
        error_s: Standard error of it.
        spread_s: Standard deviation of single receipts.
        pairs: Receipts with a departure near it.
    """

    at_s: float
    offset_s: float
    error_s: float
    spread_s: float
    pairs: int


def near(sold_s: Floats, due_s: Floats, within_s: float) -> tuple[Ints, Ints]:
    """Row numbers of every receipt and stay at most ``within_s`` apart; ``due_s`` is in order."""
    first = np.searchsorted(due_s, sold_s - within_s, side="left")
    last = np.searchsorted(due_s, sold_s + within_s, side="right")
    counts = np.where(np.isfinite(sold_s), last - first, 0)
    receipt = np.repeat(np.arange(len(sold_s)), counts)
    step = np.arange(len(receipt)) - np.repeat(np.cumsum(counts) - counts, counts)
    return receipt.astype(np.int64), (np.repeat(first, counts) + step).astype(np.int64)


def printed_step_s(sold_s: Floats) -> float:
    """To what the till cuts its times: 60 where it prints minutes, 1 where seconds, 0 where it cuts nothing."""
    if not len(sold_s):
        return 0.0
    if len(sold_s) >= 5 and not np.any(np.mod(sold_s, 60.0)):
        return 60.0
    return 0.0 if np.any(np.mod(sold_s, 1.0)) else 1.0


def measure(sold_s: Floats, due_s: Floats, rules: ClockRules, blur_s: float) -> Measure | None:
    """Finds the clock's error from one batch.

    Args:
        sold_s: Printed times, Unix seconds, on average right but for the clock's error.
        due_s: When departures should have paid, Unix seconds, in order.
        rules: Windows and limits.
        blur_s: Width over which true times are spread besides: the till's printing step, the walk to the door.

    Returns:
        The peak, or None where nothing stands out: chance alone, if receipts and departures had nothing to do with each
        other, makes so high a peak at any of the places less than once in ten thousand batches.
    """
    best: tuple[float, float] | None = None
    for shift in (0.0, *_HOURS_OFF_S):
        found = _peak(sold_s - shift, due_s, rules, blur_s)
        # Other hours have to stand out more: there are six of them, and nearly all clocks are right to the hour.
        least = _RARE if shift == 0.0 else 2.0 * _RARE
        if found is not None and found[0] > least and (best is None or found[0] > best[0]):
            best = (found[0], found[1] + shift)
        if shift == 0.0 and best is not None and best[0] > 4.0 * _RARE:
            break
    return None if best is None else _settle(sold_s, due_s, best[1], rules, blur_s)


def _peak(sold_s: Floats, due_s: Floats, rules: ClockRules, blur_s: float) -> tuple[float, float] | None:
    """How rare the highest place is by chance alone, as minus the logarithm to base 10, and where it is."""
    receipt, stay = near(sold_s, due_s, rules.most_wrong_s)
    apart = sold_s[receipt] - due_s[stay]
    if len(apart) < rules.least_pairs:
        return None
    edges = np.arange(-rules.most_wrong_s, rules.most_wrong_s + _BIN_S, _BIN_S)
    # Several bins side by side, so that a peak on a border between bins is not halved.
    wide = 2 * round(max(1.0, blur_s / (2.0 * _BIN_S))) + 1
    counts = np.convolve(np.histogram(apart, edges)[0], np.ones(wide), mode="same")
    usual = max(float(np.median(counts)), float(counts.mean()), 0.05)
    place = float(edges[int(np.argmax(counts))] + _BIN_S / 2)
    return -float(scipy.stats.poisson.logsf(counts.max() - 1, usual) / np.log(10.0) + np.log10(len(counts))), place


def _settle(sold_s: Floats, due_s: Floats, about_s: float, rules: ClockRules, blur_s: float) -> Measure | None:
    """The peak as a bell over an even ground, fitted by expectation and maximisation, with its robust error.

    The error is the sandwich estimate for the bell's middle: sum of squared influences over the squared slope.
    """
    half = max(20.0, 1.5 * blur_s)
    receipt, stay = near(sold_s - about_s, due_s, half)
    apart = sold_s[receipt] - due_s[stay] - about_s
    least = max(rules.least_spread_s, 0.289 * blur_s)
    middle, spread, share = 0.0, max(4.0, 0.4 * blur_s), 0.6
    mine = np.zeros(len(apart))
    for _ in range(_ROUNDS):
        bell = share * np.exp(-0.5 * ((apart - middle) / spread) ** 2) / (spread * np.sqrt(2.0 * np.pi))
        mine = bell / (bell + (1.0 - share) / (2.0 * half) + 1e-300)
        total = float(mine.sum())
        if total < 1.0:
            return None
        middle = float((mine * apart).sum() / total)
        spread = max(least, float(np.sqrt((mine * (apart - middle) ** 2).sum() / total)))
        share = min(0.98, total / len(apart))
    away = apart - middle
    slope = float(mine.sum() - (mine * (1.0 - mine) * (away / spread) ** 2).sum())
    pairs = len(np.unique(receipt[mine > 0.5]))
    if pairs < rules.least_pairs or slope <= 0.0 or abs(middle) > half / 2:
        return None
    error = float(np.sqrt((mine**2 * away**2).sum()) / slope)
    # A spread that rests on few is itself uncertain.
    error = max(error, spread / np.sqrt(pairs)) * np.sqrt(pairs / max(1.0, pairs - 2.0))
    # As exact as the table keeps it, so that a night gives the same whether it reads the days before or just made them.
    return Measure(
        float(round(sold_s.mean())), round(about_s + middle, 3), round(float(error), 4), round(spread, 3), pairs
    )
