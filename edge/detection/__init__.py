"""Finding people in pictures: YOLO on OpenVINO, anything else that ultralytics loads, or recorded detections.

``open_detector`` picks the builder from the visible table ``DETECTORS``. Nothing leaves the machine: the usage
reporting of both libraries is off and neither may install packages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .boxes import Thresholds
from .errors import DetectionError
from .export import exported, fetched
from .openvino_model import OpenVinoDetector, find_xml
from .recorded import PREFIX, RecordedDetector
from .ultralytics_model import FORMATS, UltralyticsDetector

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..events import Detector

__all__ = [
    "DETECTORS",
    "DetectionError",
    "RecordedDetector",
    "Thresholds",
    "detector_kind",
    "locate_model",
    "open_detector",
]


def _openvino_folder(path: str, thresholds: Thresholds) -> Detector:
    return OpenVinoDetector(find_xml(Path(path)), thresholds)


def _openvino_xml(path: str, thresholds: Thresholds) -> Detector:
    return OpenVinoDetector(Path(path), thresholds)


def _weights(path: str, thresholds: Thresholds) -> Detector:
    weights = fetched(path)
    return OpenVinoDetector(find_xml(exported(weights)), thresholds, name=weights.stem)


def _ultralytics(path: str, thresholds: Thresholds) -> Detector:
    return UltralyticsDetector(Path(path), thresholds)


def _recorded(path: str, thresholds: Thresholds) -> Detector:
    return RecordedDetector(Path(path.removeprefix(PREFIX)), thresholds)


# Every kind of model there is. A new one: a builder above, a line here, a rule in ``detector_kind``.
DETECTORS: dict[str, Callable[[str, Thresholds], Detector]] = {
    "recorded": _recorded,
    "openvino folder": _openvino_folder,
    "openvino xml": _openvino_xml,
    "weights": _weights,
    "ultralytics": _ultralytics,
}


def detector_kind(model: str) -> str:
    """Which line of ``DETECTORS`` a model needs.

    Args:
        model: ``recorded:FILE``, or the path of a model; a ``.pt`` may be a bare name that ultralytics publishes.

    Raises:
        DetectionError: There is no such file, or no kind fits its name.
    """
    if model.startswith(PREFIX):
        return "recorded"
    path = Path(model)
    if path.suffix == ".pt" and (path.is_file() or path.name == model):
        return "weights"
    if not path.exists():
        raise DetectionError(f"{model}: no such model")
    if path.suffix == ".xml":
        return "openvino xml"
    if path.is_dir() and (path.name.endswith("_openvino_model") or any(path.glob("*.xml"))):
        return "openvino folder"
    if any(path.name.endswith(ending) for ending in FORMATS):
        return "ultralytics"
    raise DetectionError(
        f"{model}: not a model: must be an OpenVINO folder or .xml, a .pt, {PREFIX}FILE.csv, "
        f"or end with {', '.join(FORMATS)}"
    )


def locate_model(model: str, folder: Path) -> str:
    """Where a model named in a settings file lies.

    Args:
        model: As written: ``recorded:FILE``, a path, or the bare name of published weights such as ``yolo11n.pt``.
        folder: Of the settings file; relative paths start there.

    Returns:
        The same with an absolute path; a bare ``.pt`` name stays bare where the folder holds no such file.
    """
    if model.startswith(PREFIX):
        return f"{PREFIX}{folder / model.removeprefix(PREFIX)}"
    is_bare = Path(model).name == model and model.endswith(".pt")
    return model if is_bare and not (folder / model).is_file() else str(folder / model)


def open_detector(model: str, thresholds: Thresholds) -> Detector:
    """Loads a model.

    Args:
        model: What ``locate_model`` returned.
        thresholds: What a box must reach.

    Raises:
        DetectionError: It is missing, unreadable, no detector, or finds no people.
    """
    return DETECTORS[detector_kind(model)](model, thresholds)
