"""Whether people could be seen in a camera's pictures, and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from . import limits
from .sharpness import sharpness
from .states import State
from .view import SMOOTH, Reference, View, view_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from ..events import Health
    from .limits import Fault
    from .small import Small

    Picture = NDArray[np.uint8]
    Plane = NDArray[np.float32]

# Pictures are examined so often: health changes slowly, and an examination costs as much as a few pictures.
EVERY = timedelta(seconds=2)
# So many healthy examinations, a minute, make a reference: in a minute most people have walked on.
LEARNT_FROM = 30
# In this order faults are told, and each hides those after it. A picture without signal, or too dark to show anything,
# says nothing of the rest; encoders repeat a dark picture pixel by pixel, so the dark is not called frozen. A frozen
# picture says nothing of the camera now. Where something lies before the lens there is nothing to be sharp, and where
# nothing is sharp there are no edges that could have moved.
ORDER: tuple[Health, ...] = ("black", "dark", "frozen", "blocked", "blurred", "moved")


class Examiner:
    """Follows the health of the pictures of one camera, all of one size.

    Args:
        size: Width and height of the pictures, pixels.
        began: Time of the first.
        reference: What the view looked like; None to learn it.
        frozen_s: The very same picture for so long is frozen; 0: never.
        compares: Whether the place of the view is compared with the reference.

    Attributes:
        reference: What the view looks like when it is healthy; None until that is learnt.
    """

    def __init__(
        self, size: tuple[int, int], began: datetime, reference: Reference | None, *, frozen_s: float, compares: bool
    ) -> None:
        self.reference = reference
        self._size = size
        self._began = began
        self._compares = compares
        self._views: list[View] = []
        self._last: Picture | None = None
        self._examined: datetime | None = None
        self._black = _state(limits.BLACK)
        self._dark = _state(limits.DARK)
        self._frozen = State(frozen_s, 0) if frozen_s > 0 else None
        self._blocked = _state(limits.BLOCKED)
        self._blurred = _state(limits.BLURRED)
        self._moved = _state(limits.MOVED)

    def resume(self) -> None:
        """Goes on after a time without pictures: what was believed holds, what had begun to show begins anew."""
        self._examined = None
        for _, state in self._states():
            state.forget_doubts()

    def take(self, seen: Small, recent: Plane, image: Picture, at: datetime) -> None:
        """Takes the next picture.

        Args:
            seen: The picture, made small.
            recent: The mean of the last pictures, as ``Motion.recent`` gives it.
            image: The picture itself.
            at: Its time.
        """
        if self._frozen is not None:
            self._frozen.take(self._last is not None and np.array_equal(seen.samples, self._last), at)
        self._last = seen.samples
        if self._examined is None or at - self._examined >= EVERY:
            self._examined = at
            self._examine(seen, recent, image, at)

    def health(self) -> tuple[Health, datetime]:
        """What is believed now, and since when."""
        since = self._began
        for cause, state in self._states():
            since = max(since, state.changed or since)
            if state.open:
                return cause, since
        return "ok", since

    def _states(self) -> Iterator[tuple[Health, State]]:
        found = self._black, self._dark, self._frozen, self._blocked, self._blurred, self._moved
        yield from ((cause, state) for cause, state in zip(ORDER, found, strict=True) if state is not None)

    def _examine(self, seen: Small, recent: Plane, image: Picture, at: datetime) -> None:
        """Looks for every fault that can be known while those before it do not show."""
        self._black.take(_high(limits.BLACK, _one_colour(seen.samples), self._black), at)
        bright = None if self._black.doubtful else float(seen.grey.mean())
        self._dark.take(_low(limits.DARK, bright, self._dark), at)
        frozen = self._frozen is not None and self._frozen.open
        if self._black.doubtful or self._dark.doubtful or frozen:
            for state in (self._blocked, self._blurred, self._moved):
                state.take(None, at)
            return
        view = view_of(recent, sharpness(image), coloured=_colour(seen.samples) >= limits.GREY)
        self._blocked.take(self._is_covered(view), at)
        self._blurred.take(None if self._blocked.doubtful else self._is_blurred(view), at)
        self._moved.take(None if self._blocked.doubtful or self._blurred.doubtful else self._is_elsewhere(view), at)
        if self.reference is None and not any(state.doubtful for _, state in self._states()):
            self._views.append(view)
            if len(self._views) == LEARNT_FROM:
                self.reference = Reference.learnt(self._views, *self._size)
                self._views.clear()

    def _is_covered(self, view: View) -> bool | None:
        if self.reference is None or not self.reference.telling:
            return _high(limits.BARE, float(np.mean(view.texture < SMOOTH)), self._blocked)
        return _high(limits.BLOCKED, self.reference.bare_share(view), self._blocked)

    def _is_blurred(self, view: View) -> bool | None:
        if self.reference is None or self.reference.sharpness < limits.SHARP:
            return None
        return _low(limits.BLURRED, view.sharpness / self.reference.sharpness, self._blurred)

    def _is_elsewhere(self, view: View) -> bool | None:
        if not self._compares or self.reference is None or not self.reference.telling:
            return None
        if view.coloured != self.reference.coloured:
            return None  # by infrared cloth and paint are bright that are dark by day: edges turn over and go
        fit = self.reference.fit(view)
        if _low(limits.OTHER_VIEW, fit.near, self._moved):
            return True
        surely = fit.best >= limits.FITS and fit.best - fit.still >= limits.FITS_BETTER
        return surely and bool(_high(limits.MOVED, fit.shift, self._moved))


def _state(fault: Fault) -> State:
    return State(fault.opens_s, fault.closes_s)


def _high(fault: Fault, value: float | None, state: State) -> bool | None:
    """Whether a fault shows that lies above its limit; one that showed before must fall below the further one."""
    return None if value is None else value >= (fault.closes if state.doubtful else fault.opens)


def _low(fault: Fault, value: float | None, state: State) -> bool | None:
    """The same of a fault that lies below its limit."""
    return None if value is None else value <= (fault.closes if state.doubtful else fault.opens)


def _colour(samples: Picture) -> float:
    """Mean difference between a pixel's strongest and weakest colour, 0..255."""
    some = samples[::4, ::4]
    return float(np.mean(some.max(axis=2) - some.min(axis=2)))


def _one_colour(samples: Picture) -> float:
    """The share of pixels that have the colour that is in the middle, 0..1."""
    some = samples[::4, ::4].reshape(-1, 3).astype(np.int16)
    away = np.abs(some - np.median(some, axis=0))
    return float(np.mean(away.max(axis=1) <= limits.ONE_COLOUR))
