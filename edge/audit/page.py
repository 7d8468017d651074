"""The page on which a person counts: the coarse clip of a window, keys for in and out, and nothing of our own count."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, jsonify, render_template, request, send_file

from ..capture import CaptureError
from ..contract import ContractError
from .errors import AuditError
from .report import directions_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flask import Response

    from ..scene import Camera, Line
    from .clip import ClipFolder, Scene
    from .ledger import Presses

log = logging.getLogger(__name__)

MOST_PRESSES = 2000


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the page needs.

    Attributes:
        camera: Whose lines are drawn.
        scenes: The windows, in the order in which they are counted.
        titles: What each is called.
        clips: Where their clips are made.
        save: Takes the number of a window and every press in it by line and direction, those without any included.
        result: The report as rows of text, heading first, and what was missed or invented, line by line; asked for
            once everything is counted, never before.
        done: Set when the page is no longer needed.
    """

    camera: Camera
    scenes: Sequence[Scene]
    titles: Sequence[str]
    clips: ClipFolder
    save: Callable[[int, Presses], None]
    result: Callable[[], tuple[list[tuple[str, ...]], list[str]]]
    done: threading.Event


class Page:
    """The routes. Which window comes next is known here alone: a page that is loaded again goes on where it was.

    Args:
        desk: What is shown, and where presses go.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._finished: set[int] = set()

    def index(self) -> str:
        """The next window to count; the result when there is none."""
        desk, number = self._desk, self._next()
        if number is None:
            (heading, *rows), differences = desk.result()
            desk.done.set()  # this answer is still sent
            return render_template("result.html", heading=heading, rows=rows, differences=differences)
        for near in (number, self._next(number)):
            if near is not None:
                desk.clips.prepare(near, desk.scenes[near])
        return render_template("count.html", **_view(desk, number, self._scene(number)))

    def clip(self, number: int) -> Response:
        """The clip of a window, as soon as it is made."""
        try:
            path = self._desk.clips.prepare(number, self._scene(number)).result()
        except (AuditError, CaptureError) as error:
            log.warning("%s", error)
            abort(500, str(error))
        return send_file(path, mimetype="video/webm", conditional=True)

    def save(self, number: int) -> Response:
        """A counted window."""
        scene = self._scene(number)
        try:
            presses = read_presses(request.get_json(silent=True), self._desk.camera, scene)
        except AuditError as error:
            abort(400, str(error))
        try:
            self._desk.save(number, presses)
        except ContractError as error:
            log.warning("%s", error)
            abort(503, str(error))  # the presses stay on the page: "window counted" tries again
        return self._close(number)

    def skip(self, number: int) -> Response:
        """A window that is left out."""
        self._scene(number)
        return self._close(number)

    def stop(self) -> Response:
        """Enough for today."""
        self._finished.update(range(len(self._desk.scenes)))
        return jsonify(next=None)

    def _next(self, after: int = -1) -> int | None:
        return next((n for n in range(after + 1, len(self._desk.scenes)) if n not in self._finished), None)

    def _close(self, number: int) -> Response:
        self._finished.add(number)
        self._desk.clips.delete(number)
        return jsonify(next=self._next(number))

    def _scene(self, number: int) -> Scene:
        if not 0 <= number < len(self._desk.scenes) or number in self._finished:
            abort(404, f"there is no window {number} to count")
        return self._desk.scenes[number]


def build(desk: Desk) -> Flask:
    """The page as an application, for ``edge.localpage.serve``."""
    app, page = Flask(__name__), Page(desk)
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    app.add_url_rule("/", view_func=page.index)
    app.add_url_rule("/clip/<int:number>.webm", view_func=page.clip)
    app.add_url_rule("/window/<int:number>", view_func=page.save, methods=["POST"])
    app.add_url_rule("/skip/<int:number>", view_func=page.skip, methods=["POST"])
    app.add_url_rule("/stop", view_func=page.stop, methods=["POST"])
    return app


def read_presses(body: object, camera: Camera, scene: Scene) -> Presses:
    """What the page sent, checked.

    Args:
        body: ``{"presses": [{"line": id, "direction": "in", "at_s": seconds of the clip}, ...]}``.
        camera: Its lines.
        scene: Of the window.

    Returns:
        Aware times by line and direction; every line and direction is there.

    Raises:
        AuditError: It is of another form, or names something that there is not.
    """
    given = body.get("presses") if isinstance(body, dict) else None
    if not isinstance(given, list) or len(given) > MOST_PRESSES:
        raise AuditError("presses: must be a list of presses")
    presses: dict[tuple[str, str], list[datetime]] = {
        (line.id, way): [] for line in camera.lines for way in directions_of(line)
    }
    length_s = (scene.clip.ends - scene.clip.begins).total_seconds()
    for number, press in enumerate(given):
        place = f"presses[{number}]"
        if not isinstance(press, dict):
            raise AuditError(f"{place}: must have line, direction and at_s")
        key = str(press.get("line")), str(press.get("direction"))
        if key not in presses:
            raise AuditError(f"{place}: {key[0]} {key[1]}: no such line and direction")
        at_s = press.get("at_s")
        if not isinstance(at_s, int | float) or isinstance(at_s, bool) or not 0 <= at_s <= length_s + 1:
            raise AuditError(f"{place}.at_s: {at_s!r}: must be seconds within the clip")
        presses[key].append(scene.clip.begins + timedelta(milliseconds=round(at_s * 1000)))
    return presses


def _view(desk: Desk, number: int, scene: Scene) -> dict[str, Any]:
    """What the template needs of one window. Nothing in it depends on what the product counted."""
    width, height = scene.recording.width, scene.recording.height
    clip_s = (scene.clip.ends - scene.clip.begins).total_seconds()
    begins_s = (scene.window.begins - scene.clip.begins).total_seconds()
    return {
        "camera": desk.camera.name,
        "title": desk.titles[number],
        "number": number + 1,
        "total": len(desk.scenes),
        "width": width,
        "height": height,
        "lines": [drawn(line, width, height) for line in desk.camera.lines],
        "task": {
            "number": number,
            "clip": f"clip/{number}.webm",
            "clip_s": clip_s,
            "begins_s": begins_s,
            "ends_s": begins_s + (scene.window.ends - scene.window.begins).total_seconds(),
            "lines": [{"id": line.id, "directions": directions_of(line)} for line in desk.camera.lines],
        },
    }


def drawn(line: Line, width: int, height: int) -> dict[str, Any]:
    """A line for the drawing over the clip: its corners, and an arrow that points ``in``.

    Args:
        line: With corners 0..1 of the picture.
        width: Of the picture, pixels.
        height: The same.

    Returns:
        ``id``, ``points`` for a polyline, ``tail`` and ``tip`` of the arrow, and places ``inside`` and ``outside`` for
        words; all in pixels.
    """
    path = line.path.scaled(width, height)
    piece = max(path.pieces, key=lambda p: p.length)
    x, y = (piece.start.x + piece.end.x) / 2, (piece.start.y + piece.end.y) / 2
    # To the left of start -> end on the screen, where y grows downwards, unless flipped.
    reach = 0.14 * height / piece.length * (-1 if line.flip else 1)
    dx, dy = (piece.end.y - piece.start.y) * reach, -(piece.end.x - piece.start.x) * reach

    def word(share: float) -> tuple[float, float]:
        """A place along the arrow, kept off the picture's edge."""
        left, top = 0.06 * width, 0.04 * height
        place = min(max(x + share * dx, left), width - left), min(max(y + share * dy, top), height - top)
        return round(place[0], 1), round(place[1], 1)

    return {
        "id": line.id,
        "points": " ".join(f"{c.x:.1f},{c.y:.1f}" for c in path.corners),
        "tail": (round(x, 1), round(y, 1)),
        "tip": (round(x + dx, 1), round(y + dy, 1)),
        "inside": word(1.5),
        "outside": word(-0.7),
    }
