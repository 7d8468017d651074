"""What the page says of customers and of what lies ahead: one module for each question.

Each has ``READS``, the tables it shows, and ``sections``, which says them or why there is nothing to say.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ...frames import ANSWERS
from ..periods import SPAN
from ..sections import Section
from . import ahead, anomalies, baskets, churn, demand, describe, network, recommend, segments, value

if TYPE_CHECKING:
    from datetime import date

    from ..data import ReportData
    from ..language import Language

# By what ``ANSWERS`` calls them, in the order of the page.
_NAMED = {
    "forecast": ahead,
    "anomalies": anomalies,
    "describe": describe,
    "segments": segments,
    "value": value,
    "churn": churn,
    "demand": demand,
    "recommend": recommend,
    "baskets": baskets,
    "network": network,
}
# Whose title is another message than that of their own name.
_TITLED = {"forecast": "ahead", "segments": "segment"}
TOPICS = tuple(_NAMED.values())
AHEAD = ahead.AHEAD
READS = tuple(dict.fromkeys(contract for topic in TOPICS for contract in topic.READS))


def told(data: ReportData, say: Language) -> tuple[dict[str, Section], tuple[str, ...]]:
    """The sections that there are by name, and a line for each that there is not, with the reason."""
    parts: dict[str, Section | str] = {}
    older: list[str] = []
    for name, topic in _NAMED.items():
        as_of, title = _as_of(data, name), _TITLED.get(name, name)
        if as_of is None:
            # Its job never ran, or never well: that nobody looked is not to be told as nothing found.
            parts[title] = say("absent.never")
            continue
        parts |= topic.sections(data, say)
        if as_of != data.until - timedelta(days=1) and data.kind == SPAN:
            older.append(say("absent.line", part=say(f"{title}.title"), why=say("absent.older", day=say.day(as_of))))
    absent = (
        say("absent.line", part=say(f"{name}.title"), why=why) for name, why in parts.items() if isinstance(why, str)
    )
    return {name: part for name, part in parts.items() if isinstance(part, Section)}, (*absent, *older)


def _as_of(data: ReportData, name: str) -> date | None:
    """The last day that a topic looked at; that of the report, where it does not ask; None: it was never computed."""
    if ANSWERS.name not in data.found or data.kind != SPAN:
        return data.until - timedelta(days=1)
    answers = data.of(ANSWERS)
    mine = answers.loc[answers["topic"] == name, "as_of"]
    return None if mine.empty else mine.max().date()
