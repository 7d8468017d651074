"""The wheel: both commands run from another folder, in a fresh environment that holds nothing but the wheel's needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(root)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names if ".dist-info" not in n} == {"edge", "analytics"}
    assert any(n.startswith("analytics/templates/") for n in names)
    assert {"edge/draw/templates/draw.html", "edge/draw/templates/draw.js"} <= set(names)
    assert {"edge/py.typed", "analytics/py.typed"} <= set(names)
    assert any(n.endswith("licenses/LICENSE") for n in names)


@pytest.mark.slow
def test_both_commands_run_in_a_fresh_environment_from_another_folder(wheel: Path, root: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(fresh)], check=True)
    install = [*uv, "pip", "install", "--quiet", "--python", str(fresh / "bin" / "python")]
    subprocess.run([*install, "--constraint", str(root / "requirements.lock"), str(wheel)], check=True)
    for command in ("footfall-edge", "footfall-analytics"):
        for arguments in (["--version"], ["--help"]):
            done = subprocess.run(
                [str(fresh / "bin" / command), *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
            )
            assert command in done.stdout
    settings = root / "fixtures" / "videos" / "entrance.toml"
    checked = subprocess.run(
        [str(fresh / "bin" / "footfall-edge"), "check", "--config", str(settings)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
