"""What a survey says about one line: who crosses it, where it lies, how well people are seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .approach import approach
from .findings import Finding, median, nine_of_ten
from .limits import (
    ANGLE_DEG,
    CROSSING_SHARE,
    CUT_SHARE,
    FEWEST_WALKS,
    LENGTH,
    LOST_SHARE,
    ROOM,
    STANDING_SHARE,
    TRACKED,
)
from .wording import graded_share, height, sights, unless_ok

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..scene import Line
    from .approach import Approach
    from .paths import Observed


def line_findings(line: Line, observed: Observed) -> list[Finding]:
    """Everything about one line; less where nobody crossed it."""
    of = f"line {line.id}"
    seen = approach(line, observed)
    findings = [*_crossed(of, seen, len(observed.walks)), *_place(of, seen)]
    passings = seen.passings
    if not passings:
        return findings
    findings.append(height(of, [p.height_px for p in passings], observed))
    findings.append(sights(of, [(p.sights, p.seconds) for p in passings]))
    findings.append(_tracked(of, "tracked before it", [p.before for p in passings]))
    findings.append(_tracked(of, "tracked after it", [p.after for p in passings]))
    angle = median([p.angle_deg for p in passings])
    verdict = ANGLE_DEG.grade(angle)
    advice = unless_ok(verdict, "turn the line until people walk straight across it")
    findings.append(
        Finding(of, "angle to the way", angle, f"{angle:.0f} degrees", f"at least {ANGLE_DEG.ok:g}", verdict, advice)
    )
    counted = len(passings)
    findings += [
        graded_share(
            of,
            "bodies cut by the picture's edge",
            sum(p.cut for p in passings),
            counted,
            CUT_SHARE,
            "move the line, or turn the camera, until whole bodies are seen there",
        ),
        graded_share(
            of,
            "people past its ends",
            seen.around,
            counted + seen.around,
            LOST_SHARE,
            "make the line longer, from wall to wall",
        ),
    ]
    return findings


def _tracked(of: str, measure: str, lengths: Sequence[float | None]) -> Finding:
    """How far from the line people are followed on one side of it."""
    needed = f"at least {TRACKED.ok:.2f} body heights (50 cm)"
    known = [length for length in lengths if length is not None]
    if not known:
        return Finding(of, measure, None, "nobody seen", needed, "unknown")
    least = nine_of_ten(known)
    verdict = TRACKED.grade(least)
    found = f"{median(known):.2f} body heights; nine of ten at least {least:.2f}"
    advice = unless_ok(verdict, "move the line towards the middle of the way that people are seen on")
    return Finding(of, measure, least, found, needed, verdict, advice)


def _crossed(of: str, seen: Approach, walks: int) -> list[Finding]:
    """How much of the walking leads over the line, and who gets lost or stands there."""
    crossed = seen.counted
    found = f"crossings: {crossed}, walks seen: {walks}"
    needed = f"at least {CROSSING_SHARE.ok:.0%} of walks"
    findings = []
    if walks < FEWEST_WALKS and not crossed:
        advice = "walk over the line ten times during the survey"
        findings.append(Finding(of, "crossings", None, found, needed, "unknown", advice))
    else:
        share = crossed / max(walks, crossed, 1)
        verdict = CROSSING_SHARE.grade(share)
        advice = unless_ok(verdict, "the line lies beside the way: draw it across the way that people take")
        findings.append(Finding(of, "crossings", share, found, needed, verdict, advice))
    findings.append(
        graded_share(
            of,
            "paths that begin or end on it",
            seen.broken,
            seen.came,
            LOST_SHARE,
            "people appear or vanish there (a door leaf, a pillar): move the line to where they are seen on both sides",
        )
    )
    stand = "move the line to where nobody stops"
    findings.append(
        graded_share(of, "people standing on it", seen.standing, max(crossed, seen.standing), STANDING_SHARE, stand)
    )
    return findings


def _place(of: str, seen: Approach) -> list[Finding]:
    """Where the line lies and how long it is."""
    if seen.length is None or seen.room is None:
        unseen = "nobody was seen to compare with"
        return [Finding(of, name, None, unseen, "", "unknown", "") for name in ("length", "distance from the edge")]
    verdict = LENGTH.grade(seen.length)
    advice = unless_ok(verdict, "make the line longer: past both sides of the door, from wall to wall")
    needed = f"at least {LENGTH.ok:g} body heights"
    length = Finding(of, "length", seen.length, f"{seen.length:.1f} body heights", needed, verdict, advice)
    room = nine_of_ten([p.room for p in seen.passings]) if seen.passings else seen.room
    verdict = ROOM.grade(room)
    advice = unless_ok(verdict, "move the line away from the picture's edge, or turn the camera")
    needed = f"at least {ROOM.ok:.2f} body heights (40 cm)"
    return [length, Finding(of, "distance from the edge", room, f"{room:.2f} body heights", needed, verdict, advice)]
