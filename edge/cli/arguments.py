"""The words that ``footfall-edge`` understands."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from .optimize_words import optimize_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from .output import Output


def build_parser() -> argparse.ArgumentParser:
    """The commands with their options; the parser exits with 2 where the words given make no sense."""
    parser = argparse.ArgumentParser(
        prog="footfall-edge", description="Counts people at lines and in zones of a store's cameras."
    )
    parser.add_argument("--version", action="version", version=f"footfall-edge {version('footfall')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    checking = commands.add_parser("check", help="say everything that is wrong with a settings file, or what it means")
    checking.set_defaults(command=_command("check"))

    running = commands.add_parser("run", help="watch the cameras of a settings file until stopped")
    running.add_argument("--source", metavar="S", help="USB index, rtsp:// or http:// address, file or folder instead")
    running.set_defaults(command=_command("run"), jobs=None)

    replaying = commands.add_parser("replay", help="process recordings as fast as possible")
    replaying.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a video, or a folder of videos")
    replaying.add_argument("--start", metavar="TIME", help="when the first video began, store time or with an offset")
    replaying.add_argument("--model", metavar="M", help="another model than the settings name")
    replaying.add_argument("--jobs", type=_jobs, metavar="N", help="recordings at a time: one for each core")
    replaying.set_defaults(command=_command("replay"))

    surveying = commands.add_parser("survey", help="say whether a camera allows good counting, and what to change")
    surveying.add_argument("--source", metavar="S", help="USB index, rtsp:// or http:// address, or recording instead")
    surveying.add_argument("--model", metavar="M", help="another model than the settings name")
    surveying.add_argument("--seconds", type=_seconds, default=60.0, metavar="N", help="how long to watch: 60")
    surveying.add_argument("--json", action="store_true", help="print JSON instead of tables")
    surveying.add_argument("--camera", metavar="ID", help="only this camera of the settings file")
    surveying.set_defaults(command=_command("survey"))

    auditing = commands.add_parser("audit", help="count windows of a recording by hand, and hear how right we were")
    _audit_options(auditing)
    auditing.set_defaults(command=_command("audit"))

    drawing = commands.add_parser("draw", help="draw lines, zones and floor points on a still of a camera, in a page")
    _draw_options(drawing)
    drawing.set_defaults(command=_command("draw"))

    asking = commands.add_parser("status", help="say how the running process fares; exit status 1 if anything is wrong")
    asking.add_argument("--database", metavar="DB", help="another database than the settings name")
    asking.add_argument("--json", action="store_true", help="print JSON instead of tables")
    asking.set_defaults(command=_command("status"))

    optimizing = commands.add_parser(
        "optimize", help="make a model faster by the store's own pictures, and prove that it counts the same"
    )
    optimize_options(optimizing)
    optimizing.set_defaults(command=_command("optimize"))

    heating = commands.add_parser("heatmap", help="draw where people spent their time and which ways they took")
    _heatmap_options(heating)
    heating.set_defaults(command=_command("heatmap"))

    for command in (checking, running, replaying, drawing, heating, surveying, auditing, asking):
        command.add_argument("--config", type=Path, required=True, metavar="C", help="the settings file (TOML)")
        command.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
    for command in (running, replaying):
        command.add_argument("--camera", metavar="ID", help="only this camera of the settings file")
        command.add_argument("--database", metavar="DB", help="another database than the settings name")
        command.add_argument("--annotate", type=Path, metavar="OUT.mp4", help="write a video of what is counted")
        command.add_argument("--show", action="store_true", help="open a window that shows what is counted")
        command.add_argument("--faces", action="store_true", help="leave faces recognisable in --annotate and --show")
    return parser


def _command(name: str) -> Callable[[argparse.Namespace, Output], int | None]:
    """A command, whose module is loaded when it runs: a camera should not wait for what only an audit needs."""

    def run(arguments: argparse.Namespace, output: Output) -> int | None:
        status: int | None = getattr(import_module(f".{name}", __package__), name)(arguments, output)
        return status

    return run


def _seconds(text: str) -> float:
    """How long to watch, for the command line."""
    return float(import_module(".survey", __package__).seconds(text))


def _jobs(text: str) -> int:
    """A number of recordings, for the command line."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 1")
    return int(text)


def _audit_options(auditing: argparse.ArgumentParser) -> None:
    auditing.add_argument(
        "paths", nargs="*", type=Path, metavar="RECORDING", help="videos or folders to count from; none: only report"
    )
    auditing.add_argument("--minutes", type=float, default=5.0, metavar="N", help="length of a window: 5")
    auditing.add_argument("--windows", type=int, default=12, metavar="N", help="how many windows to count now: 12")
    auditing.add_argument("--at", action="append", default=[], metavar="TIME", help="count the window that begins here")
    auditing.add_argument("--start", metavar="TIME", help="when a recording of a live camera began")
    auditing.add_argument("--plan", action="store_true", help="only say which windows would be counted")
    auditing.add_argument("--terminal", action="store_true", help="ask for numbers here instead of opening a page")
    auditing.add_argument("--no-browser", action="store_true", help="print the address of the page, open nothing")
    auditing.add_argument("--auditor", default="", metavar="NAME", help="who counts")
    auditing.add_argument("--json", action="store_true", help="print JSON instead of tables")
    auditing.add_argument("--camera", metavar="ID", help="only this camera of the settings file")
    auditing.add_argument("--database", metavar="DB", help="another database than the settings name")


def _draw_options(drawing: argparse.ArgumentParser) -> None:
    drawing.add_argument("--camera", metavar="ID", help="the camera of the settings file")
    drawing.add_argument("--from", dest="picture", metavar="FILE", help="a still of this video or picture instead")
    drawing.add_argument("--out", type=Path, metavar="NEW.toml", help="a new file to which the page may write the text")
    drawing.add_argument("--no-browser", action="store_true", help="print the address of the page, open nothing")


def _heatmap_options(heating: argparse.ArgumentParser) -> None:
    heating.add_argument("--camera", metavar="ID", help="the camera of the settings file")
    heating.add_argument("--database", metavar="DB", help="another database than the settings name")
    heating.add_argument("--since", metavar="DAY", help="first day, or a date and time, store time; else everything")
    heating.add_argument("--until", metavar="DAY", help="day after the last, or a date and time")
    heating.add_argument(
        "--from", dest="picture", metavar="FILE", help="draw on a still of this video or picture; none: bare outlines"
    )
    heating.add_argument("--out", type=Path, required=True, metavar="OUT.png", help="the picture to write")
    heating.add_argument("--floor", type=Path, metavar="FLOOR.png", help="also draw a floor plan in metres")
    heating.add_argument("--plan", type=Path, metavar="FILE", help="draw --floor on this plan")
    heating.add_argument("--plan-scale", type=float, metavar="N", help="pixels of the plan for a metre")
    heating.add_argument("--plan-origin", metavar="X,Y", help="pixel of the floor's origin; else a lower left corner")
