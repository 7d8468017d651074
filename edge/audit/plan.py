"""Which windows to count: spread over the day, more where there is traffic, and never chosen by what was counted.

Bands of hours get windows in proportion to their traffic, so that the crossings that matter most are checked most.
Within a band the order follows from a hash of camera and time alone: it is the same at every call, nobody can steer it,
and a window with no count in it is as likely as one with many. Choosing windows by their own count would show the
product's inventions and hide its misses.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..hours import StoreHours
from .errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo

BAND_HOURS = 2
LEAD = timedelta(seconds=3)  # shown before and after a window, so that nobody is cut in two


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time.

    Attributes:
        begins: Aware.
        ends: Aware, exclusive.
    """

    begins: datetime
    ends: datetime

    def holds(self, other: Span) -> bool:
        """Whether all of ``other`` lies in it."""
        return self.begins <= other.begins and other.ends <= self.ends

    def meets(self, other: Span) -> bool:
        """Whether they have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window that could be counted.

    Attributes:
        window: Its time.
        recording: Number of the recording that shows it.
        run: The run that counted it.
        crossings: How many the product counted in it, all lines and directions; only sums of a band are looked at.
    """

    window: Span
    recording: int
    run: str
    crossings: int = 0


def merged(spans: Iterable[Span], bridge: timedelta = timedelta(0)) -> list[Span]:
    """Spans that touch, overlap or are at most ``bridge`` apart become one; in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.begins <= found[-1].ends + bridge:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The time that lies in both."""
    both = [Span(max(a.begins, b.begins), min(a.ends, b.ends)) for a in first for b in second if a.meets(b)]
    return merged(both)


def whole_windows(covered: Iterable[Span], length: timedelta) -> list[Span]:
    """The windows of a grid that begins at midnight UTC, as far as they lie wholly in what is covered.

    A grid of the clock, and not of each recording, gives the same windows whichever recordings are handed in.

    Args:
        covered: Merged spans.
        length: Of a window.
    """
    found = []
    for span in covered:
        day = span.begins.replace(hour=0, minute=0, second=0, microsecond=0)
        begins = day + -((day - span.begins) // length) * length
        while begins + length <= span.ends:
            found.append(Span(begins, begins + length))
            begins += length
    return found


def in_hours(windows: Iterable[Span], hours: Sequence[tuple[int, int] | None], zone: ZoneInfo) -> list[Span]:
    """The windows that lie within opening hours; all where none are given.

    Args:
        windows: Any.
        hours: Monday to Sunday, (opens, closes) in minutes after local midnight (over 1440 on the next day), or None
            for a closed day.
        zone: Of the store.
    """
    if not any(hours):
        return list(windows)

    known = StoreHours(tuple(hours), zone.key)

    def is_open(window: Span) -> bool:
        opened = known.open_since(window.begins)
        return opened is not None and known.open_since(window.ends - timedelta(microseconds=1)) == opened

    return [window for window in windows if is_open(window)]


def band_of(moment: datetime, zone: ZoneInfo) -> int:
    """The local hour at which the band of a moment begins: 0, 2, ... 22."""
    return moment.astimezone(zone).hour // BAND_HOURS * BAND_HOURS


def band_name(band: int) -> str:
    """A band as people write it: ``10-12``."""
    return f"{band:02}-{band + BAND_HOURS:02}"


def in_order(candidates: Sequence[Candidate], camera: str, zone: ZoneInfo) -> list[Candidate]:
    """All candidates in the order in which they should be counted; stop anywhere, and what is counted is well spread.

    First every band gets one window, the busiest first. Then each next window goes to the band whose traffic is
    largest for the windows it has, by Sainte-Lague's method, which never takes a window back when more are asked for.

    Args:
        candidates: Windows that do not overlap.
        camera: Its id, part of the seed.
        zone: Of the store.
    """

    def seed(candidate: Candidate) -> str:
        text = f"{camera} {candidate.window.begins.timestamp():.0f}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    bands: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=seed):
        bands[band_of(candidate.window.begins, zone)].append(candidate)
    # A window without any count weighs a little, too: a band in which nothing was counted may have been missed.
    weights = {band: sum(c.crossings for c in own) + len(own) / 4 for band, own in bands.items()}
    taken = dict.fromkeys(bands, 0)

    def next_band() -> int:
        left = [band for band, own in bands.items() if taken[band] < len(own)]
        return max(left, key=lambda b: (taken[b] == 0, weights[b] / (2 * taken[b] + 1), -b))

    order = []
    for _ in range(len(candidates)):
        band = next_band()
        order.append(bands[band][taken[band]])
        taken[band] += 1
    return order


def covering(
    window: Span, camera: str, sources: Sequence[tuple[str, Sequence[tuple[Span, str]]]], clock: Callable[[Span], str]
) -> Candidate:
    """The candidate for a window that someone asked for.

    Args:
        window: What is asked for.
        camera: Its id, for the message.
        sources: For each recording its name and what of it was counted: spans with the run that counted them.
        clock: Writes a span for people.

    Raises:
        AuditError: No recording shows it, or nobody counted it; the message names window, camera and what there is.
    """
    for number, (_, spans) in enumerate(sources):
        for span, run in spans:
            if span.holds(window):
                return Candidate(window, number, run)
    there = "; ".join(f"{name} {clock(span)}" for name, spans in sources for span, _ in spans)
    raise AuditError(
        f"camera {camera}: window {clock(window)}: not recorded and counted from its beginning to its end; "
        f"what is: {there or 'nothing'}"
    )
