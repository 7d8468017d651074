"""The error of a camera's floor in words, for ``check`` and ``draw``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..floor import USUAL_SIZE, check_floor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..floor import FloorCheck
    from ..geometry import Point
    from ..settings import CameraSettings


def floor_accuracy(camera: CameraSettings, size: tuple[int, int] = USUAL_SIZE) -> FloorCheck | None:
    """How far the floor positions of a camera can be wrong; None where it has no floor.

    Args:
        camera: Of the settings.
        size: Width and height of its picture in pixels, where they are known.
    """
    if camera.floor_px is None or camera.floor_m is None:
        return None
    corners: Mapping[str, Sequence[Point]] = {
        **{f"line {line.id}": line.path.corners for line in camera.lines},
        **{f"zone {zone.id}": zone.polygon.corners for zone in camera.zones},
    }
    return check_floor(camera.floor_px, camera.floor_m, corners, size)


def floor_words(found: FloorCheck) -> list[str]:
    """What people should know of it, a sentence a line; its warnings are sentences already."""
    pairs = len(found.fit_m)
    if found.left_out_m:
        known = [off for off in found.left_out_m if off is not None]
        apart = f"; each lies up to {max(known):.2f} m from where the others put it" if known else ""
        said = [f"floor from {pairs} points: the fit is up to {max(found.fit_m):.2f} m off them{apart}"]
    else:
        said = [f"floor from {pairs} points: exact at them, so a fifth is needed to test it"]
    worst = max((p for p in found.places if p.click_m is not None), key=lambda p: p.click_m or 0.0, default=None)
    inside = found.inside.click_m
    if inside is not None:
        far = f" and {worst.click_m:.2f} m at {worst.name}" if worst is not None else ""
        said.append(f"clicks {found.click_px:g} px off move positions by up to {inside:.2f} m between the points{far}")
    if found.horizon is not None and max(found.horizon) > 0:
        left, right = found.horizon
        said.append(f"the horizon is at {left:.2f} (left) and {right:.2f} (right) of the picture's height from the top")
    return said
