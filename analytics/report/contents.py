"""The parts of a page in order, and the list of them at its top: who looks for one thing need not read the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .language import Language
    from .sections import Section

# In the order of the page; each is a template.
GROUPS = ("store", "inside", "ahead", "customers", "goods", "trust")
# From so many sections on a list of them is shorter than the way past them.
_LONG = 14
# The topics that speak not of customers: which group they are in.
_ELSEWHERE = {
    "ahead": "ahead",
    "anomalies": "ahead",
    "demand": "goods",
    "demand_trial": "goods",
    "baskets": "goods",
    "tastes": "goods",
}
_HEADING = re.compile(r"<section((?: class=\"[^\"]*\")?)>(\s*<h2>)(.*?)(?=</h2>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of the page that answer one kind of question.

    Attributes:
        name: What it is called.
        anchor: Where its heading is.
        body: Its sections; each has the anchor of its entry.
        entries: Anchor and title of each section.
    """

    name: str
    anchor: str
    body: Markup
    entries: tuple[tuple[str, Markup], ...]


def by_group(topics: Mapping[str, Section]) -> dict[str, tuple[Section, ...]]:
    """The sections of the topics by the group they stand in."""
    return {
        group: tuple(part for name, part in topics.items() if _ELSEWHERE.get(name, "customers") == group)
        for group in GROUPS
    }


def grouped(bodies: Iterable[tuple[str, str]], say: Language) -> tuple[Group, ...]:
    """Groups of rendered sections that are not empty, with anchors put in.

    Args:
        bodies: Name of the group and its HTML, in order.
        say: The language.
    """
    found = []
    for name, body in bodies:
        entries: list[tuple[str, Markup]] = []

        def anchored(heading: re.Match[str], name: str = name, entries: list[tuple[str, Markup]] = entries) -> str:
            anchor = f"{name}-{len(entries) + 1}"
            entries.append((anchor, Markup(heading[3])))  # noqa: S704 - out of a template that escaped it
            return f'<section{heading[1]} id="{anchor}">{heading[2]}{heading[3]}'

        marked = Markup(_HEADING.sub(anchored, body))  # noqa: S704 - out of a template that escaped it
        if entries:
            found.append(Group(say(f"contents.{name}"), name, marked, tuple(entries)))
    return tuple(found)


def is_long(groups: Iterable[Group]) -> bool:
    """Whether the page needs a list of its parts."""
    return sum(len(group.entries) for group in groups) >= _LONG
