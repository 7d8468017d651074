"""What runs in the child process of ``export.py``: the only place that needs torch for weights.

``python -m edge.detection.child fetch|export PATH.pt``; errors go to standard error, the last line says why.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import DetectionError
from .openvino_model import import_openvino

if TYPE_CHECKING:
    from types import TracebackType


def fetch(path: Path) -> None:
    """Lets ultralytics fetch published weights to ``path``."""
    from ultralytics.utils.downloads import attempt_download_asset

    attempt_download_asset(str(path), retry=1)


def export(path: Path) -> None:
    """Writes ``NAME_openvino_model`` beside ``NAME.pt``.

    Raises:
        DetectionError: The weights belong to another task than detection.
    """
    from ultralytics import YOLO

    model = YOLO(str(path))
    if model.task != "detect":
        raise DetectionError(f"not a detector: its task is {model.task!r}")
    # Open height and width, so that the detector can fix them to the shape of the camera's picture.
    model.export(format="openvino", half=True, dynamic=True, device="cpu", verbose=False)


def say_why(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ends standard error with one plain line that says why: the first of the message, without its pictograms."""
    traceback.print_exception(kind, error, trace)
    lines = [line for line in str(error).splitlines() if line.strip()] or [kind.__name__]
    sys.stderr.write(" ".join(lines[0].encode("ascii", "ignore").decode().removeprefix("ERROR").split()) + "\n")


def main() -> None:
    """Runs one task with all usage reporting off (the rest of it is in ``export.private_environment``)."""
    sys.excepthook = say_why
    import_openvino()
    from ultralytics import settings

    settings.update({"sync": False})
    tasks = {"fetch": fetch, "export": export}
    tasks[sys.argv[1]](Path(sys.argv[2]))


if __name__ == "__main__":
    main()
