"""Findings that are put in the same words for a whole camera and for one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .findings import Finding, Scale, Verdict, median, nine_of_ten, surely_more_than
from .limits import HEIGHT_SHARE, SIGHTS, TOO_TALL, WANTED_SIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .paths import Observed


def height(of: str, heights: Sequence[float], observed: Observed) -> Finding:
    """Whether people of these heights, in pixels, are neither too small nor too tall for the picture."""
    typical = median(heights)
    share, small = typical / observed.height, nine_of_ten(heights) / observed.height
    verdicts = {"small": HEIGHT_SHARE.grade(small), "tall": TOO_TALL.grade(share)}
    worse = max(verdicts, key=lambda key: ("ok", "doubtful", "bad").index(verdicts[key]))
    advice = {
        "small": "people are too small: nearer camera, or a longer lens",
        "tall": "people do not fit into the picture: mount the camera higher, or take a wider lens",
    }[worse]
    return Finding(
        of,
        "person height",
        small if worse == "small" else share,
        f"{typical:.0f} px, {share:.0%} of the picture; nine of ten at least {small:.0%}",
        f"{HEIGHT_SHARE.ok:.0%} to {TOO_TALL.ok:.0%}",
        verdicts[worse],
        unless_ok(verdicts[worse], advice),
    )


def sights(of: str, passes: Sequence[tuple[int, float]]) -> Finding:
    """Detections a pass; (detections, seconds) each."""
    least = nine_of_ten([float(count) for count, _ in passes])
    seconds = max(nine_of_ten([s for _, s in passes]), 0.1)
    verdict = SIGHTS.grade(least)
    advice = f"analyse {WANTED_SIGHTS / seconds:.0f} pictures a second (10 / seconds in view), or show more of the way"
    found = f"{median([float(c) for c, _ in passes]):.0f}; nine of ten at least {least:.0f}, in {seconds:.1f} s"
    return Finding(
        of, "detections a pass", least, found, f"at least {SIGHTS.ok:g}", verdict, unless_ok(verdict, advice)
    )


def graded_share(of: str, measure: str, wrong: int, everyone: int, scale: Scale, advice: str) -> Finding:  # noqa: PLR0917
    """How many of everyone something went wrong with."""
    needed = f"at most {scale.ok:.0%}"
    if everyone == 0:
        return Finding(of, measure, None, "nobody seen", needed, "unknown")
    verdict = scale.grade(surely_more_than(wrong, everyone))
    found = f"{wrong} of {everyone}"
    return Finding(of, measure, wrong / everyone, found, needed, verdict, unless_ok(verdict, advice))


def unless_ok(verdict: Verdict, advice: str) -> str:
    """The advice, where one is needed."""
    return "" if verdict == "ok" else advice
