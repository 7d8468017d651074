"""What runs in the child process of ``export.py``: the only place that needs torch for weights, and NNCF.

``python -m edge.detection.child fetch|export PATH.pt``, or ``quantise MODEL.xml MADE.xml COUNT HEIGHT WIDTH`` with the
pictures on standard input; errors go to standard error, the last line says why.
"""

from __future__ import annotations

import math
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DetectionError
from .openvino_model import import_openvino

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray


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


def quantise(path: Path, made: Path, shape: tuple[int, int, int]) -> None:
    """Writes an INT8 copy of a network; its ranges of numbers are those that the pictures on standard input give.

    Args:
        path: The network's ``.xml``, with a fixed input size.
        made: The ``.xml`` to write.
        shape: Count, height and width of the pictures; they are BGR bytes, letterboxed.

    Raises:
        DetectionError: Fewer pictures came than were promised, as their sender died.
    """
    received = sys.stdin.buffer.read()
    if len(received) != math.prod(shape) * 3:
        raise DetectionError(f"{len(received)} bytes of pictures came, not {math.prod(shape) * 3}")
    pictures = np.frombuffer(received, dtype=np.uint8).reshape(*shape, 3)

    def prepared(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        # What the detector makes part of the network: RGB, 0..1, colours first.
        first = np.ascontiguousarray(picture[None, :, :, ::-1].transpose(0, 3, 1, 2), dtype=np.float32)
        return first / np.float32(255)

    openvino = import_openvino()
    import nncf

    model = openvino.Core().read_model(path)
    # Beyond its last convolutions a detector computes places from distances, 0 to 640 pixels in one table: eight bits
    # are too coarse for them. Measured on the fixture clips: F1 0.988 instead of 0.985 on `entrance`, and no slower.
    # Keeping the last convolutions precise, too, gained nothing.
    small = nncf.quantize(
        model,
        nncf.Dataset(list(pictures), prepared),
        preset=nncf.QuantizationPreset.MIXED,  # SiLU gives few negative numbers: ranges need not be symmetric
        subset_size=len(pictures),
        ignored_scope=nncf.IgnoredScope(names=_arithmetic(model), validate=False),
    )
    openvino.save_model(small, made, compress_to_fp16=False)


def _arithmetic(model: Any) -> list[str]:
    """Names of the operations between a network's last convolutions and its output."""
    found: set[str] = set()
    waiting = [value.get_node() for result in model.get_results() for value in result.input_values()]
    while waiting:
        node = waiting.pop()
        name = node.get_friendly_name()
        # Behind ``ShapeOf`` lies what only a size is asked of, anywhere in the network.
        if name in found or node.get_type_name() in {"Constant", "Parameter", "ShapeOf"} or _is_learned(node):
            continue
        found.add(name)
        waiting += [value.get_node() for value in node.input_values()]
    return sorted(found)


def _is_learned(node: Any) -> bool:
    """Whether an operation is a convolution with learned weights, not one that adds up 0, 1, 2 ... times its input."""
    if not node.get_type_name().endswith("Convolution"):
        return False
    weights = node.input_value(1).get_node()
    while weights.get_type_name() == "Convert":
        weights = weights.input_value(0).get_node()
    if weights.get_type_name() != "Constant":
        return True
    flat = np.asarray(weights.data, dtype=np.float64).ravel()
    return not np.array_equal(flat, np.arange(len(flat)))


def say_why(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ends standard error with one plain line that says why: the first of the message, without its pictograms."""
    traceback.print_exception(kind, error, trace)
    lines = [line for line in str(error).splitlines() if line.strip()] or [kind.__name__]
    sys.stderr.write(" ".join(lines[0].encode("ascii", "ignore").decode().removeprefix("ERROR").split()) + "\n")


def main() -> None:
    """Runs one task with all usage reporting off (the rest of it is in ``export.private_environment``)."""
    sys.excepthook = say_why
    import_openvino()
    task, path, *more = sys.argv[1:]
    if task == "quantise":
        count, height, width = map(int, more[1:])
        quantise(Path(path), Path(more[0]), (count, height, width))
        return
    from ultralytics import settings

    settings.update({"sync": False})
    tasks = {"fetch": fetch, "export": export}
    tasks[task](Path(path))


if __name__ == "__main__":
    main()
