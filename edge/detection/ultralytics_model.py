"""Any other model format that ultralytics loads, through ultralytics itself."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from ..events import Detections
from .errors import DetectionError
from .export import private_environment

if TYPE_CHECKING:
    from pathlib import Path

    from ..events import Frame
    from .boxes import Thresholds

# Endings of ultralytics' export formats besides those that run on OpenVINO directly.
FORMATS = (
    ".onnx",
    ".torchscript",
    ".engine",
    ".tflite",
    ".pb",
    ".mlpackage",
    ".mnn",
    "_saved_model",
    "_ncnn_model",
    "_paddle_model",
    "_rknn_model",
    "_imx_model",
)


class UltralyticsDetector:
    """Finds people with ultralytics' own runner. Slower and larger than OpenVINO, for formats that need it.

    Args:
        path: The model, in one of ``FORMATS``.
        thresholds: What a box must reach.

    Raises:
        DetectionError: ultralytics cannot load it (often: the runtime of that format is not installed), or it is no
            detector of people.
    """

    def __init__(self, path: Path, thresholds: Thresholds) -> None:
        os.environ.update(private_environment())
        from .openvino_model import import_openvino

        import_openvino()
        from ultralytics import YOLO, settings

        settings.update({"sync": False})
        self._path = path
        self._thresholds = thresholds
        self._alone = threading.Lock()  # ultralytics keeps the picture in its model: one at a time
        self._model: Any = YOLO(str(path), task="detect")
        # Loading happens with the first picture, so we give it one and learn here whether the model works.
        self._person: int | None = None
        names = self._predict(np.zeros((64, 64, 3), np.uint8)).names
        found = [number for number, name in names.items() if str(name).lower() == "person"]
        if not found and len(names) != 1:
            raise DetectionError(f"{path}: none of its {len(names)} classes is called 'person'")
        self._person = found[0] if found else next(iter(names))
        self._id = f"{path.name}@{_content(path)} {thresholds}"

    @property
    def model_id(self) -> str:
        """File name, hash of the content, thresholds."""
        return self._id

    def detect(self, frame: Frame) -> Detections:
        """Finds the people in ``frame``."""
        boxes = self._predict(frame.image).boxes
        xyxy = np.asarray(boxes.xyxy.cpu(), dtype=np.float32).reshape(-1, 4)
        score = np.asarray(boxes.conf.cpu(), dtype=np.float32).reshape(-1)
        tall = (xyxy[:, 3] - xyxy[:, 1]) >= self._thresholds.min_height * frame.image.shape[0]
        return Detections(xyxy[tall], score[tall])

    def _predict(self, image: Any) -> Any:
        try:
            with self._alone:
                return self._model.predict(
                    image,
                    conf=self._thresholds.confidence,
                    iou=self._thresholds.iou,
                    classes=None if self._person is None else [self._person],
                    verbose=False,
                    save=False,
                    device="cpu",
                )[0]
        # ultralytics lets every runtime's own exceptions through; there is no common base below Exception.
        except (ImportError, RuntimeError, ValueError, TypeError, OSError, AttributeError, AssertionError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise DetectionError(f"{self._path}: ultralytics cannot run this model: {lines[0]}") from error


def _content(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=4)
    for part in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(part.read_bytes())
    return digest.hexdigest()
