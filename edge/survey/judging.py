"""The verdicts of a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .of_camera import light_findings, people_findings, rate_findings
from .of_line import line_findings
from .of_zone import zone_findings

if TYPE_CHECKING:
    from ..scene import Camera
    from .findings import Finding
    from .paths import Observed


def judge(observed: Observed, camera: Camera) -> list[Finding]:
    """Says of each measure whether it allows good counting.

    Args:
        observed: A minute of the camera or more, with people walking.
        camera: Its lines and zones.

    Returns:
        Findings of the camera, then of each line and each zone in the order of the settings.
    """
    findings = [*rate_findings(observed), *light_findings(observed.looks), *people_findings(observed)]
    for line in camera.lines:
        findings += line_findings(line, observed)
    for zone in camera.zones:
        findings += zone_findings(zone, observed)
    return findings
