"""Where a picture stops showing people: every limit with where it comes from.

Most of them were measured by damaging pictures step by step: one a second of the six fixture clips and of two real
videos, about 1 100 in all, each as it is and darker, blurrier, covered, shifted, turned, enlarged and lit from the
side. "Undamaged" below is the worst of them all, crowds included. A fault begins at ``opens`` and is over at
``closes``, so that a picture at a limit does not go to and fro.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """When a fault begins and when it is over.

    Attributes:
        opens: At this value, or beyond it on the bad side.
        closes: At this value, or beyond it on the good side.
        opens_s: So many seconds it must have lasted before it is believed.
        closes_s: So many seconds it must have been away before that is believed.
    """

    opens: float
    closes: float
    opens_s: float
    closes_s: float


# Share of pixels of one and the same colour. A blue, grey or black picture without signal is all of one colour, but for
# a word or a clock written into it; a covered sensor in the dark is nearly so. Undamaged: at most 0.30.
BLACK = Fault(opens=0.95, closes=0.90, opens_s=4, closes_s=2)
ONE_COLOUR = 3
# Mean grey, 0..255. Of the people in a darkened picture 89 % are found at 9 and 96 % at 13, as the survey's limits say
# (``edge/survey/limits.py``, ``MEAN``). Undamaged: 49, with half of the lamps out.
DARK = Fault(opens=9, closes=13, opens_s=6, closes_s=4)
# Share of the patches with texture in the reference that have lost it. Undamaged: at most 0.17, in a crowd; 0.44 to
# 0.58 where 60 % of the view is covered, 0.67 to 0.83 where 80 % is, 0.94 and more under a full cover.
BLOCKED = Fault(opens=0.55, closes=0.40, opens_s=10, closes_s=4)
# The same without a reference: share of all patches that are smooth. Undamaged: at most 0.60; covered 0.96.
BARE = Fault(opens=0.90, closes=0.80, opens_s=10, closes_s=4)
# How far the view is from the reference, as a share of its width. A shift of 2.2 % is found as 1.5 to 2.3 %, one of
# 3.1 % as 2.6 to 3.3 %; a shaking mount stays below 0.5 %. Someone 100 pixels tall in a picture 640 wide is 40 wide: at
# 3 %, 19 pixels, a line has moved by half a person.
MOVED = Fault(opens=0.027, closes=0.020, opens_s=20, closes_s=10)
# ... which is only believed where the shifted view fits at least so well, and better by so much than the unshifted one.
# Undamaged views fit by 0.81 and more, shifted ones by 0.58 and more, and then 0.24 better than unshifted.
FITS = 0.5
FITS_BETTER = 0.15
# How well the view fits about where it lay. Undamaged: 0.81 and more; lit from one side only 0.63; turned by 6 degrees
# 0.28 to 0.59, by 12 degrees 0.06 to 0.26; shifted by a quarter at most 0.21; another view at most 0.24, of a room of
# the same build 0.40.
OTHER_VIEW = Fault(opens=0.30, closes=0.40, opens_s=20, closes_s=10)
# How sharp the picture is, in shares of the reference. Undamaged: 0.85 and more; half of the lamps out 0.85; by
# infrared 0.89; with a patch of sun so bright that the camera dims all the rest 0.53. Blurred by 2 pixels in 640: 0.32
# to 0.53; by 3: 0.20 to 0.38; by 4: 0.15 to 0.30.
BLURRED = Fault(opens=0.35, closes=0.45, opens_s=20, closes_s=10)
# A reference less sharp than this is too soft to become blurred: the real video, no sharp one, has 0.66.
SHARP = 0.1
# Mean difference between a pixel's strongest and weakest colour, 0..255, below which a picture is grey: a camera that
# sees by infrared gives 0, but for compression. Undamaged, in colour: 9 and more; at a quarter of its light 5.7.
GREY = 3.0
