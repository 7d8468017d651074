"""What a settings file may say but probably does not mean: lines that would count wrong, each with its rule."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..geometry import Point, Polyline, Segment, cross, meeting, signed_distance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .tables import CameraSettings, LineSettings

USUAL_SHAPE = 16 / 9
# Before anybody was seen: a person smaller than this share of the picture's height is hardly detected (see the limits
# of ``edge.survey``), so no line may be shorter. Ours: of twelve clips the median heights lie at 0.27 to 0.88, half of
# them below 0.35.
SMALLEST_PERSON = 0.08
USUAL_PERSON = 0.3
# A foot point so close to the picture's edge, as a share of the picture, is that of someone on their way out.
EDGE = 0.02
# Two lines count twice where a straight walk across one meets the other within a body height; at less than this share
# of the line it is a corner where they join.
TWICE = 0.1
SAMPLES = 40
# Of so many people at least one in a hundred should cross a counting line.
FEWEST_TRACKS = 30
FEWEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """What a camera has shown so far.

    Attributes:
        heights: Typical height of those who crossed, by line id, as a share of the picture's height.
        tracks: Where people walked, foot points, 0..1.
    """

    heights: Mapping[str, float] = field(default_factory=dict)
    tracks: tuple[tuple[Point, ...], ...] = ()

    def height_at(self, line: str) -> float | None:
        """Of people at a line, else at any line; None where nobody crossed yet."""
        known = self.heights.get(line)
        return known if known is not None else max(self.heights.values(), default=None)


@dataclass(frozen=True, slots=True)
class Caution:
    """One doubt about one line.

    Attributes:
        key: Its place within the camera, such as ``lines[0]``.
        value: Its id.
        rule: What is wrong, and what to do.
    """

    key: str
    value: str
    rule: str


def cautions(
    camera: CameraSettings, min_height: float, shape: float = USUAL_SHAPE, seen: Seen | None = None
) -> list[Caution]:
    """Looks for lines that would count wrong.

    Args:
        camera: Its lines.
        min_height: Of a box, as a share of the picture's height, where the settings demand one; else 0.
        shape: Width of the picture over its height.
        seen: What the camera has shown so far.
    """
    seen = seen or Seen()
    found = []
    for number, line in enumerate(camera.lines):
        rules = [*_short(line, min_height, shape, seen), *_on_the_edge(line), *_off_the_way(line, seen)]
        for other in camera.lines[:number]:
            rules += _twice(line, other, min_height, shape, seen)
        found += [Caution(f"lines[{number}]", line.id, rule) for rule in rules]
    return found


def _short(line: LineSettings, min_height: float, shape: float, seen: Seen) -> Iterator[str]:
    length = line.path.scaled(shape, 1.0).length
    known = seen.height_at(line.id)
    person = known if known is not None else max(min_height, SMALLEST_PERSON)
    if length < person:
        who = "the people who cross it" if known is not None else "anybody who could be counted"
        yield (
            f"is shorter ({length:.2f} of the picture's height) than {who} ({person:.2f}); many will pass beside it: "
            "draw it from wall to wall"
        )


def _on_the_edge(line: LineSettings) -> Iterator[str]:
    for name, edge in (("left", 0), ("right", 1), ("top", 0), ("bottom", 1)):
        places = [c.x if name in {"left", "right"} else c.y for c in line.path.corners]
        if any(max(abs(a - edge), abs(b - edge)) <= EDGE for a, b in itertools.pairwise(places)):
            yield (
                f"lies on the {name} edge of the picture; people leave the picture before they have crossed it: keep "
                "at least 40 cm away, and see footfall-edge survey"
            )


def _twice(line: LineSettings, other: LineSettings, min_height: float, shape: float, seen: Seen) -> Iterator[str]:
    """Whether walking straight over one line within a body height leads over the other, which means the same."""
    if line.role != other.role or {line.one_way, other.one_way} == {"in", "out"}:
        return
    heights = [h for h in (seen.height_at(line.id), seen.height_at(other.id)) if h is not None]
    reach = max(heights, default=max(min_height, USUAL_PERSON))
    a, b = line.path.scaled(shape, 1.0), other.path.scaled(shape, 1.0)
    crossing = any(cross(p, q) for p in a.pieces for q in b.pieces)
    share = max(_shared(a, b, reach), _shared(b, a, reach))
    if crossing or share > TWICE:
        how = "crosses" if crossing else f"runs within a body height ({reach:.2f} of the picture's height) of"
        yield (
            f"{how} line {other.id!r}, which counts the same: who walks over both is counted twice; draw one line with "
            "points instead, or give one of them another role"
        )


def _off_the_way(line: LineSettings, seen: Seen) -> Iterator[str]:
    if len(seen.tracks) < FEWEST_TRACKS:
        return
    height = seen.height_at(line.id)
    lift = {"foot": 0.0, "centre": 0.5, "head": 1.0}[line.anchor]
    if lift and height is None:
        return  # positions are kept of feet; where the other points of the body went is not known
    up = lift * (height or 0.0)
    crossed = sum(_crosses(line.path, [Point(p.x, p.y - up) for p in track]) for track in seen.tracks)
    if crossed < FEWEST_SHARE * len(seen.tracks):
        who = "nobody" if crossed == 0 else f"only {crossed}"
        yield f"lies beside the way: {who} of the last {len(seen.tracks)} people walked over it"


def _crosses(path: Polyline, track: list[Point]) -> bool:
    met = (meeting(path, Segment(a, b)) for a, b in itertools.pairwise(track))
    return any(m is not None and m.beyond == 0 for m in met)


def _shared(a: Polyline, b: Polyline, reach: float) -> float:
    """Share of ``a`` from which a step of ``reach`` straight away from it, to either side, leads over ``b``."""
    hits = 0
    spots = list(_spots(a))
    for place, nx, ny in spots:
        step = Segment(
            Point(place.x - reach * nx, place.y - reach * ny), Point(place.x + reach * nx, place.y + reach * ny)
        )
        met = meeting(b, step)
        # Two lines that lie on one another meet no step twice, but are nowhere apart.
        on_it = abs(signed_distance(b, place)) < 1e-9 and _beside(b, place)
        hits += on_it or (met is not None and met.beyond == 0)
    return hits / len(spots)


def _spots(line: Polyline) -> Iterator[tuple[Point, float, float]]:
    """Places spread evenly over a line, each with the direction straight away from it."""
    for piece in line.pieces:
        count = max(2, round(SAMPLES * piece.length / line.length))
        dx, dy = (piece.end.x - piece.start.x) / piece.length, (piece.end.y - piece.start.y) / piece.length
        for number in range(count):
            along = (number + 0.5) / count * piece.length
            yield Point(piece.start.x + along * dx, piece.start.y + along * dy), -dy, dx


def _beside(line: Polyline, place: Point) -> bool:
    """Whether a place on the endless line lies within its drawn ends."""
    return any(
        min(p.start.x, p.end.x) - 1e-9 <= place.x <= max(p.start.x, p.end.x) + 1e-9
        and min(p.start.y, p.end.y) - 1e-9 <= place.y <= max(p.start.y, p.end.y) + 1e-9
        for p in line.pieces
    )
