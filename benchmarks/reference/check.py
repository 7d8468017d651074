"""One published figure beside ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table.

    Attributes:
        what: What is compared.
        published: The figure aimed at, in words; where nobody published one, the best that was measured.
        reached: Ours.
        tolerance: What is accepted, in words.
        ok: Whether ours lies within.
    """

    what: str
    published: str
    reached: str
    tolerance: str
    ok: bool


def near(what: str, published: float, reached: float, tolerance: float, *, digits: int = 4) -> Check:
    """A figure that may differ by so much, both ways."""
    ok = abs(reached - published) <= tolerance
    return Check(what, f"{published:.{digits}f}", f"{reached:.{digits}f}", f"+-{tolerance:g}", ok)


def ratio(what: str, published: float, reached: float, tolerance: float, *, digits: int = 4) -> Check:
    """A figure that may differ by such a share of it, both ways."""
    ok = abs(reached / published - 1.0) <= tolerance
    return Check(what, f"{published:.{digits}f}", f"{reached:.{digits}f}", f"+-{100 * tolerance:g} %", ok)


def equal(what: str, published: object, reached: object) -> Check:
    """Something that must be the same."""
    return Check(what, str(published), str(reached), "equal", published == reached)


def at_least(what: str, published: float, reached: float, *, digits: int = 4) -> Check:
    """A figure that must not be smaller."""
    return Check(what, f"{published:.{digits}f}", f"{reached:.{digits}f}", "at least", reached >= published)


def at_most(what: str, published: float, reached: float, *, digits: int = 4) -> Check:
    """A figure that must not be larger."""
    return Check(what, f"{published:.{digits}f}", f"{reached:.{digits}f}", "at most", reached <= published)


def between(what: str, low: float, high: float, reached: float, *, digits: int = 3) -> Check:
    """A figure that must lie between two, ends included."""
    span = f"{low:.{digits}f}..{high:.{digits}f}"
    return Check(what, span, f"{reached:.{digits}f}", "between", low <= reached <= high)
