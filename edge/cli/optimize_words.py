"""The words that ``footfall-edge optimize`` understands; apart from what it does, which takes long to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

AGREEMENT = 0.95
EXAMPLES = 300


def optimize_options(parser: argparse.ArgumentParser) -> None:
    """The words that the command understands."""
    parser.add_argument("model", metavar="MODEL", help="weights (.pt), or an OpenVINO folder or .xml")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="VIDEO_OR_CAMERA",
        help="a recording, a folder of them, USB index or address; unless given, the camera's own",
    )
    parser.add_argument("--size", metavar="HxW", help="size of the network's input, such as 384x640 for wide pictures")
    parser.add_argument("--int8", action="store_true", help="calculate in eight bits (NNCF), adjusted to the pictures")
    parser.add_argument("--config", type=Path, metavar="C", help="compare counts, too, by this settings file")
    parser.add_argument("--camera", metavar="ID", help="the camera of the settings file")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="the new model; unless given, beside the old one")
    parser.add_argument("--frames", type=int, default=EXAMPLES, metavar="N", help=f"pictures to learn from: {EXAMPLES}")
    parser.add_argument(
        "--agree", type=float, default=AGREEMENT, metavar="F1", help=f"least agreement of boxes, 0..1: {AGREEMENT}"
    )
    parser.add_argument("--differ", type=int, default=0, metavar="N", help="so many crossings and stays may differ: 0")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
