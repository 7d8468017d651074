"""What a survey says about a camera as a whole: its pictures, its light, the people in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .findings import Finding, Scale, Verdict, median
from .limits import (
    ASPECT,
    BLUR,
    BURNT,
    CONTRAST,
    FEWEST_WALKS,
    FIXED,
    FIXED_S,
    KEPT,
    MEAN,
    NOISE,
    OVERLAPPING,
    PAUSE_S,
    RATE,
    SEEN_SHARE,
)
from .wording import height, unless_ok

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .paths import Observed, Path
    from .picture import Look


def rate_findings(observed: Observed) -> list[Finding]:
    """How many pictures come, and whether this machine keeps up."""

    def rate(measure: str, value: float, advice: str) -> Finding:
        verdict = RATE.grade(value)
        found, needed = f"{value:.1f} a second", f"at least {RATE.ok:g} a second"
        return Finding("camera", measure, value, found, needed, verdict, unless_ok(verdict, advice))

    uneven = PAUSE_S.grade(observed.longest_pause_s)
    found, needed = f"{observed.longest_pause_s:.2f} s", f"at most {PAUSE_S.ok:g} s"
    advice = unless_ok(uneven, "pictures come too seldom or unevenly: check camera, network and machine")
    return [
        rate("pictures from the source", observed.source_fps, "set the camera to more pictures a second"),
        rate(
            "pictures analysed", observed.analysed_fps, "raise fps in the settings; if the source gives no more: there"
        ),
        Finding("camera", "longest pause", observed.longest_pause_s, found, needed, uneven, advice),
        *_machine(observed),
    ]


def _machine(observed: Observed) -> list[Finding]:
    """Whether this machine keeps up; not told of recorded detections, which need no model."""
    if observed.live:
        kept = observed.frames / max(observed.frames + observed.dropped, 1)
        found = f"{kept:.0%} of the pictures that were due"
    elif observed.machine_fps is not None:
        kept = observed.machine_fps / max(observed.analysed_fps, 1e-9)
        found = f"{observed.machine_fps:.0f} a second possible, {observed.analysed_fps:.0f} in the recording"
    else:
        return []
    verdict = KEPT.grade(kept)
    advice = unless_ok(verdict, "lower fps in the settings, fewer cameras on this machine, or a smaller model")
    needed = f"{KEPT.ok:.0%} of what is due"
    return [Finding("camera", "speed of this machine", kept, found, needed, verdict, advice)]


def light_findings(looks: Sequence[Look]) -> list[Finding]:
    """Light and sharpness, by the middle of the pictures looked at; nothing where none was."""
    if not looks:
        return []

    def light(measure: str, take: Callable[[Look], float], scale: Scale, form: str, advice: str) -> Finding:
        value = median([take(one) for one in looks])
        side = "at least" if scale.ok > scale.doubtful else "at most"
        verdict = scale.grade(value)
        needed = f"{side} {scale.ok:{form}}"
        return Finding("camera", measure, value, f"{value:{form}}", needed, verdict, unless_ok(verdict, advice))

    sharper = "clean and focus the lens; a longer shutter blurs who walks, so give more light instead"
    return [
        light("light: mean grey (0-255)", lambda x: x.mean, MEAN, ".0f", "more light, or a longer exposure"),
        light("light: contrast (grey levels)", lambda x: x.contrast, CONTRAST, ".0f", "avoid haze, dirt and backlight"),
        light("light: burnt out", lambda x: x.burnt, BURNT, ".0%", "turn the camera away from windows and lamps"),
        light("light: noise (grey levels)", lambda x: x.noise, NOISE, ".1f", "more light; the camera amplifies"),
        light("sharpness: blur (0-1)", lambda x: x.blur, BLUR, ".2f", sharper),
    ]


def people_findings(observed: Observed) -> list[Finding]:
    """How many people were seen, how tall, how surely, how steeply, how much in each other's way."""
    of = "camera"
    walks = observed.walks
    if len(walks) < FEWEST_WALKS:
        found = f"{len(walks)} walked through the picture"
        again = "survey again at a busier hour, longer (--seconds), or walk through the picture ten times yourself"
        enough: Verdict = "unknown"
        people = [Finding(of, "people seen", len(walks), found, f"at least {FEWEST_WALKS}", enough, again)]
    else:
        found = f"{len(walks)} walked through the picture, at most {observed.at_once} at once"
        people = [Finding(of, "people seen", len(walks), found, f"at least {FEWEST_WALKS}", "ok")]
    if not walks:
        return people + _fixed(observed)
    people.append(height(of, [p.height for p in walks], observed))
    share = sum(len(p.sights) for p in walks) / max(sum(p.frames for p in walks), 1)
    verdict = SEEN_SHARE.grade(share)
    advice = unless_ok(verdict, "people are missed between sights: nearer camera, more light, or a better model")
    people.append(
        Finding(
            of,
            "seen while in view",
            share,
            f"{share:.0%} of pictures",
            f"at least {SEEN_SHARE.ok:.0%}",
            verdict,
            advice,
        )
    )
    verdict = OVERLAPPING.grade(observed.overlapping)
    advice = unless_ok(verdict, "people hide each other: mount the camera higher and look down more steeply")
    found = f"{observed.overlapping:.0%} of boxes overlap, {observed.at_once_mean:.1f} people at once"
    people.append(
        Finding(of, "crowding", observed.overlapping, found, f"at most {OVERLAPPING.ok:.0%}", verdict, advice)
    )
    return [*people, _steepness(walks), *_fixed(observed)]


def _steepness(walks: Sequence[Path]) -> Finding:
    """The camera's angle, from the shape of the boxes; how their height changes with the place says the rest."""
    boxes = [s.track.box for p in walks for s in p.sights]
    aspect = median([(b[2] - b[0]) / max(b[3] - b[1], 1.0) for b in boxes])
    heights = sorted(b[3] - b[1] for b in boxes)
    depth = heights[len(heights) * 9 // 10] / max(heights[len(heights) // 10], 1.0)
    verdict = ASPECT.grade(aspect)
    return Finding(
        "camera",
        "angle: width of a box to its height",
        aspect,
        f"{aspect:.2f}; the nearest people look {depth:.1f} times as tall as the farthest",
        f"at most {ASPECT.ok:g}",
        verdict,
        unless_ok(verdict, "the camera looks down too steeply for this model: tilt it up, or mount it farther away"),
    )


def _fixed(observed: Observed) -> list[Finding]:
    """Boxes on what never moves: mannequins, posters, mirrors."""
    if observed.seconds < FIXED_S:
        return []
    still = [p for p in observed.paths if p.seconds >= 0.8 * observed.seconds and p.walked < FIXED]
    where = ", ".join(
        f"({foot.x / observed.width:.2f}, {foot.y / observed.height:.2f})"
        for foot in (p.sights[0].anchor("foot") for p in still)
    )
    return [
        Finding(
            "camera",
            "figures that never move",
            len(still),
            f"{len(still)}{' at ' + where if still else ''}",
            "0",
            "doubtful" if still else "ok",
            "cover or move mannequins, posters and mirrors, at least away from lines and zones" if still else "",
        )
    ]
