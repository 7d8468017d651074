"""YOLO on OpenVINO: runs an exported model directly, without torch or ultralytics."""

from __future__ import annotations

import hashlib
import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from .boxes import Thresholds, candidates, is_end_to_end, letterbox, to_picture, without_overlaps
from .errors import DetectionError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from ..events import Detections, Frame

log = logging.getLogger(__name__)

COCO_CLASSES = 80
COCO_PERSON = 0
DEFAULT_SIDE = 640
DEFAULT_STRIDE = 32


def import_openvino() -> ModuleType:
    """Imports OpenVINO with its usage reporting off.

    ``import openvino`` sends an event to a statistics server through the package ``openvino_telemetry``, unless that
    package cannot be imported: then it falls back to a stub that does nothing. So we make it unimportable first.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the metadata beside a model says about it.

    Attributes:
        person: Number of the class that is a person.
        side: Longer side of the input where the model leaves it open, pixels.
        stride: The sides of the input are multiples of this, pixels.
    """

    person: int
    side: int
    stride: int


class OpenVinoDetector:
    """Finds people with a YOLO detection model in OpenVINO's IR form.

    A model with a fixed input gets the picture letterboxed into it. A model with open height and width is fixed to
    the smallest input that holds the picture's shape at the metadata's size: a 16:9 picture then costs 40 % less than
    a square.

    Args:
        xml: The model's ``.xml``; its ``.bin`` lies beside it, ``metadata.yaml`` may.
        thresholds: What a box must reach.
        name: What to call the model in its id; the folder's name unless given.

    Raises:
        DetectionError: It cannot be read, is no detector, or knows no people.
    """

    def __init__(self, xml: Path, thresholds: Thresholds, name: str | None = None) -> None:
        self._ov = import_openvino()
        self._core = self._ov.Core()
        self._thresholds = thresholds
        self._path = xml
        try:
            self._model = self._core.read_model(xml)
        except RuntimeError as error:
            raise DetectionError(f"{xml}: OpenVINO cannot read this model: {_last_line(error)}") from error
        self._card = _model_card(xml, self._model)
        height, width = self._model.input().partial_shape[2], self._model.input().partial_shape[3]
        self._fixed = (height.get_length(), width.get_length()) if height.is_static and width.is_static else None
        self._size: tuple[int, int] | None = None
        self._compiled: Any = None
        if self._fixed is not None:
            self._compile(self._fixed)
        self._id = f"{name or xml.parent.name}@{_content(xml)} {thresholds}"

    @property
    def model_id(self) -> str:
        """Folder name, hash of the content, thresholds."""
        return self._id

    def detect(self, frame: Frame) -> Detections:
        """Finds the people in ``frame``: highest score first.

        Raises:
            DetectionError: The network failed on this picture.
        """
        size = self._fixed or self._open_size(frame.image.shape)
        if size != self._size:
            self._compile(size)
        picture, fit = letterbox(frame.image, *size)
        try:
            output: NDArray[np.float32] = self._compiled(picture[None])[0][0]
        except RuntimeError as error:
            raise DetectionError(f"{self._path}: OpenVINO failed on a picture: {_last_line(error)}") from error
        xyxy, score = candidates(output, self._card.person, self._thresholds.confidence)
        xyxy, score = without_overlaps(xyxy, score, self._thresholds.iou)
        return to_picture(xyxy, score, fit, frame.image.shape, self._thresholds.min_height)

    def _open_size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """The smallest input that holds a picture of ``shape`` with its longer side at the metadata's size."""
        scale = self._card.side / max(shape[:2])
        stride = self._card.stride
        height, width = (-(-round(side * scale) // stride) * stride for side in shape[:2])
        return height, width

    def _compile(self, size: tuple[int, int]) -> None:
        """Builds the network for one input size; colour order and scale become part of it, which saves copies."""
        model = self._model.clone()
        try:
            if self._fixed is None:
                model.reshape([1, 3, *size])
            steps = self._ov.preprocess.PrePostProcessor(model)
            steps.input().tensor().set_element_type(self._ov.Type.u8).set_layout(self._ov.Layout("NHWC"))
            steps.input().tensor().set_color_format(self._ov.preprocess.ColorFormat.BGR)
            steps.input().model().set_layout(self._ov.Layout("NCHW"))
            steps.input().preprocess().convert_element_type(self._ov.Type.f32)
            steps.input().preprocess().convert_color(self._ov.preprocess.ColorFormat.RGB).scale(255.0)
            steps.output().tensor().set_element_type(self._ov.Type.f32)
            # f32: processors with bf16 units would otherwise round differently, and count differently, than others.
            settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
            self._compiled = self._core.compile_model(steps.build(), "CPU", settings)
        except RuntimeError as error:
            raise DetectionError(f"{self._path}: OpenVINO cannot run this model: {_last_line(error)}") from error
        self._size = size
        log.debug("%s: compiled for %d x %d", self._path, size[1], size[0])


def find_xml(folder: Path) -> Path:
    """The model in an IR folder.

    Raises:
        DetectionError: There is none, or more than one.
    """
    found = sorted(folder.glob("*.xml"))
    if len(found) != 1:
        what = "no .xml file" if not found else f"{len(found)} .xml files"
        raise DetectionError(f"{folder}: {what} in this folder; an OpenVINO model folder holds exactly one")
    return found[0]


def _model_card(xml: Path, model: Any) -> ModelCard:
    """Checks that a model is a detector of people, and reads its metadata."""
    if not xml.with_suffix(".bin").is_file():
        raise DetectionError(f"{xml}: its weights {xml.with_suffix('.bin').name} are missing beside it")
    no_detector = f"{xml}: not a YOLO detector: "
    if len(model.inputs) != 1 or model.input().partial_shape.rank.get_length() != 4:
        raise DetectionError(no_detector + "it must take one picture, (1, 3, height, width)")
    channels = model.input().partial_shape[1]
    if channels.is_static and channels.get_length() != 3:
        raise DetectionError(no_detector + f"its input has {channels.get_length()} channels, not 3")
    shapes = [output.partial_shape for output in model.outputs]
    if len(shapes) != 1 or shapes[0].rank.is_dynamic or shapes[0].rank.get_length() != 3:
        raise DetectionError(no_detector + f"it must give one table of boxes, not {', '.join(map(str, shapes))}")
    metadata = _metadata(xml)
    if (task := metadata.get("task", "detect")) != "detect":
        raise DetectionError(no_detector + f"its task is {task!r}")
    rows = [axis.get_length() if axis.is_static else 0 for axis in shapes[0]][1:]
    classes = None if is_end_to_end(tuple(rows)) else rows[0] - 4
    if classes is not None and classes < 1:
        raise DetectionError(no_detector + f"its output is {shapes[0]}, not (1, 4 + classes, boxes) or (1, boxes, 6)")
    sides = metadata.get("imgsz") or [DEFAULT_SIDE]
    return ModelCard(
        person=_person(xml, metadata.get("names"), classes),
        side=max(sides) if isinstance(sides, list) else int(sides),
        stride=int(metadata.get("stride") or DEFAULT_STRIDE),
    )


def _metadata(xml: Path) -> dict[str, Any]:
    path = xml.parent / "metadata.yaml"
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DetectionError(f"{path}: not readable as YAML: {_last_line(error)}") from error
    if not isinstance(found, dict):
        raise DetectionError(f"{path}: must hold keys and values")
    return found


def _person(xml: Path, names: object, classes: int | None) -> int:
    """The number of the class that is a person, from the class names or else from their count."""
    if isinstance(names, dict) and names:
        found = [number for number, name in names.items() if str(name).lower() == "person"]
        if found:
            return int(found[0])
        if len(names) == 1:
            return int(next(iter(names)))
        raise DetectionError(f"{xml}: none of its {len(names)} classes is called 'person'")
    if classes == 1:
        return 0
    if classes in {COCO_CLASSES, None}:
        return COCO_PERSON
    raise DetectionError(f"{xml}: has {classes} classes and no metadata.yaml that says which of them is a person")


def _content(xml: Path) -> str:
    digest = hashlib.blake2b(digest_size=4)
    for path in (xml, xml.with_suffix(".bin")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _last_line(error: Exception) -> str:
    """The last line of a message that carries file names and line numbers of someone's C++ before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
