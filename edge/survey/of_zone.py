"""What a survey says about one zone: whether anybody is seen in it, with their feet, and whether it is large enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..geometry import contains
from .approach import CUT
from .findings import Finding, median
from .limits import CUT_SHARE, FEWEST_WALKS, ZONE_SIDE
from .wording import graded_share, unless_ok

if TYPE_CHECKING:
    from ..scene import Zone
    from .findings import Verdict
    from .paths import Observed


def zone_findings(zone: Zone, observed: Observed) -> list[Finding]:
    """Everything about one zone; less where nobody was seen in it."""
    of = f"zone {zone.id}"
    outline = zone.polygon.scaled(observed.width, observed.height)
    visits = [[s for s in p.sights if contains(outline, s.anchor("foot"))] for p in observed.paths]
    visits = [sights for sights in visits if sights]
    empty: Verdict = "doubtful" if len(observed.walks) >= FEWEST_WALKS else "unknown"
    advice = "walk into it during the survey; if nobody is found there, look for what hides people, or redraw it"
    verdict: Verdict = "ok" if visits else empty
    findings = [
        Finding(
            of, "people seen in it", len(visits), f"{len(visits)}", "at least 1", verdict, unless_ok(verdict, advice)
        )
    ]
    if not visits:
        return findings
    side = math.sqrt(outline.area) / median([s.height for sights in visits for s in sights])
    verdict = ZONE_SIDE.grade(side)
    advice = unless_ok(verdict, "make the zone larger: whoever stands there sways in and out of it")
    found, needed = f"{side:.1f} body heights square", f"at least {ZONE_SIDE.ok:g}"
    findings.append(Finding(of, "size", side, found, needed, verdict, advice))
    cut = sum(2 * sum(s.track.box[3] > (1 - CUT) * observed.height for s in sights) > len(sights) for sights in visits)
    advice = "feet are below the picture: draw the zone higher, or tilt the camera down"
    findings.append(graded_share(of, "feet below the picture", cut, len(visits), CUT_SHARE, advice))
    return findings
