"""What every table of the settings file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

Text = Annotated[StrictStr, Field(min_length=1)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=86_400, allow_inf_nan=False)]
Files = tuple[Text, ...]


class Table(BaseModel):
    """A frozen table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
