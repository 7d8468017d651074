"""What ``footfall-edge optimize`` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..optimize.comparing import NO_CAMERA
from ..pipeline import Rules

if TYPE_CHECKING:
    from pathlib import Path

    from ..detection import Thresholds
    from ..optimize import Footage, Original
    from ..scene import Camera

USUAL_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at, and how.

    Attributes:
        thresholds: What a box must reach.
        footage: The pictures.
        camera: Lines and zones; none without a settings file.
        rules: Settings of the loop.
        table: Where the settings name the model.
    """

    thresholds: Thresholds
    footage: Footage
    camera: Camera = NO_CAMERA
    rules: Rules = USUAL_RULES
    table: str = "[model]"


@dataclass(frozen=True, slots=True)
class Task:
    """What the command line asks for.

    Attributes:
        original: The model.
        scene: For which it shall be faster.
        size: Height and width of the new network's input, pixels.
        out: Where the new model goes.
        line: How the settings name it.
    """

    original: Original
    scene: Scene
    size: tuple[int, int]
    out: Path
    line: str
