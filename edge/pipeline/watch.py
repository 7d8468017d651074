"""Writing down what was watched: periods, their health, and the gaps between frames."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..events import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..events import Frame, Glance, Health, Pause

# Frames further apart than this are a gap in what the camera saw, not a slow camera.
GAP_S = 5.0
# The last frame of a period was watched for as long as the frame before it, at most this long.
LAST_FRAME_S = 1.0
# The frame rate is judged over so long, and must be above the limit by a tenth for a slow camera to be well again.
RATE_S = 10.0
WELL = 1.1
# Some faults show only after a while, a frozen picture for one: so far back told periods can be corrected.
CORRECTED_S = 900.0


@dataclass(slots=True)
class _Open:
    """The period that is being watched."""

    number: int
    begins: datetime
    health: Health
    seen: int = 0
    dropped: int = 0


class WatchLog:
    """Periods cut at whole multiples of ``watch_s``, at gaps, and wherever the health of the picture changes.

    A period may be told again under its number, with another end or another health: the later telling replaces.

    Args:
        watch_s: Longest period.
        least_fps: Below this many pictures a second the health is ``slow``; 0 for never.
        take_dropped_facts: Tells how many facts were lost on their way to the database since it was last asked.
    """

    def __init__(self, watch_s: float, least_fps: float, take_dropped_facts: Callable[[], int]) -> None:
        self._length = timedelta(seconds=watch_s)
        self._take_dropped_facts = take_dropped_facts
        self._rate = _Rate(least_fps)
        self._open: _Open | None = None
        self._last: datetime | None = None
        self._apart = timedelta(0)
        self._told: deque[Watch] = deque()
        self._next = 0

    @property
    def health(self) -> Health:
        """Of the period that is being watched; ``lost`` before the first picture."""
        return self._open.health if self._open is not None else "lost"

    def frame(self, frame: Frame, glance: Glance) -> Iterator[Watch]:
        """Takes one frame; yields the periods that ended before it, and those that it corrects."""
        if self._last is not None and (frame.at - self._last).total_seconds() > GAP_S:
            yield from self._lose()
            self._rate.forget()
        elif self._last is not None:
            self._apart = frame.at - self._last
        health, since = self._rate.judge(frame.at, glance)
        if self._open is None:
            self._open = self._begin(frame.at, health)
        elif self._open.health == "lost":
            yield self._end(frame.at)
            self._open = self._begin(frame.at, health)
        elif frame.at >= (border := self._border(self._open.begins)):
            yield self._end(border)
            self._open = self._begin(border, self._told[-1].health)
        if health != self._open.health:
            yield from self._change(health, since, frame.at)
        self._open.seen += 1
        self._open.dropped += frame.dropped
        self._last = frame.at

    def pause(self, pause: Pause) -> Iterator[Watch]:
        """Takes that there is still no picture; yields the period that ended with the last one."""
        if self._last is None or (pause.at - self._last).total_seconds() <= GAP_S:
            return
        yield from self._lose()

    def so_far(self, at: datetime) -> Iterator[Watch]:
        """The open period as it would be told if everything ended now."""
        if self._open is not None and at > self._open.begins:
            yield self._watch(self._open, at, 0)

    def close(self, at: datetime | None) -> Iterator[Watch]:
        """Ends the open period with its last frame, or with the last time at which there was still none."""
        if self._open is not None and self._last is not None:
            lost = self._open.health == "lost"
            ends = max(at or self._open.begins, self._open.begins) if lost else self._end_of_last()
            yield self._end(ends)
            self._open = None

    def _lose(self) -> Iterator[Watch]:
        """From the end of the last picture on nothing was seen."""
        if self._open is not None and self._open.health != "lost":
            ends = max(self._end_of_last(), self._open.begins)
            yield self._end(ends)
            self._open = self._begin(ends, "lost")

    def _change(self, health: Health, since: datetime, at: datetime) -> Iterator[Watch]:
        """The health is another one since ``since``, which may lie in periods that were told already."""
        assert self._open is not None  # noqa: S101 - only called while a period is open
        if since > self._open.begins:
            yield self._end(min(since, at))
            self._open = self._begin(min(since, at), health)
            return
        self._open.health = health
        for index in range(len(self._told) - 1, -1, -1):
            told = self._told[index]
            if told.ends <= since or told.health == "lost":
                return
            if told.begins >= since:
                self._told[index] = replace(told, health=health)
                yield self._told[index]
                continue
            share = (since - told.begins) / (told.ends - told.begins)
            seen, dropped = round(told.frames_seen * share), round(told.frames_dropped * share)
            self._told[index] = replace(told, ends=since, frames_seen=seen, frames_dropped=dropped)
            rest = replace(
                told,
                sequence=self._number(),
                begins=since,
                frames_seen=told.frames_seen - seen,
                frames_dropped=told.frames_dropped - dropped,
                facts_dropped=0,
                health=health,
            )
            self._told.insert(index + 1, rest)
            yield self._told[index]
            yield rest
            return

    def _end_of_last(self) -> datetime:
        assert self._last is not None  # noqa: S101 - a period begins with a frame
        return self._last + min(self._apart, timedelta(seconds=LAST_FRAME_S))

    def _border(self, begins: datetime) -> datetime:
        """The end of the period that ``begins`` lies in."""
        day = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        return day + ((begins - day) // self._length + 1) * self._length

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _begin(self, begins: datetime, health: Health) -> _Open:
        return _Open(self._number(), begins, health)

    def _end(self, ends: datetime) -> Watch:
        assert self._open is not None  # noqa: S101 - only called while a period is open
        watch = self._watch(self._open, ends, self._take_dropped_facts())
        self._told.append(watch)
        while (ends - self._told[0].ends).total_seconds() > CORRECTED_S:
            self._told.popleft()
        return watch

    @staticmethod
    def _watch(period: _Open, ends: datetime, facts_dropped: int) -> Watch:
        return Watch(period.number, period.begins, ends, period.seen, period.dropped, facts_dropped, period.health)


class _Rate:
    """Judges whether pictures come often enough."""

    def __init__(self, least_fps: float) -> None:
        self._least_fps = least_fps
        self._times: deque[datetime] = deque()
        self._slow: datetime | None = None
        self._well: datetime | None = None

    def judge(self, at: datetime, glance: Glance) -> tuple[Health, datetime]:
        """The health of a picture, and since when: what the glance says, or ``slow`` where that is well."""
        if self._least_fps <= 0:
            return glance.health, glance.since
        self._times.append(at)
        while (at - self._times[0]).total_seconds() > RATE_S:
            begins = self._times.popleft()
            fps = len(self._times) / (at - begins).total_seconds()
            if self._slow is None and fps < self._least_fps:
                self._slow = begins
            elif self._slow is not None and fps >= self._least_fps * WELL:
                self._slow, self._well = None, at
        if glance.health != "ok":
            return glance.health, glance.since
        turned = self._slow or self._well or glance.since
        return "slow" if self._slow is not None else "ok", max(turned, glance.since)

    def forget(self) -> None:
        """A gap is no slow camera: the rate is judged anew."""
        self._times.clear()
        self._slow = None
