"""What the page says of customers and of what lies ahead: one module for each question.

Each has ``READS``, the tables it shows, and ``sections``, which says them or why there is nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sections import Section
from . import ahead, anomalies, baskets, churn, demand, describe, network, recommend, segments, value

if TYPE_CHECKING:
    from ..data import ReportData
    from ..language import Language

TOPICS = (ahead, anomalies, describe, segments, value, churn, demand, recommend, baskets, network)
READS = tuple(dict.fromkeys(contract for topic in TOPICS for contract in topic.READS))


def told(data: ReportData, say: Language) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections that there are, and a line for each that there is not, with the reason."""
    parts = {name: part for topic in TOPICS for name, part in topic.sections(data, say).items()}
    absent = (
        say("absent.line", part=say(f"{name}.title"), why=why) for name, why in parts.items() if isinstance(why, str)
    )
    return tuple(part for part in parts.values() if isinstance(part, Section)), tuple(absent)
