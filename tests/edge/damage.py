"""Pictures of real clips, and what can go wrong with a camera done to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.capture import Recording
from edge.events import Frame
from edge.sight import PictureJudge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.sight import Reference

    Picture = NDArray[np.uint8]
    Damage = Callable[[Picture], Picture]

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
FPS = 5
_random = np.random.default_rng(1)
# Drawn once: what a sensor adds to a picture is cut out of it at another place each time.
_normal = _random.standard_normal(1 << 21, dtype=np.float32)


def pictures(video: Path, seconds: float, fps: float = FPS) -> list[Picture]:
    """The first pictures of a clip; shorter clips are shown forwards and backwards until it is enough."""
    found: list[Picture] = []
    for frame in Recording(video).frames(BEGINS, fps):
        found.append(frame.image)
        if len(found) >= seconds * fps:
            break
    while len(found) < seconds * fps:
        found += found[::-1]
    return found[: round(seconds * fps)]


def moment(second: float) -> datetime:
    """A moment of a film."""
    return BEGINS + timedelta(seconds=second)


def film(shown: Iterable[Picture], fps: float = FPS, begins: float = 0) -> list[Frame]:
    """Pictures as frames, from a second on."""
    return [Frame(moment(begins + number / fps), number, picture) for number, picture in enumerate(shown)]


def damaged(shown: list[Picture], damage: Damage, begins: float, ends: float) -> list[Picture]:
    """The pictures, damaged from one second to another."""
    return [damage(p) if begins <= n / FPS < ends else p for n, p in enumerate(shown)]


def told(judge: PictureJudge, frames: Iterable[Frame]) -> list[tuple[str, float, float]]:
    """Every change of health: what, since which second, said at which second."""
    changes: list[tuple[str, float, float]] = []
    for frame in frames:
        glance = judge.look(frame)
        change = glance.health, (glance.since - BEGINS).total_seconds()
        if not changes or changes[-1][:2] != change:
            changes.append((*change, (frame.at - BEGINS).total_seconds()))
    return changes


def learnt(shown: list[Picture]) -> Reference:
    """What a judge learns from a healthy minute."""
    judge = PictureJudge()
    told(judge, film(shown))
    assert judge.reference is not None
    return judge.reference


def noisy(values: NDArray[np.floating], spread: float) -> Picture:
    """Adds what a sensor adds."""
    added = np.resize(np.roll(_normal, int(_random.integers(len(_normal)))), values.shape)
    return np.clip(values + spread * added, 0, 255).astype(np.uint8)


def no_signal(picture: Picture) -> Picture:
    """The blue picture of a recorder without a camera, with a word in it."""
    blue = np.full_like(picture, (200, 40, 10))
    cv2.putText(blue, "NO SIGNAL", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
    return blue


def black(picture: Picture) -> Picture:
    """Nothing at all."""
    return np.zeros_like(picture)


def lights_out(picture: Picture) -> Picture:
    """A twentieth of the light, and the sensor's noise."""
    return noisy(picture * 0.05, 2)


def hand_before_the_lens(picture: Picture) -> Picture:
    """A surface without texture over four fifths of the view, a little darker above than below."""
    shade = np.linspace(50, 75, len(picture))[:, None, None]
    covered = picture.copy()
    width = round(0.8 * picture.shape[1])
    covered[:, :width] = noisy(np.broadcast_to(shade, picture.shape), 3)[:, :width]
    return covered


def out_of_focus(picture: Picture) -> Picture:
    """Blurred by four pixels in 640, the noise stays."""
    soft = cv2.GaussianBlur(picture, (0, 0), 4 * picture.shape[1] / 640)
    return noisy(soft.astype(np.float32), 1.5)


def sun_patch(picture: Picture) -> Picture:
    """Low sun through the door: two fifths of the view are white, and the camera dims all the rest."""
    height, width = picture.shape[:2]
    lit = picture.astype(np.float32) * 0.35
    corners = [[0.2, 0.3], [0.7, 0.3], [0.9, 1.0], [0.1, 1.0]]
    patch = np.array([[round(x * width), round(y * height)] for x, y in corners], dtype=np.int32)
    cv2.fillPoly(lit, [patch], (255, 255, 255))
    return np.asarray(np.clip(lit, 0, 255), dtype=np.uint8)


def by_infrared(picture: Picture) -> Picture:
    """A camera at night: no colours, a lamp beside the lens, and cloth that is bright where it was dark by day."""
    height, width = picture.shape[:2]
    blue, _, red = (picture[:, :, channel].astype(np.float32) for channel in range(3))
    down, across = np.mgrid[0:height, 0:width]
    lamp = np.exp(-(((across - width / 2) / (0.5 * width)) ** 2) - ((down - 0.6 * height) / (0.6 * height)) ** 2)
    grey = (0.9 * red - 0.4 * blue + 60) * lamp + 8
    return np.asarray(np.repeat(noisy(np.asarray(grey[:, :, None]), 5), 3, axis=2), dtype=np.uint8)


def turned(picture: Picture) -> Picture:
    """The mount gave way: the view has gone by a twentieth of its width, and sagged."""
    return shifted(picture, 0.05, 0.03)


def shifted(picture: Picture, across: float, down: float) -> Picture:
    """The view gone by shares of the picture's width."""
    height, width = picture.shape[:2]
    move = np.array([[1, 0, across * width], [0, 1, down * width]], dtype=np.float32)
    return np.asarray(cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REFLECT), dtype=np.uint8)
