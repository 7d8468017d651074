"""How far the counts may be from the truth, learned from the windows that a person counted, too.

A crossing can be missed or invented. Of ``counted`` crossings of some hours a share was invented, and for every right
one some were missed; the last audit of the line tells both shares, the better the more was counted by hand. What is
wanted is an interval for the true number behind a count, so it must hold both doubts: the shares are known from a few
windows only, and even known shares fall out differently in every hour. That makes it a prediction interval, whose size
goes with the audit for a month and with chance for an hour.

Only intervals are made here. The counts stay as they are: a person corrects a line or a camera, not a number.

References:
    K. Krishnamoorthy, J. Peng, "Improved closed-form prediction intervals for binomial and Poisson distributions",
    J. Statistical Planning and Inference 141 (2011): the joint sampling interval, in the limit Wilson's (1927).
    G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in
    Medicine 27 (2008): limits of a sum from the limits of its parts.
    P. McCullagh, J. A. Nelder, "Generalized Linear Models" (1989), 4.5: the spread between windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .frames import ACCURACY, AUDITS, check, empty, local_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Z_95 = 1.959964  # standard normal quantile of 0.975
# Windows counted so long before the newest of their line still belong to the same audit.
AUDIT_DAYS = 30
# The bands in which windows are picked, and how many crossings one needs to speak for its own hours.
BAND_HOURS = 2
BAND_CROSSINGS = 30
# From this age on an audit is named as old: seasons, light and what stands in the doorway have changed.
OLD_DAYS = 180
LINE = ["camera_id", "line_id", "geometry_version", "direction"]
_ALL_HOURS = (0, 24)
_TINY = 1e-6


def accuracy(audits: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    """What the last audit of every line says, by direction and band of hours.

    Args:
        audits: ``frames.AUDITS``; windows of one line that are older than ``AUDIT_DAYS`` before its newest belong to an
            audit before the last and say nothing.
        time_zone: IANA name; a window belongs to the band of the store's clock in which it begins.

    Returns:
        ``frames.ACCURACY``: for every line, version and direction a row of all hours together (0 to 24), and one for
        each band with a window in it. ``ratio`` is manual / counted over their sums, 1 where neither counted anyone
        wrongly; its bounds are those of a period of very many crossings. Null bounds: too little was counted by hand.
    """
    windows = _last(check(audits, AUDITS))
    if windows.empty:
        return empty(ACCURACY)
    hour = local_hour(windows["begins"], time_zone)["local_hour"]
    banded = windows.assign(from_hour=hour // BAND_HOURS * BAND_HOURS)
    rows = []
    for line, mine in banded.groupby(LINE, sort=True):
        begins = sorted(set(mine["from_hour"]))
        bands = [(_ALL_HOURS, mine)]
        bands += [((begin, begin + BAND_HOURS), mine[mine["from_hour"] == begin]) for begin in begins]
        rows += [dict(zip(LINE, line, strict=True)) | _row(hours, own) for hours, own in bands]
    found = pd.DataFrame(rows)
    low, high = _true_shares(found)
    found["ratio_low"], found["ratio_high"] = low, high
    enough = found["manual"] + found["invented"] >= BAND_CROSSINGS
    found["own"] = ((found["from_hour"] == _ALL_HOURS[0]) & (found["to_hour"] == _ALL_HOURS[1])) | enough
    found["own"] &= found["ratio_low"].notna()
    return check(found, ACCURACY)


def bounds(lines: pd.DataFrame, known: pd.DataFrame, period: pd.Series, column: str) -> pd.DataFrame:
    """What was counted in some periods, and between which bounds the true number lies.

    Every line and direction is judged by its own audit: by the band of the hour where that had enough crossings, else
    by all its hours. Counts that are judged by the same audit share its error, so they are added up first; the errors
    of different audits are independent of each other.

    Args:
        lines: ``frames.LINE_HOURLY``.
        known: ``frames.ACCURACY``.
        period: To which period each row of ``lines`` belongs; same index.
        column: ``crossings`` or ``visits``; a miscounted visit is taken to be as frequent as a miscounted crossing.

    Returns:
        Index: the periods, in order. ``count``; ``expected``, the count put right by the audits' ratios; ``low`` and
        ``high``, the 95 % bounds, whole people. All null where nobody was counted, and all but ``count`` where
        somebody was counted on a line that has no audit.
    """
    judge = _judges(lines, known)
    cells = (
        pd.DataFrame({"period": period.to_numpy(), "judge": judge, "count": lines[column].to_numpy(dtype=np.float64)})
        .groupby(["period", "judge"], sort=True, as_index=False)["count"]
        .sum()
    )
    count = cells["count"].to_numpy(dtype=np.float64)
    audited = cells["judge"].to_numpy() >= 0
    columns = ["counted", "manual", "missed", "invented", "spread"]
    mine = known[columns].reset_index(drop=True).reindex(cells["judge"])
    expected, low, high = _true_counts(mine, count)
    unknown = np.where(~audited & (count > 0), np.nan, 0.0)
    parts = pd.DataFrame(
        {
            "period": cells["period"],
            "count": count,
            "expected": np.where(audited, expected, unknown),
            "below": np.where(audited, (expected - low) ** 2, unknown),
            "above": np.where(audited, (high - expected) ** 2, unknown),
        }
    )
    # A sum with an unknown part is unknown: without this pandas would leave it out.
    summed = parts.groupby("period", sort=True).sum(skipna=False)
    low, high = summed["expected"] - np.sqrt(summed["below"]), summed["expected"] + np.sqrt(summed["above"])
    return pd.DataFrame(
        {
            "count": summed["count"],
            "expected": summed["expected"],
            "low": np.floor(low.clip(lower=0.0) + _TINY),
            "high": np.ceil(high - _TINY),
        }
    ).mask(summed["count"] == 0)


def judged_by(lines: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Which row of ``known`` judges each row of ``frames.LINE_HOURLY``, by position; -1: no audit does."""
    return pd.Series(_judges(lines, known), index=lines.index)


def quotient(above: tuple[float, float, float], below: tuple[float, float, float]) -> tuple[float, float] | None:
    """The bounds of a ratio of two independent counts, from (expected, low, high) of each.

    On the logarithm the ratio is a difference, whose limits follow from those of its parts (Zou and Donner 2008).

    Returns:
        Low and high; None where one of them may be 0, so that the ratio may be anything.
    """
    if min(*above, *below) <= 0:
        return None
    middle = np.log(above[0] / below[0])
    down = np.hypot(np.log(above[0] / above[1]), np.log(below[2] / below[0]))
    up = np.hypot(np.log(above[2] / above[0]), np.log(below[0] / below[1]))
    return float(np.exp(middle - down)), float(np.exp(middle + up))


def _last(audits: pd.DataFrame) -> pd.DataFrame:
    """The windows of the last audit of every line."""
    if audits.empty:
        return audits
    newest = audits.groupby(["camera_id", "line_id", "geometry_version"])["begins"].transform("max")
    return audits[newest - audits["begins"] <= pd.Timedelta(days=AUDIT_DAYS)].reset_index(drop=True)


def _row(hours: tuple[int, int], windows: pd.DataFrame) -> dict[str, object]:
    """The sums of some windows of one line and direction."""
    manual, counted = (windows[name].to_numpy(dtype=np.int64) for name in ("manual", "counted"))
    totals_only = windows["matched"].isna().to_numpy(dtype=bool)
    # Where only totals are known, the fewest errors that explain them.
    matched = windows["matched"].fillna(0).to_numpy(dtype=np.int64)
    right = np.where(totals_only, np.minimum(manual, counted), matched)
    last = int(windows["ends"].argmax())
    return {
        "from_hour": hours[0],
        "to_hour": hours[1],
        "windows": len(windows),
        "manual": int(manual.sum()),
        "counted": int(counted.sum()),
        "missed": int((manual - right).sum()),
        "invented": int((counted - right).sum()),
        "totals_only": bool(totals_only.any()),
        "spread": spread(manual, counted, right, totals_only=bool(totals_only.any())),
        "ratio": float(manual.sum() / counted.sum()) if counted.sum() else np.nan,
        "first_window": windows["begins"].min(),
        "last_window": windows["ends"].iloc[last],
        "audited": windows["audited"].max(),
    }


def spread(
    manual: NDArray[np.int64], counted: NDArray[np.int64], right: NDArray[np.int64], *, totals_only: bool
) -> float:
    """How much more the windows differ than chance explains, as a ratio of variances, at least 1.

    Errors come in company: a pram hides three people, a low sun blinds an hour. The difference of manual and counted of
    a window has, by chance alone, the variance of the number of its errors; Pearson's statistic compares. Where only
    totals are known, errors that hide each other are missing from that number, and the statistic makes up for it.
    One window alone has nothing to be compared with; where only its totals are known, its difference is taken for
    chance.

    Args:
        manual: (N,) of each window.
        counted: (N,) of each window.
        right: (N,) crossings that both counted.
        totals_only: Whether ``right`` is at most so many in some window.
    """
    size = (manual + counted) / 2.0
    seen = size > 0
    size, difference = size[seen], (manual - counted)[seen].astype(np.float64)
    errors = float((manual + counted - 2 * right).sum())
    if errors == 0:
        return 1.0
    if len(size) == 1:
        return max(1.0, abs(float(difference[0]))) if totals_only else 1.0
    rate = errors / size.sum()
    usual = difference.sum() / size.sum() * size
    # One less than the degrees of freedom: a spread that is itself guessed from few windows is doubted, as in a t test.
    return max(1.0, float(((difference - usual) ** 2 / (rate * size)).sum() / max(len(size) - 2, 1)))


def _judges(lines: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.int64]:
    usable = known.reset_index(drop=True)[[*LINE, "from_hour", "to_hour", "own"]]
    usable["judge"] = np.arange(len(usable))
    usable = usable[usable["own"]]
    whole = (usable["from_hour"] == _ALL_HOURS[0]) & (usable["to_hour"] == _ALL_HOURS[1])
    asked = lines[LINE].assign(from_hour=lines["local_hour"] // BAND_HOURS * BAND_HOURS)
    by_band = asked.merge(usable[~whole], on=[*LINE, "from_hour"], how="left")["judge"]
    by_line = asked.merge(usable[whole].drop(columns="from_hour"), on=LINE, how="left")["judge"]
    return by_band.fillna(by_line).fillna(-1).to_numpy(dtype=np.int64)


def _true_shares(known: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Bounds of the true number for each counted one, in a period of very many; NaN where nothing can be said."""
    endless = np.full(len(known), 1e9)
    _, low, high = _true_counts(known, endless)
    return low / endless, high / endless


def _true_counts(known: pd.DataFrame, count: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The true number behind each count: expected, lowest, highest; NaN where nothing can be said.

    Args:
        known: (N rows) counted, manual, missed, invented, spread.
        count: (N,) counted crossings of the period.
    """
    counted, manual, missed, invented, spread_ = (
        known[name].to_numpy(dtype=np.float64) for name in ("counted", "manual", "missed", "invented", "spread")
    )
    right = manual - missed
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = count * invented / counted
        lost = (count - wrong) * missed / right
        wrong_low, wrong_high = _foreseen(invented, counted, count, spread_, -1)
        lost_low, lost_high = _foreseen(missed, right, count - wrong, spread_, 1)
        expected = count - wrong + lost
        low = np.maximum(expected - np.hypot(lost - lost_low, wrong_high - wrong), 0.0)
        high = expected + np.hypot(lost_high - lost, wrong - wrong_low)
    good = (counted > 0) & (right > 0) & np.isfinite(high)
    return tuple(np.where(good, values, np.nan) for values in (expected, low, high))  # type: ignore[return-value]


def _foreseen(errors: Numbers, base: Numbers, ahead: Numbers, spread_: Numbers, kind: int) -> tuple[Numbers, Numbers]:
    """Bounds of the errors Y among ``ahead`` trials, when there were X ``errors`` among n = ``base``.

    Both are taken to have one rate, estimated from both together; kept are the Y for which the score test would not
    tell them apart: (k X - n Y)^2 <= z^2 spread n k S (1 + kind S / (n + k)), S = X + Y, k = ``ahead``. For kind -1
    (binomial) each trial is wrong or right; for +1 (negative binomial) each right one has lost others before it.

    Returns:
        Low and high, at least 0; high is infinite where n is too small to exclude anything.
    """
    q = Z_95**2 * spread_
    whole = base + ahead
    a = base**2 - kind * q * base * ahead / whole
    b = -(2.0 * base * ahead * errors + q * base * ahead * (1.0 + 2.0 * kind * errors / whole))
    c = (ahead * errors) ** 2 - q * base * ahead * errors * (1.0 + kind * errors / whole)
    root = np.sqrt(np.maximum(b * b - 4.0 * a * c, 0.0))
    high = np.where(a > 0, (root - b) / (2.0 * a), np.inf)
    low = np.where(c > 0, 2.0 * c / (root - b), 0.0)
    top = ahead if kind < 0 else np.inf
    return np.clip(low, 0.0, top), np.clip(high, 0.0, top)
