"""The rules by which entries are visits, and the steps they make, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitRules:
    """Which entries are visits.

    Everything that needs to know a person again does so by the camera's own track: it ends soon after its person leaves
    the picture, so these rules catch what happens in view and never claim to recognise anybody.

    Attributes:
        hold: Only entries still inside after the edge's hold time count, so a U-turn in the doorway does not.
        open_hours_only: Entries while the store is closed (staff, deliveries) do not count.
        re_entry_s: An entry at most this long after the same track went out, on the same local day, is not a new
            visit; None: every entry is.
        short_visit_s: An entry whose track goes out again within this time is a bounce and no visit; None: it is one.
            Published values lie between 10 and 40 s.
        staff_zones: Zones where only staff stands. A track that stays in them is staff, and its entries are no visits.
        staff_zone_s: For so long, in all its stays there together.
        staff_after_s: A track that is in view for so long, from first to last, is staff; None: nobody is.
        staff_hours: Minutes after local midnight (from, to) in which entries are those of staff: ``from <= t < to``.
        group_s: Visits through the same line at most this long after each other may be one group that buys together;
            None: there are no groups. At a crowded door strangers follow as closely as friends: a group is an upper
            bound of what belongs together there.
        group_reach: And at most this far apart, in body heights.
    """

    hold: bool = True
    open_hours_only: bool = True
    re_entry_s: float | None = None
    short_visit_s: float | None = None
    staff_zones: frozenset[str] = frozenset()
    staff_zone_s: float = 60.0
    staff_after_s: float | None = None
    staff_hours: tuple[tuple[int, int], ...] = ()
    group_s: float | None = None
    group_reach: float = 1.0

    @property
    def needs_stays(self) -> bool:
        """Some rule that is switched on looks at stays in zones."""
        return bool(self.staff_zones) or self.staff_after_s is not None

    @property
    def off(self) -> frozenset[str]:
        """The steps of the waterfall that cannot take anything away because their rule is switched off."""
        switched = {
            "not_held": self.hold,
            "closed_hours": self.open_hours_only,
            "re_entry": self.re_entry_s is not None,
            "short": self.short_visit_s is not None,
            "staff_zone": bool(self.staff_zones),
            "staff_long": self.staff_after_s is not None,
            "staff_hours": bool(self.staff_hours),
            "buying_units": self.group_s is not None,
        }
        return frozenset(step for step, on in switched.items() if not on)


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall.

    Attributes:
        reason: One of ``frames.STEPS``: ``entries``, a reason for which entries were taken off, ``visits``, or
            ``buying_units``.
        count: How many entries: the first less those between is ``visits``, exactly. Of ``buying_units``: groups.
        crossed: Of these, seen on both sides of the line.
        ended: Of these, last seen just past the line.
        merged: Of these, joined from two tracks, one lost on either side of the line.
    """

    reason: str
    count: int
    crossed: int = 0
    ended: int = 0
    merged: int = 0
