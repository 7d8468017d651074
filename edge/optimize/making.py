"""From a model to a faster one in a folder of its own."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..detection import DetectionError, detector_kind
from ..detection.export import exported, fetched, quantise
from ..detection.openvino_model import find_xml, import_openvino
from .errors import OptimizeError
from .resizing import input_size, is_int8, resized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .footage import Examples

log = logging.getLogger(__name__)

# As the detector takes them where a model says nothing (``edge.detection.openvino_model``).
USUAL_SIDE = 640
USUAL_STRIDE = 32
LEAST_SIDE_PX, MOST_SIDE_PX = 64, 4096
# Fewer pictures show too little of a day's light and people for the ranges of an INT8 network.
LEAST_EXAMPLES = 30


@dataclass(frozen=True, slots=True)
class Original:
    """The model to make faster.

    Attributes:
        name: As it was given.
        title: Its own name, for folders.
        xml: Its OpenVINO form.
        metadata: What it says about itself.
        size: Height and width of its input, pixels; None where they are open.
        int8: Whether it was quantised before.
    """

    name: str
    title: str
    xml: Path
    metadata: dict[str, Any]
    size: tuple[int, int] | None
    int8: bool

    @classmethod
    def of(cls, model: str) -> Original:
        """Looks at a model; weights are turned into OpenVINO's form first, in a child process, once.

        Raises:
            DetectionError: It is missing or cannot be read or converted.
            OptimizeError: It is of a kind that cannot be made faster here.
        """
        kind = detector_kind(model)
        if kind == "weights":
            weights = fetched(model)
            xml, title = find_xml(exported(weights)), weights.stem
        elif kind == "openvino folder":
            xml = find_xml(Path(model))
            title = xml.parent.resolve().name.removesuffix("_openvino_model")
        elif kind == "openvino xml":
            xml, title = Path(model), Path(model).stem
        else:
            raise OptimizeError(f"{model}: must be weights (.pt), an OpenVINO folder or .xml")
        try:
            network = import_openvino().Core().read_model(xml)
        except RuntimeError as error:
            raise DetectionError(f"{xml}: OpenVINO cannot read this model") from error
        return cls(model, title, xml, _metadata(xml), input_size(network), is_int8(network))

    @property
    def id(self) -> str:
        """Title and hash of the content."""
        digest = hashlib.blake2b(digest_size=4)
        for path in (self.xml, self.xml.with_suffix(".bin")):
            digest.update(path.read_bytes())
        return f"{self.title}@{digest.hexdigest()}"

    @property
    def stride(self) -> int:
        """The sides of the input are multiples of this, pixels."""
        return int(self.metadata.get("stride") or USUAL_STRIDE)

    def check(self, size: tuple[int, int]) -> None:
        """Refuses a size that no input of this network can have.

        Raises:
            OptimizeError: A side is too small, too large, or no multiple of the stride.
        """
        text = f"--size {size[0]}x{size[1]}"
        if any(not LEAST_SIDE_PX <= side <= MOST_SIDE_PX for side in size):
            raise OptimizeError(f"{text}: both sides must be from {LEAST_SIDE_PX} to {MOST_SIDE_PX} pixels")
        if any(side % self.stride for side in size):
            near = "x".join(str(max(round(side / self.stride), 1) * self.stride) for side in size)
            raise OptimizeError(f"{text}: both sides must be multiples of {self.stride}, such as {near}")

    def fitting(self, height: int, width: int) -> tuple[int, int]:
        """The smallest input that holds a picture with its longer side at the model's own size, as the detector's.

        Args:
            height: Of the camera's picture, pixels.
            width: The same.
        """
        sides = self.metadata.get("imgsz") or [USUAL_SIDE]
        longest = max(self.size or (sides if isinstance(sides, list) else [int(sides)]))
        scale = longest / max(height, width)
        fitted = [-(-round(side * scale) // self.stride) * self.stride for side in (height, width)]
        return fitted[0], fitted[1]


def make(original: Original, size: tuple[int, int], examples: Examples | None, source: str, folder: Path) -> Path:
    """Writes a network of a fixed input size, in INT8 where there are examples.

    Args:
        original: What to start from.
        size: Height and width of the input, pixels.
        examples: Pictures of this size to calibrate with; None leaves the numbers as they are.
        source: Where the pictures are from, without passwords; noted in the metadata.
        folder: Into which to write; exists.

    Returns:
        The model's ``.xml`` in ``folder``; ``metadata.yaml`` lies beside it.

    Raises:
        OptimizeError: The network cannot have this size, NNCF is missing or failed, or the folder cannot be written.
    """
    ov = import_openvino()
    if examples and len(examples.pictures) < LEAST_EXAMPLES:
        found = len(examples.pictures)
        raise OptimizeError(f"{source}: gives only {found} pictures to learn from; needs {LEAST_EXAMPLES}")
    xml = folder / f"{original.title}.xml"
    try:
        network = resized(ov.Core().read_model(original.xml), *size)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            first = Path(temporary) / "first.xml" if examples else xml
            ov.save_model(network, first, compress_to_fp16=False)
            if examples:
                log.info(
                    "%s: quantising by %d pictures, in a process of its own", original.name, len(examples.pictures)
                )
                quantise(first, examples.pictures, xml)
        _write_metadata(original, size, examples, source, folder)
    except DetectionError as error:
        raise OptimizeError(f"{original.name}: {error}") from error
    except (OSError, RuntimeError) as error:
        raise OptimizeError(
            f"{getattr(error, 'filename', None) or folder}: cannot be written: {_reason(error)}"
        ) from error
    return xml


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """A private folder beside ``out``, gone at the end; so that a finished model can be moved there in one step.

    Raises:
        OptimizeError: It cannot be made.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".optimize-", dir=out.parent))
    except OSError as error:
        raise OptimizeError(f"--out {out}: cannot be written: {_reason(error)}") from error
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def keep(xml: Path, out: Path) -> None:
    """Moves what ``make`` wrote to its place.

    Raises:
        OptimizeError: It cannot be moved.
    """
    try:
        # The private folder may be read by its owner alone; a model may be read by the service's user, too.
        xml.parent.chmod(0o777 & ~_umask())
        xml.parent.rename(out)
    except OSError as error:
        raise OptimizeError(f"--out {out}: cannot be written: {_reason(error)}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _metadata(xml: Path) -> dict[str, Any]:
    path = xml.parent / "metadata.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DetectionError(f"{path}: not readable as YAML") from error
    return found if isinstance(found, dict) else {}


def _write_metadata(
    original: Original, size: tuple[int, int], examples: Examples | None, source: str, folder: Path
) -> None:
    """The original's own words (its licence among them), with what is new."""
    int8 = original.int8 or examples is not None
    words = original.metadata | {"task": "detect", "stride": original.stride, "batch": 1, "imgsz": list(size)}
    if isinstance(words.get("args"), dict):
        words["args"] = words["args"] | {"dynamic": False, "int8": int8}
    made: dict[str, Any] = {"by": f"footfall {version('footfall')}", "from": original.id, "int8": int8}
    if examples is not None:
        made |= {"pictures": len(examples.pictures), "pictures_from": source}
    words["made"] = made
    text = yaml.safe_dump(words, sort_keys=False, allow_unicode=True)
    (folder / "metadata.yaml").write_text(text, encoding="utf-8")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
