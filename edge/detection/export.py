"""Weights (.pt) to OpenVINO, once per content, kept in a cache folder; and OpenVINO networks to INT8.

The work happens in a child process, ``child.py``: torch takes hundreds of megabytes that the camera process would
otherwise keep.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import DetectionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CACHE_VARIABLE = "FOOTFALL_CACHE"
FETCH_TIMEOUT_S = 180.0
EXPORT_TIMEOUT_S = 900.0
QUANTISE_TIMEOUT_S = 3600.0
# Read by ultralytics when it is imported: no usage reports, no look-ups, no packages installed at run time.
PRIVATE = {"YOLO_AUTOINSTALL": "false", "YOLO_OFFLINE": "true"}
# Raised when the form of the export changes, so that older copies are made again.
FORM = "1"
CHILD = "edge.detection.child"


def cache_folder() -> Path:
    """Where models are kept: ``$FOOTFALL_CACHE``, or ``footfall`` in the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "footfall" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "footfall"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footfall"


def private_environment() -> dict[str, str]:
    """The environment under which ultralytics may run: nothing leaves the machine, settings of its own."""
    config = cache_folder() / "ultralytics"
    config.mkdir(parents=True, exist_ok=True)
    return os.environ | PRIVATE | {"YOLO_CONFIG_DIR": str(config)}


def fetched(weights: str) -> Path:
    """A local ``.pt``; where only a published name is given, the file in the cache, fetched by ultralytics.

    Args:
        weights: A path, or a bare name such as ``yolo11n.pt``.

    Raises:
        DetectionError: It is not there and cannot be fetched; says which file to put where.
    """
    path = Path(weights)
    if path.is_file():
        return path
    path = cache_folder() / "weights" / weights
    if path.is_file():
        return path
    log.info("%s: fetching these weights through ultralytics, once", weights)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        reason = _run("fetch", path, path, FETCH_TIMEOUT_S)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
    if not path.is_file():
        raise DetectionError(f"{weights}: cannot be fetched ({reason}); put the file at {path}, or name a local model")
    return path


def exported(weights: Path) -> Path:
    """The OpenVINO folder made from ``weights``, made now where the cache does not hold it.

    Raises:
        DetectionError: ultralytics cannot read or convert the weights.
    """
    digest = hashlib.blake2b(FORM.encode() + weights.read_bytes(), digest_size=8).hexdigest()
    folder = cache_folder() / f"{digest}_openvino_model"
    if folder.is_dir():
        return folder
    log.info("%s: converting to OpenVINO, once, into %s", weights, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Under another name until it is whole: a second process, or a power cut, must never see half a model.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="export-") as temporary:
            copy = Path(temporary) / f"{weights.stem}.pt"
            shutil.copyfile(weights, copy)
            reason = _run("export", copy, copy.with_name(f"{copy.stem}_openvino_model"), EXPORT_TIMEOUT_S)
            made = copy.with_name(f"{copy.stem}_openvino_model")
            if not made.is_dir():
                reason = reason.replace(str(copy), copy.name)
                raise DetectionError(f"{weights}: ultralytics cannot turn it into an OpenVINO model: {reason}")
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was faster, with the same result
                    raise
    except OSError as error:
        raise DetectionError(f"{weights}: cannot be converted: {error.filename}: {error.strerror}") from error
    return folder


def quantise(xml: Path, pictures: NDArray[np.uint8], made: Path) -> None:
    """Writes an INT8 copy of an OpenVINO network with a fixed input size.

    The pictures go to the child process through a pipe: they are never in a file.

    Args:
        xml: The network.
        pictures: (N, height, width, 3) uint8 BGR, letterboxed to its input: by them the ranges of numbers are chosen.
        made: The ``.xml`` to write.

    Raises:
        DetectionError: NNCF is not installed, or failed; says why.
    """
    xml, made = xml.resolve(), made.resolve()  # the child works in another folder
    shape = [str(axis) for axis in pictures.shape[:3]]
    reason = _run("quantise", xml, made, QUANTISE_TIMEOUT_S, words=[str(made), *shape], pictures=pictures)
    if not made.is_file():
        raise DetectionError(f"NNCF cannot quantise this network: {reason}")


def _run(
    task: str,
    path: Path,
    result: Path,
    timeout_s: float,
    *,
    words: list[str] | None = None,
    pictures: NDArray[np.uint8] | None = None,
) -> str:
    """Runs one task of ``child.py`` and says in one line how it failed, if it did."""
    command = [sys.executable, "-m", CHILD, task, str(path), *(words or [])]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command,
            env=private_environment(),
            cwd=path.parent,
            input=b"" if pictures is None else pictures.reshape(-1).data,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {timeout_s:g} s"
    said = done.stderr.decode(errors="replace")
    log.debug("%s %s: %s%s", task, path, done.stdout.decode(errors="replace"), said)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if done.returncode == 0 and not result.exists():
        return f"{result} was not written"
    return lines[-1] if lines else f"exit status {done.returncode}"
