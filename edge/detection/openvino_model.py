"""YOLO on OpenVINO: runs an exported model directly, without torch or ultralytics."""

from __future__ import annotations

import hashlib
import logging
import sys
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import yaml

from .boxes import Thresholds, is_end_to_end
from .errors import DetectionError
from .network import SharedNetwork, last_line

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from ..events import Detections, Frame
    from .network import Search

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

    All detectors of one model in a process share its compiled network, whatever their thresholds, and may be used by
    several threads at once.

    Args:
        xml: The model's ``.xml``; its ``.bin`` lies beside it, ``metadata.yaml`` may.
        thresholds: What a box must reach.
        name: What to call the model in its id; the folder's name unless given.

    Raises:
        DetectionError: It cannot be read, is no detector, or knows no people.
    """

    def __init__(self, xml: Path, thresholds: Thresholds, name: str | None = None) -> None:
        self._thresholds = thresholds
        self._model = shared_model(xml)
        self._network = self._model.network(self._model.fixed) if self._model.fixed is not None else None
        self._size = self._model.fixed
        self._id = f"{name or xml.parent.name}@{self._model.digest} {thresholds}"

    @property
    def model_id(self) -> str:
        """Folder name, hash of the content, thresholds."""
        return self._id

    def detect(self, frame: Frame) -> Detections:
        """Finds the people in ``frame``: highest score first.

        Raises:
            DetectionError: The network failed on this picture.
        """
        return self.submit(frame).result()

    def submit(self, frame: Frame) -> Search:
        """Begins to search ``frame``; waits in line while the network has enough to do.

        Raises:
            DetectionError: The network cannot be built for pictures of this shape.
        """
        image = frame.image
        size = self._model.fixed or self._model.open_size(image.shape)
        network = self._network
        if network is None or size != self._size:
            network = self._model.network(size)
            self._network, self._size = network, size
        return network.submit(image, self._thresholds)


class SharedModel:
    """A model file as everybody in the process uses it: read once, compiled once for each size of input.

    Args:
        xml: The model's ``.xml``.
        digest: Hash of its content, as it stands in model ids.

    Attributes:
        digest: The same.
        fixed: Height and width of the input where the model says them, else None.

    Raises:
        DetectionError: It cannot be read, is no detector, or knows no people.
    """

    def __init__(self, xml: Path, digest: str) -> None:
        self._path = xml
        self.digest = digest
        model = self._read()
        self._card = _model_card(xml, model)
        height, width = model.input().partial_shape[2], model.input().partial_shape[3]
        self.fixed = (height.get_length(), width.get_length()) if height.is_static and width.is_static else None
        # Weak: a network goes when the last detector that looks with it goes, or looks at pictures of another shape.
        self._networks: WeakValueDictionary[tuple[int, int], SharedNetwork] = WeakValueDictionary()
        self._compiling = threading.Lock()

    def open_size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """The smallest input that holds a picture of ``shape`` with its longer side at the metadata's size."""
        scale = self._card.side / max(shape[:2])
        stride = self._card.stride
        height, width = (-(-round(side * scale) // stride) * stride for side in shape[:2])
        return height, width

    def network(self, size: tuple[int, int]) -> SharedNetwork:
        """The network for one size of input, height and width in pixels; from any thread.

        Raises:
            DetectionError: OpenVINO cannot run the model.
        """
        with self._compiling:
            network = self._networks.get(size)
            if network is None:
                network = SharedNetwork(self._compiled(size), self._card.person, str(self._path))
                self._networks[size] = network
                log.debug("%s: compiled for %d x %d", self._path, size[1], size[0])
        return network

    def _read(self) -> Any:
        try:
            return _core().read_model(self._path)
        except RuntimeError as error:
            raise DetectionError(f"{self._path}: OpenVINO cannot read this model: {last_line(error)}") from error

    def _compiled(self, size: tuple[int, int]) -> Any:
        """Builds the network for one input size; colour order and scale become part of it, which saves copies."""
        ov = import_openvino()
        model = self._read()  # again: kept, it would take memory for as long as the process lives
        try:
            if model.input().partial_shape.is_dynamic:
                model.reshape([1, 3, *size])
            steps = ov.preprocess.PrePostProcessor(model)
            steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
            steps.input().tensor().set_color_format(ov.preprocess.ColorFormat.BGR)
            steps.input().model().set_layout(ov.Layout("NCHW"))
            steps.input().preprocess().convert_element_type(ov.Type.f32)
            steps.input().preprocess().convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
            steps.output().tensor().set_element_type(ov.Type.f32)
            # f32: processors with bf16 units would otherwise round differently, and count differently, than others.
            # Throughput: one picture a core, instead of all cores on one picture, wastes nothing on sharing it out;
            # the boxes are the same to the last bit.
            settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
            return _core().compile_model(steps.build(), "CPU", settings)
        except RuntimeError as error:
            raise DetectionError(f"{self._path}: OpenVINO cannot run this model: {last_line(error)}") from error


# What is in use in this process, by content.
_models: WeakValueDictionary[str, SharedModel] = WeakValueDictionary()
_reading = threading.Lock()


def shared_model(xml: Path) -> SharedModel:
    """The model of a file; the same for everyone while its content stays the same.

    Raises:
        DetectionError: It cannot be read, is no detector, or knows no people.
    """
    with _reading:
        digest, content = _content(xml)
        model = _models.get(content)
        if model is None:
            model = _models[content] = SharedModel(xml, digest)
    return model


@cache
def _core() -> Any:
    """OpenVINO itself, once a process."""
    core = import_openvino().Core()
    # Weights are read, not mapped: a model that is copied over its older self must not change, or kill, who runs it.
    core.set_property({"ENABLE_MMAP": False})
    return core


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
        raise DetectionError(f"{path}: not readable as YAML: {last_line(error)}") from error
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


def _content(xml: Path) -> tuple[str, str]:
    """Two hashes: the one that stands in model ids, and one of everything by which two models could differ.

    Raises:
        DetectionError: A file of the model is missing or cannot be read.
    """
    short, whole = hashlib.blake2b(digest_size=4), hashlib.blake2b(digest_size=16)
    weights, metadata = xml.with_suffix(".bin"), xml.parent / "metadata.yaml"
    if not weights.is_file():
        raise DetectionError(f"{xml}: its weights {weights.name} are missing beside it")
    try:
        for path in (xml, weights):
            content = path.read_bytes()
            short.update(content)
            whole.update(content)
        if metadata.is_file():
            whole.update(metadata.read_bytes())
    except OSError as error:
        raise DetectionError(f"{error.filename}: {error.strerror}") from error
    return short.hexdigest(), whole.hexdigest()
