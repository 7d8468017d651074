"""``[segments]``: how members are grouped."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table

_MOST = 12
Groups = Annotated[StrictInt, Field(ge=0, le=_MOST)]


class SegmentSettings(Table):
    """``[segments]``; see ``segments.SegmentRules``.

    Attributes:
        clusters: So many groups by habits; 0: as many as the data say.
        tastes: So many groups by what is bought; 0: as many as the data say.
        least_members: Fewer members are not grouped.
        least_things: A member who bought fewer things has no taste yet.
    """

    clusters: Groups = 0
    tastes: Groups = 0
    least_members: Annotated[StrictInt, Field(ge=20, le=100_000)] = 50
    least_things: Annotated[StrictInt, Field(ge=1, le=100)] = 5
