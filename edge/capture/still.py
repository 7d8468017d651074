"""One still picture of a camera's view, kept in memory only, with the people who walk through it taken out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .errors import CaptureError
from .reader import open_reader
from .recording import Recording, videos_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

IMAGE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"))
PICTURES = 25
LIVE_EVERY_S = 0.4
LIVE_LONGEST_S = 30.0
WIDEST_PX = 1600
# A pixel whose middle three fifths of values differ by more than this shows now the room and now somebody.
UNSTEADY = 40


def still(source: int | str | Path) -> NDArray[np.uint8]:
    """A picture of what stands still: for each pixel the median of pictures spread over a recording or ten seconds.

    Who walks through is gone. Where people come and go often, the picture is made soft, as ghosts of them would remain.
    Who does not move at all for most of the time is taken for a part of the room. A picture file is taken as it is.

    Args:
        source: A picture, a recording or a folder of recordings, the number of a USB camera, or an address.

    Returns:
        (H, W, 3) uint8 BGR, at most 1600 pixels wide.

    Raises:
        CaptureError: It cannot be read; the address of a camera is not in the message, for it may hold a password.
    """
    if isinstance(source, Path) and source.suffix.lower() in IMAGE_SUFFIXES:
        try:
            content = np.frombuffer(source.read_bytes(), dtype=np.uint8)
        except OSError as error:
            raise CaptureError(f"{source}: {error.strerror}") from error
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
        if image is None:
            raise CaptureError(f"{source}: is no picture that can be read")
        return _fitting(np.asarray(image, dtype=np.uint8))
    pictures = list(_spread(source) if isinstance(source, Path) else _live(source))
    if not pictures:
        raise CaptureError(f"{source if isinstance(source, Path) else 'the camera'}: gave no picture")
    same = [picture for picture in pictures if picture.shape == pictures[0].shape]
    return _median(same if len(same) % 2 else same[: max(len(same) - 1, 1)])


def _spread(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Pictures from the whole length of the first recording."""
    recording = Recording(videos_in(path)[0])
    reader = open_reader(str(recording.path))
    try:
        for number in range(PICTURES):
            if recording.frame_count > PICTURES:
                reader.set(cv2.CAP_PROP_POS_FRAMES, number * (recording.frame_count - 1) // (PICTURES - 1))
            ok, image = reader.read()
            if ok:
                yield _fitting(np.asarray(image, dtype=np.uint8))
    finally:
        reader.release()


def _live(source: int | str) -> Iterator[NDArray[np.uint8]]:
    """Pictures of about ten seconds of a camera."""
    reader = open_reader(source)
    began = due = time.monotonic()
    taken = 0
    try:
        while taken < PICTURES and time.monotonic() - began < LIVE_LONGEST_S and reader.grab():
            if time.monotonic() < due:
                continue
            ok, image = reader.retrieve()
            if ok:
                taken += 1
                due = time.monotonic() + LIVE_EVERY_S
                yield _fitting(np.asarray(image, dtype=np.uint8))
    finally:
        reader.release()


def _fitting(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[1] <= WIDEST_PX:
        return image
    size = WIDEST_PX, round(image.shape[0] * WIDEST_PX / image.shape[1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _median(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The median of an odd number of pictures; where people often stood, coarse and soft, so that no ghost has a face.

    Strip by strip: sorting them whole would need twice the memory.
    """
    found = np.empty_like(pictures[0])
    often = np.zeros(found.shape[:2], dtype=np.uint8)
    count = len(pictures)
    low, middle, high = count // 5, count // 2, count - 1 - count // 5
    for top in range(0, found.shape[0], 64):
        strip = np.stack([picture[top : top + 64] for picture in pictures])
        ordered = np.partition(strip, (low, middle, high), axis=0)
        found[top : top + 64] = ordered[middle]
        often[top : top + 64] = (ordered[high] - ordered[low]).max(axis=2) > UNSTEADY
    reach = max(3, found.shape[1] // 80)
    wide = cv2.dilate(often, np.ones((reach, reach), dtype=np.uint8))
    soft = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), reach / 2)[..., None]
    coarse = cv2.GaussianBlur(found, (0, 0), 2.0 * reach)
    return np.asarray(found * (1 - soft) + coarse * soft, dtype=np.uint8)
