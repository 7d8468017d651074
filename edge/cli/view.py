"""Showing and writing what is counted, when it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..annotate import Annotator, VideoFile, Window

if TYPE_CHECKING:
    import argparse

    import numpy as np
    from numpy.typing import NDArray

    from ..pipeline import Step
    from ..scene import Camera


class View:
    """One camera's annotated pictures: to a file, to a window, or both.

    Args:
        camera: Lines and zones.
        video: Where to write, or None.
        window: Where to show, or None; then ``see`` must be called from the main thread.
        faces: Leave faces recognisable.
    """

    def __init__(self, camera: Camera, video: VideoFile | None, window: Window | None, *, faces: bool) -> None:
        self._annotator = Annotator(camera, faces=faces)
        self._video = video
        self._window = window

    def see(self, step: Step) -> NDArray[np.uint8] | None:
        """Draws a step and passes it on.

        Returns:
            The drawn picture; None for the last step.
        """
        image = self._annotator.draw(step)
        if image is not None and self._video is not None:
            self._video.write(image)
        if image is not None and self._window is not None and not self._window.show(image):
            self._window.close()
            self._window = None  # closed by hand: the work goes on without it
        return image

    def close(self) -> None:
        """Completes the file and takes the window away."""
        if self._video is not None:
            self._video.close()
        if self._window is not None:
            self._window.close()


def view_for(arguments: argparse.Namespace, camera: Camera, fps: float, *, window: bool) -> View | None:
    """What ``--annotate`` and ``--show`` ask for; None where neither is given.

    Args:
        arguments: Of the command line.
        camera: Lines and zones.
        fps: Pictures a second that will come.
        window: Whether this thread may open one.

    Raises:
        AnnotationError: It cannot be shown or written.
    """
    if arguments.annotate is None and not arguments.show:
        return None
    video = VideoFile(arguments.annotate, fps) if arguments.annotate is not None else None
    shown = Window(f"footfall: {camera.name}") if arguments.show and window else None
    return View(camera, video, shown, faces=arguments.faces)
