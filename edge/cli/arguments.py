"""The words that ``footfall-edge`` understands."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path

from .check import check
from .replay import replay
from .run import run


def build_parser() -> argparse.ArgumentParser:
    """The commands with their options; the parser exits with 2 where the words given make no sense."""
    parser = argparse.ArgumentParser(
        prog="footfall-edge", description="Counts people at lines and in zones of a store's cameras."
    )
    parser.add_argument("--version", action="version", version=f"footfall-edge {version('footfall')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    checking = commands.add_parser("check", help="say everything that is wrong with a settings file, or what it means")
    checking.set_defaults(command=check)

    running = commands.add_parser("run", help="watch the cameras of a settings file until stopped")
    running.add_argument("--source", metavar="S", help="USB index, rtsp:// or http:// address, file or folder instead")
    running.set_defaults(command=run)

    replaying = commands.add_parser("replay", help="process recordings as fast as possible")
    replaying.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a video, or a folder of videos")
    replaying.add_argument("--start", metavar="TIME", help="when the first video began, store time or with an offset")
    replaying.add_argument("--model", metavar="M", help="another model than the settings name")
    replaying.set_defaults(command=replay)

    for command in (checking, running, replaying):
        command.add_argument("--config", type=Path, required=True, metavar="C", help="the settings file (TOML)")
        command.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
    for command in (running, replaying):
        command.add_argument("--camera", metavar="ID", help="only this camera of the settings file")
        command.add_argument("--database", metavar="DB", help="another database than the settings name")
        command.add_argument("--annotate", type=Path, metavar="OUT.mp4", help="write a video of what is counted")
        command.add_argument("--show", action="store_true", help="open a window that shows what is counted")
        command.add_argument("--faces", action="store_true", help="leave faces recognisable in --annotate and --show")
    return parser
