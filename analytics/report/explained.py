"""The sections that explain the headline; and what the report cannot say, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import chance, goods, imported, selling
from .periods import DAY
from .sections import Section

if TYPE_CHECKING:
    from .data import ReportData
    from .language import Language


def explained(data: ReportData, say: Language) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections that there are, and a line for each that there is not, with the reason."""
    parts = {"split": selling.split(data, say), "lost": selling.lost(data, say)}
    if data.kind != DAY:
        parts["floor"] = selling.floor(data, say)
    parts |= {"funnel": goods.zone_funnel(data, say), "tried": goods.tried(data, say)}
    if data.kind != DAY:
        parts["chance"] = chance.differences(data, say)
    sections = [part for part in parts.values() if isinstance(part, Section)]
    absent = [
        say("absent.line", part=say(f"{name}.title"), why=why) for name, why in parts.items() if isinstance(why, str)
    ]
    for name, there in (
        ("queue", bool(data.inside.queues)),
        ("capture", data.inside.capture["passers"].notna().any()),
        ("zone", bool(data.zones)),
    ):
        if not there:
            absent.append(say("absent.line", part=say(f"{name}.title"), why=say(f"{name}.absent")))
    return (*sections, *chance.promotions(data, say)), tuple(absent)


def imports(data: ReportData, say: Language) -> tuple[Section, ...]:
    """What came in, and what is wrong with it."""
    found = (imported.files(data, say), imported.checks(data, say))
    return tuple(part for part in found if isinstance(part, Section))
