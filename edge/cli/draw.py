"""``footfall-edge draw``: lines, zones and floor points drawn on a still of a camera, as text for the settings file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from ..capture import CaptureError
from ..capture.still import still
from ..draw import build
from ..localpage import serve
from ..settings import load
from .build import UsageError, camera_named, preparing, watched
from .floor_words import floor_words

if TYPE_CHECKING:
    import argparse

    from .output import Output

JPEG_QUALITY = 90


def draw(arguments: argparse.Namespace, output: Output) -> None:
    """Takes a still, serves the page until it is closed or forgotten, and changes no file but that of ``--out``.

    Raises:
        UsageError: There is no picture, or the text could not be written where ``--out`` says.
    """
    settings = load(arguments.config)
    camera = camera_named(settings, arguments.camera)
    out: Path | None = arguments.out
    if out is not None:
        if out.exists():
            raise UsageError(f"--out: {out}: is there already; name a new file")
        if not out.parent.is_dir():
            raise UsageError(f"--out: {out}: its folder does not exist")
    with preparing():
        source = watched(settings, camera).source if arguments.picture is None else Path(arguments.picture)
        if not isinstance(source, Path):
            output.notes.print("Looking for about ten seconds, so that whoever walks through is not in the picture ...")
        try:
            image = still(source)
        except CaptureError as error:
            # A camera's address is not in the message: it may hold a password.
            raise UsageError(str(error) if isinstance(source, Path) else f"camera {camera.id}: {error}") from error
    ok, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise UsageError("the picture cannot be shown in a page")
    done = threading.Event()
    size = image.shape[1], image.shape[0]
    app = build(camera, jpeg.tobytes(), size, out=out, done=done, words=floor_words)

    def announce(address: str) -> None:
        output.results.print(f"Draw here, and close the page when done: {address}", markup=False, soft_wrap=True)

    ending = serve(app, done, announce, open_browser=not arguments.no_browser)
    if ending == "idle":
        output.problem("the page was not used for an hour: closed")
    if out is not None and out.exists():
        output.results.print(f"written: {out}", markup=False, soft_wrap=True)
