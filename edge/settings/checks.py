"""What single values of the settings file must look like: each check reads a value, or says the rule it breaks."""

from __future__ import annotations

import itertools
import math
import os
import re
from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from ..geometry import Point, Polygon, Polyline, crosses_itself, line_crosses_itself

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_VALUE = 60
LATEST_CLOSE = 36 * 60  # noon of the next day
SMALLEST_AREA = 1e-6
# Height of the flattest triangle as a share of its longest side: a click is off by a few pixels of hundreds.
FLATTEST = 0.01


def broken(rule: str) -> PydanticCustomError:
    """The error that says which rule a value breaks."""
    # The rule goes in as a parameter: pydantic would read braces in a template.
    return PydanticCustomError("rule", "{rule}", {"rule": rule})


def read_point(value: object) -> Point:
    """A place ``[x, y]`` on the floor, in metres."""
    match value:
        case [int() | float() as x, int() | float() as y] if not isinstance(x, bool) and not isinstance(y, bool):
            if math.isfinite(x) and math.isfinite(y):
                return Point(float(x), float(y))
    raise broken("must be two numbers [x, y]")


def read_picture_point(value: object) -> Point:
    """A place ``[x, y]`` in the picture, 0..1."""
    point = read_point(value)
    if not (0 <= point.x <= 1 and 0 <= point.y <= 1):
        raise broken("must lie within 0..1 (fractions of the picture's width and height)")
    return point


def read_polyline(value: object) -> Polyline:
    """A counting line of several pieces in the picture, 0..1."""
    points = _read_points(value, in_picture=True)
    if len(points) < 2:
        raise broken(f"has {len(points)} points; needs at least 2")
    if any(a == b for a, b in itertools.pairwise(points)):
        raise broken("has the same point twice in a row; each piece needs a length")
    line = Polyline(points)
    if line_crosses_itself(line):
        raise broken("crosses itself or runs back on itself; list the points in order from one end to the other")
    return line


def read_polygon(value: object) -> Polygon:
    """The outline of a zone in the picture, 0..1."""
    points = _read_points(value, in_picture=True)
    if len(points) < 3:
        raise broken(f"has {len(points)} points; needs at least 3")
    polygon = Polygon(points)
    if crosses_itself(polygon):  # asked first: the two halves of a crossed outline take each other's area away
        raise broken("its outline crosses itself; list the corners in order around the zone")
    if polygon.area < SMALLEST_AREA:
        raise broken("encloses no area")
    return polygon


def read_floor_px(value: object) -> tuple[Point, ...]:
    """Four places or more on the floor as seen in the picture, 0..1."""
    return _four_or_more(_read_points(value, in_picture=True))


def read_floor_m(value: object) -> tuple[Point, ...]:
    """The same places on the floor, in metres."""
    return _four_or_more(_read_points(value, in_picture=False))


def read_time_zone(value: object) -> str:
    """An IANA name."""
    try:
        return ZoneInfo(value if isinstance(value, str) else "").key
    except (KeyError, ValueError, OSError):  # KeyError: not found; the others: not even a name of a file
        raise broken("unknown time zone; must be an IANA name such as 'Europe/Berlin'") from None


def read_hours(value: object) -> tuple[int, int]:
    """``HH:MM-HH:MM`` as minutes after midnight, within one day."""
    begins, ends = _read_hours(value)
    if ends <= begins:
        raise broken("must end after it starts")
    return begins, ends


def read_opening(value: object) -> tuple[int, int]:
    """``HH:MM-HH:MM`` as minutes after midnight; what closes before it opens closes on the next day."""
    opens, closes = _read_hours(value)
    if opens == 24 * 60:
        raise broken("must open before 24:00")
    if closes < opens:
        closes += 24 * 60
    if closes == opens:
        raise broken("must not close when it opens; a store that never closes is open '00:00-24:00'")
    if closes > LATEST_CLOSE:
        raise broken("must close by noon of the next day")
    return opens, closes


def turning(openings: Iterable[tuple[int, int]]) -> str:
    """What is wrong with weekly hours that go past midnight: there is no hour at which every business day could end."""
    known = list(openings)
    late = max((closes - 24 * 60 for _, closes in known), default=0)
    early = min((opens for opens, _ in known), default=0)
    if late <= 0 or early // 60 * 60 >= late:
        return ""
    return (
        f"the store closes at {late // 60:02}:{late % 60:02} on one day and opens at {early // 60:02}:{early % 60:02} "
        "on another: a whole hour must lie between the latest closing past midnight and the earliest opening"
    )


def _read_hours(value: object) -> tuple[int, int]:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value) if isinstance(value, str) else None
    if not found:
        raise broken("must be text of the form 'HH:MM-HH:MM'")
    opens_h, opens_m, closes_h, closes_m = map(int, found.groups())
    opens, closes = opens_h * 60 + opens_m, closes_h * 60 + closes_m
    if opens_m > 59 or closes_m > 59 or max(opens, closes) > 24 * 60:
        raise broken("must be times of a day, 00:00 to 24:00")
    return opens, closes


def read_source(value: object) -> int | str:
    """A camera's number or address, or a path."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.strip():
        return value
    raise broken("must be the number of a USB camera, an rtsp:// or http:// address, a file or a folder")


def read_secret(value: object) -> str:
    """Text that may stay out of the file: ``env:NAME`` is what the environment variable ``NAME`` holds."""
    if not isinstance(value, str) or not value:
        raise broken("must be text")
    if not value.startswith("env:"):
        return value
    found = os.environ.get(value.removeprefix("env:"))
    if not found:
        raise broken(f"the environment variable {value.removeprefix('env:')} is not set")
    return found


def read_host(value: object) -> str:
    """The name or number of a server, without anything around it."""
    if isinstance(value, str) and value and not re.search(r"[\s/@]", value) and value.isprintable():
        return value
    raise broken("must be the name or number of a server alone, such as 'mail.example.com'")


def read_address(value: object) -> str:
    """Where mail goes, perhaps with a name: ``Shop <shop@example.com>``."""
    if isinstance(value, str) and value.isprintable():
        _, address = parseaddr(value)
        if address.isascii() and re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", address):
            return value
    raise broken("must be one address such as 'owner@example.com'")


def read_addresses(value: object) -> tuple[str, ...]:
    """One address or more."""
    if not isinstance(value, list) or not value:
        raise broken("must be a list of addresses such as ['owner@example.com']")
    return tuple(read_address(address) for address in value)


def read_moment(value: object) -> datetime:
    """A date and time, naive or aware; TOML's own or ISO 8601 text."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise broken("must be a date and time such as '2026-04-07T10:00:00'") from None


def on_one_line(points: tuple[Point, ...]) -> bool:
    """Whether three points lie so nearly on one line that clicking them a little off would turn the triangle over."""
    longest = max(math.hypot(a.x - b.x, a.y - b.y) for a, b in itertools.combinations(points, 2))
    return longest == 0 or 2 * Polygon(points).area < FLATTEST * longest * longest


def shown(value: object) -> str:
    """A value as it stands in a message: short, and without passwords."""
    text = hidden_password(repr(value))
    return text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 3] + "..."


def hidden_password(text: str) -> str:
    """``text`` with every ``user:password@`` of an address left out, for messages, logs and facts."""
    # Up to the last @, as cameras' passwords may hold @ and / unescaped; rather hide a piece of the path than show one.
    return re.sub(r"(?<=://)[^\s'\"]*@", "", text)


def _read_points(value: object, *, in_picture: bool) -> tuple[Point, ...]:
    if not isinstance(value, list):
        raise broken("must be a list of points [[x, y], [x, y], ...]")
    points = []
    for number, corner in enumerate(value, start=1):
        try:
            points.append(read_picture_point(corner) if in_picture else read_point(corner))
        except PydanticCustomError as error:
            raise broken(f"point {number}, {shown(corner)}, {error.message()}") from None
    return tuple(points)


def _four_or_more(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) < 4:
        raise broken(f"has {len(points)} points; needs at least 4")
    return points
