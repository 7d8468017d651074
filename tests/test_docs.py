"""What the documents promise is executed: commands parse, options are all named, the file map is true."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import analytics.cli
import edge.cli

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSERS = {"footfall-edge": edge.cli.build_parser, "footfall-analytics": analytics.cli.build_parser}
ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "fixtures/README.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)


def code_lines(document: Path) -> list[str]:
    """Lines inside the fenced blocks of a document."""
    blocks = re.findall(r"```\w*\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every subcommand with its own parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_line_shown_is_understood(root: Path, name: str) -> None:
    for line in code_lines(root / name):
        if line.startswith(tuple(PARSERS)):
            words = shlex.split(line, comments=True)
            PARSERS[words[0]]().parse_args(words[1:])  # a usage error exits, which fails the test


def test_every_make_target_named_in_the_documents_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    lines = [line for name in DOCUMENTS for line in code_lines(root / name)]
    named = {line.split()[1] for line in lines if line.startswith("make ")}
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("command", PARSERS)
def test_every_subcommand_and_option_is_in_the_readme(root: Path, command: str) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    for subcommand, parser in subcommands(PARSERS[command]()):
        assert f"{command} {subcommand}" in readme
        for action in parser._actions:
            long = [option for option in action.option_strings if option.startswith("--") and option != "--help"]
            for option in long:
                assert f"`{option}" in readme, f"{command} {subcommand} {option}"


def test_the_file_map_is_true_and_whole(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"## Map of files\n.*?```\n(.*?)```", readme, flags=re.DOTALL)
    listed: set[str] = set()
    folder = ""
    for line in block.splitlines():
        if not line.strip():
            continue
        path = line.split()[0]
        if line.startswith("  "):
            path = f"{folder}{path}"
        elif path.endswith("/"):
            folder = path
        listed.add(path.rstrip("/"))
        assert (root / path).exists(), path
    for package in ("edge", "analytics"):
        rooms = {
            f"{package}/{p.name}"
            for p in (root / package).iterdir()
            if (p.suffix == ".py" and p.name != "__init__.py") or (p.is_dir() and p.name != "__pycache__")
        }
        assert rooms <= listed, rooms - listed
