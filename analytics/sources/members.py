"""Who holds a member card, and where it was read."""

from __future__ import annotations

from ..frames import CARD_SWIPES, MEMBERS
from .columns import Field, Source

MEMBER_FILE = Source(
    "members",
    MEMBERS,
    (
        Field("member_id", "text", "names the member"),
        Field("joined_on", "day", "such as 2026-03-01"),
        Field("age_band", "text", "such as 30-39", optional=True),
        Field("gender", "text", "as the member gave it", optional=True),
        Field("province", "text", "where the member lives", optional=True),
        Field("consent", "flag", "true or false: may purchases be linked to visits"),
    ),
)

SWIPE_FILE = Source(
    "card_swipes",
    CARD_SWIPES,
    (
        Field("member_id", "text", "the member card"),
        Field("reader_id", "text", "the till or gate that read it"),
        Field("swiped_at", "time", "ISO 8601; without an offset in the store's time"),
    ),
    repeats=True,
)
