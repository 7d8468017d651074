"""Deciding which pictures are worth searching: none in which nothing moves while nobody is followed."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..events import Glance, Health

# Whoever moved is believed, or given up, within this time: until then pictures are searched without movement, too.
STILL_FOR = timedelta(seconds=1)
# Now and then a still picture is searched all the same: for someone who was there, unmoved, from the very first one.
ANYWAY = timedelta(seconds=10)
# The gate knows who was followed so many pictures ago, no later. So fewer pictures than this may be on their way to the
# network, and the decision is the same on every machine, however many pictures it works on at once.
LAG = 8
# Nobody can be seen in these states; zones then hold nobody that is known of.
BLIND: frozenset[Health] = frozenset(("frozen", "black", "blocked"))
# Whoever is in a frozen picture would be followed for as long as it lasts. The others are searched, if anything moves
# in them: so the first picture in which somebody can be seen again is not missed.
UNSEARCHED: frozenset[Health] = frozenset(("frozen",))


class Gate:
    """Says of each picture whether to search it for people.

    Args:
        on: Whether still pictures are left out; frozen ones always are.
    """

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._moved: datetime | None = None
        self._searched: datetime | None = None
        self._followed: deque[bool] = deque([False] * LAG)

    @property
    def follows(self) -> bool:
        """Whether somebody was followed, as far as the gate knows: then it is open, whatever moves."""
        return self._followed[0]

    def opens(self, glance: Glance, at: datetime) -> bool:
        """Takes the next picture, in order of time; says whether to search it."""
        followed = self._followed.popleft()
        if glance.moves or self._moved is None:
            self._moved = at
        if glance.health in UNSEARCHED:
            return False
        still = at - self._moved > STILL_FOR and not followed
        if self._on and still and self._searched is not None and at - self._searched < ANYWAY:
            return False
        self._searched = at
        return True

    def note(self, *, followed: bool) -> None:
        """Takes, picture by picture and for every one, whether anybody was followed after it."""
        self._followed.append(followed)
