"""What a question about customers was answered with, or why it was not: said in the report, never left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .contract import BOOL, DAY, NUM, TEXT, Column, Contract, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

# Why there is no answer. ``have`` and ``need`` of the row say how much there is and how much it takes.
WHY = (
    "no_members",
    "few_members",
    "no_receipts",
    "few_receipts",
    "few_purchases",
    "few_products",
    "few_days",
    "few_groups",
    "few_meetings",
    "no_variation",
    "one_class",
    "no_description",
    "no_rota",
    "no_rule",
    "no_camera",
    "not_identified",
    "not_better",
)
ANSWERS = Contract(
    "answer",
    (
        Column("topic", TEXT),
        Column("question", TEXT),
        Column("as_of", DAY),
        Column("answered", BOOL),
        Column("why", TEXT, "why not", null=True, allowed=WHY),
        Column("have", NUM, "how much there is", null=True),
        Column("need", NUM, "how much it takes", null=True),
    ),
    key=("topic", "question"),
    time="as_of",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one question was answered.

    Attributes:
        question: Its name, unique within the topic.
        why: One of ``WHY``; None: it was answered.
        have: How much of what it takes there is.
        need: How much it takes.
    """

    question: str
    why: str | None = None
    have: float | None = None
    need: float | None = None


def answer_rows(topic: str, as_of: date, found: Sequence[Answer]) -> pd.DataFrame:
    """``ANSWERS`` of one topic.

    Args:
        topic: The room that was asked.
        as_of: The last business day it looked at.
        found: One for every question, answered or not.

    Raises:
        FrameError: A reason is unknown, or a question appears twice.
    """
    rows = pd.DataFrame(
        {
            "topic": pd.Series([topic] * len(found), dtype="str"),
            "question": pd.Series([one.question for one in found], dtype="str"),
            "as_of": pd.Series([pd.Timestamp(as_of)] * len(found), dtype="datetime64[ms]"),
            "answered": pd.Series([one.why is None for one in found], dtype="bool"),
            "why": pd.Series([one.why for one in found], dtype="str"),
            "have": pd.Series([one.have for one in found], dtype="float64"),
            "need": pd.Series([one.need for one in found], dtype="float64"),
        }
    )
    return check(rows, ANSWERS)
