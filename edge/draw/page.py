"""The page: serves the still and its script, judges what was drawn, and writes the text where that was asked for."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ..events import Direction
from ..floor import check_floor
from ..geometry import Homography, Point
from ..scene import Anchor, LineRole, ZoneRole
from ..settings import CameraSettings, SettingsError, cautions, read
from .text import as_toml, from_camera

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from flask import Flask, Response

    from ..floor import FloorCheck

# Enough of a settings file around what was drawn for it to be read as one.
AROUND = '[store]\nid = "draw"\nname = "draw"\ntime_zone = "UTC"\ncurrency = "EUR"\n[[cameras]]\nsource = 0\n'
MOST_GRID_LINES = 60
LARGEST_REQUEST = 1 << 20
Way = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the product's own rules say of a drawing.

    Attributes:
        toml: The text to paste.
        errors: Rules that it breaks, without which the settings would not be read.
        warnings: What will probably not count well.
        floor: The floor's error in words.
        grid: Lines of whole metres on the floor, 0..1 of the picture.
    """

    toml: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    floor: tuple[str, ...] = ()
    grid: tuple[Way, ...] = ()


def judged(drawn: object, camera_id: str, size: tuple[int, int], words: Callable[[FloorCheck], list[str]]) -> Judgement:
    """Reads a drawing as settings.

    Args:
        drawn: From the page, of whatever form.
        camera_id: Of the camera.
        size: Width and height of its picture in pixels.
        words: Says what a floor's error is.
    """
    text = as_toml(drawn)
    try:
        settings = read(f'{AROUND}id = "{camera_id}"\n{text}', Path("drawing"))
    except SettingsError as error:
        return Judgement(
            text, tuple(line.removeprefix("drawing: ").replace("cameras[0].", "") for line in error.errors)
        )
    camera = settings.cameras[0]
    found = cautions(camera, 0.0, size[0] / size[1])
    warnings = tuple(f"{caution.key} {caution.value!r} {caution.rule}" for caution in found)
    if camera.floor_px is None or camera.floor_m is None:
        return Judgement(text, (), warnings)
    corners: dict[str, Sequence[Point]] = {f"line {line.id}": line.path.corners for line in camera.lines}
    corners |= {f"zone {zone.id}": zone.polygon.corners for zone in camera.zones}
    check = check_floor(camera.floor_px, camera.floor_m, corners, size)
    warnings += tuple(f"floor: {warning}" for warning in check.warnings)
    grid = _grid(Homography.from_points(camera.floor_px, camera.floor_m), camera)
    return Judgement(text, (), warnings, tuple(words(check)), grid)


def build(
    camera: CameraSettings,
    still_jpeg: bytes,
    size: tuple[int, int],
    *,
    out: Path | None,
    done: threading.Event,
    words: Callable[[FloorCheck], list[str]],
) -> Flask:
    """The page as a Flask application, for ``localpage.serve``.

    Args:
        camera: Whose lines, zones and floor to begin with.
        still_jpeg: Its still, JPEG; it is kept here and nowhere else.
        size: Width and height of the still in pixels.
        out: File to which the text may be written; None: it can only be copied.
        done: Set when the person says that the work is done.
        words: Says what a floor's error is.
    """
    from flask import Flask, render_template, request
    from flask import Response as Answer

    app = Flask(__name__, static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST

    @app.get("/")
    def page() -> str:
        start = {
            "camera": camera.id,
            "width": size[0],
            "height": size[1],
            "drawn": from_camera(camera),
            "line_roles": get_args(LineRole),
            "zone_roles": get_args(ZoneRole),
            "anchors": get_args(Anchor),
            "ways": get_args(Direction),
            "out": None if out is None else str(out),
        }
        return render_template("draw.html", start=start, camera=camera.name or camera.id, out=out)

    @app.get("/still.jpg")
    def picture() -> Response:
        return Answer(still_jpeg, mimetype="image/jpeg")

    @app.post("/judge")
    def judge() -> dict[str, object]:
        return asdict(judged(request.get_json(), camera.id, size, words))

    @app.post("/write")
    def write() -> tuple[dict[str, object], int]:
        if out is None:
            return {"error": "no file was named with --out"}, 409
        found = judged(request.get_json(), camera.id, size, words)
        if found.errors:
            return {"error": "it breaks rules; nothing was written"}, 409
        heading = f"# Drawn for the camera {camera.id}: these lines go into its [[cameras]], after its own keys.\n"
        try:
            out.write_text(f"{heading}{found.toml}", encoding="utf-8")
        except OSError as error:
            return {"error": f"{out}: {error.strerror}"}, 409
        return {"written": str(out)}, 200

    @app.post("/done")
    def finish() -> dict[str, object]:
        done.set()
        return {}

    return app


def _grid(floor: Homography, camera: CameraSettings) -> tuple[Way, ...]:
    """Lines of whole metres over the clicked places and a metre around them: a tilted one shows a wrong click."""
    places = camera.floor_m or ()
    left, right = min(p.x for p in places) - 1, max(p.x for p in places) + 1
    low, high = min(p.y for p in places) - 1, max(p.y for p in places) + 1
    step = max(1, round(max(right - left, high - low) / (MOST_GRID_LINES / 2)))
    shares = [number / 20 for number in range(21)]
    ways = [[Point(x, low + s * (high - low)) for s in shares] for x in _whole(left, right, step)]
    ways += [[Point(left + s * (right - left), y) for s in shares] for y in _whole(low, high, step)]
    seen = ([floor.to_picture(p) for p in way] for way in ways)
    near = ([p for p in way if p is not None and abs(p.x) < 3 and abs(p.y) < 3] for way in seen)
    return tuple(tuple((round(p.x, 4), round(p.y, 4)) for p in way) for way in near)


def _whole(first: float, last: float, step: int) -> range:
    return range(math.ceil(first / step) * step, math.floor(last / step) * step + 1, step)
