"""What several files of tests need: a model that sees the rendered people, and a street with some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "fixture-world-only-person_openvino_model"


@pytest.fixture(scope="session")
def model(root: Path) -> Path:
    return root / "fixtures" / "models" / MODEL


@pytest.fixture(scope="session")
def street(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds of the entrance, ten pictures a second, with people in each."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    reader = cv2.VideoCapture(str(videos / "entrance.mp4"))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 360))
    for number in range(420):
        assert reader.grab()
        if number >= 280 and number % 2 == 0:
            writer.write(reader.retrieve()[1])
    writer.release()
    reader.release()
    return path
