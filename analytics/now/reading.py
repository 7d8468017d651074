"""One number of the running hour beside what was expected of it by now."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Under these shares of an hour a rate says nothing and a count next to nothing.
LEAST_SHARE = 1.0 / 12.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What was forecast of an hour, or of a part of it.

    Attributes:
        mean: Expected.
        lo80: Lower end of the 80 % interval.
        hi80: Upper end.
        lo95: Lower end of the 95 % interval.
        hi95: Upper end.
    """

    mean: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A number of the running hour.

    Attributes:
        measure: Its name.
        value: Until now; None: not known.
        why: Why it is not known, or why it is not judged: ``camera``, ``receipts``, ``no_visits``, ``closed``,
            ``forecast``, ``early``; None: it is both.
        expected: What was expected until now; None: nothing.
        fits: ``below``, ``within`` or ``above`` the 80 % interval; None: it is not judged.
        far: It lies outside of the 95 % interval, too.
    """

    measure: str
    value: float | None
    why: str | None = None
    expected: Expected | None = None
    fits: str | None = None
    far: bool = False


def expected_at(hour: Expected, share: float, *, rate: bool = False) -> Expected:
    """The forecast of an hour scaled to the part of it that was seen.

    A count is expected in proportion to the time. Its interval shrinks with the square root of it, as that of a Poisson
    count does; a part of the error that belongs to the whole day shrinks faster, so the interval is rather too wide.
    A rate stays, and its interval grows by the square root: it rests on fewer visits.

    Args:
        hour: Of the whole hour.
        share: Of its open time that was seen, above 0 up to 1.
        rate: It is a rate.
    """
    root = math.sqrt(share)
    mean, by = (hour.mean, 1.0 / root) if rate else (hour.mean * share, root)

    def end(of_hour: float) -> float:
        return max(mean + (of_hour - hour.mean) * by, 0.0)

    return Expected(mean, end(hour.lo80), end(hour.hi80), end(hour.lo95), end(hour.hi95))


def reading(
    measure: str,
    value: float | None,
    share: float,
    hour: Expected | None,
    *,
    why: str | None = None,
    rate: bool = False,
) -> Reading:
    """Holds a number against its forecast.

    Args:
        measure: Its name.
        value: Until now; None: not known, for the reason ``why``.
        share: Of the hour's open time, that part of which the number speaks, 0..1.
        hour: The forecast of the whole hour; None: there is none.
        why: Why it is not known.
        rate: It is a rate.
    """
    if value is None:
        return Reading(measure, None, why)
    if hour is None:
        return Reading(measure, value, "forecast")
    if share <= 0:
        return Reading(measure, value, "early")
    known = expected_at(hour, min(share, 1.0), rate=rate)
    if share < LEAST_SHARE:
        return Reading(measure, value, "early", known)
    fits = "below" if value < known.lo80 else "above" if value > known.hi80 else "within"
    return Reading(measure, value, None, known, fits, far=value < known.lo95 or value > known.hi95)
