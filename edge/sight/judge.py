"""One camera's pictures judged in their order: whether anything moves, and whether people could be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ..events import Glance
from .health import Examiner
from .motion import LONGEST_GAP_S, Motion
from .small import small

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Frame
    from .view import Reference

LONGEST_GAP = timedelta(seconds=LONGEST_GAP_S)


@dataclass(frozen=True, slots=True)
class SightRules:
    """What is watched for.

    Attributes:
        frozen_s: The very same picture, pixel by pixel, for so long is no live picture; 0: never. Encoders that skip
            what does not change repeat pictures, too. Ours, measured with x264 at usual quality: for 1.7 s at most,
            with key pictures 2 to 30 s apart. At low quality (CRF 32 to 40, QP 35) and with little noise of the
            sensor an empty room stays the same for 12 to 59 s, up to the next key picture, if these lie 60 s apart:
            cameras with such "smart" encoders need more.
        moved: Whether the place of the view is compared with the reference.
    """

    frozen_s: float = 120.0
    moved: bool = True


class PictureJudge:
    """Judges the pictures of one camera. What it keeps is small and does not grow.

    A change of the picture's size begins everything anew, as nothing that was learnt of one size is true of another. A
    reference that was handed in is taken up again when its size comes back; otherwise the new view is learnt.

    The reference is learnt once and does not follow the camera: one that followed would follow a mount that sags and
    dirt that gathers, which are what it is for. Shops change, so ``moved`` asks for nearly all edges to be gone, or to
    have gone elsewhere together; lines then need a look in any case, and whoever draws them anew drops the reference.

    Args:
        rules: What is watched for.
        reference: What the view looked like, if that is known; otherwise it is learnt from the first healthy minute.
    """

    def __init__(self, rules: SightRules | None = None, reference: Reference | None = None) -> None:
        self._rules = rules or SightRules()
        self._given = reference
        self._size = (0, 0)
        self._at: datetime | None = None
        self._motion = Motion()
        self._examiner: Examiner | None = None

    @property
    def reference(self) -> Reference | None:
        """What the view looks like when it is healthy; None until that is learnt."""
        return self._given if self._examiner is None else self._examiner.reference

    def look(self, frame: Frame) -> Glance:
        """Judges the next picture.

        Args:
            frame: In order of time.

        Raises:
            ValueError: It is smaller than 16 x 16 pixels.
        """
        height, width = frame.image.shape[:2]
        seen = small(frame.image)
        if self._examiner is None or (width, height) != self._size:
            self._size = (width, height)
            self._at = None
            self._motion = Motion()
            self._examiner = self._examiner_from(frame.at)
        apart = timedelta() if self._at is None else frame.at - self._at
        self._at = frame.at
        if not timedelta() <= apart <= LONGEST_GAP:
            self._examiner.resume()
        moves = self._motion.moves(seen.grey, apart.total_seconds())
        self._examiner.take(seen, self._motion.recent, frame.image, frame.at)
        health, since = self._examiner.health()
        return Glance(health, min(since, frame.at), moves)

    def _examiner_from(self, at: datetime) -> Examiner:
        given = self._given
        known = given if given is not None and (given.width, given.height) == self._size else None
        return Examiner(self._size, at, known, frozen_s=self._rules.frozen_s, compares=self._rules.moved)
