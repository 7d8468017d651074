"""``[landing]``, ``[[queries]]``, ``[push]``, ``[email]``, ``[alerts]``: what is reached over a connection.

Whatever is secret may stay out of the file: ``env:NAME`` is what the environment variable ``NAME`` holds, ``file:PATH``
the first line of a file. Both are read when they are used, so that commands that need no secret ask for none.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PlainValidator, StrictBool, StrictInt, StrictStr, model_validator

from .base import Table, Text

if TYPE_CHECKING:
    from pathlib import Path

# Their values appear in no message.
SECRETS = frozenset({"password", "token", "url", "webhook"})

Port = Annotated[StrictInt, Field(ge=1, le=65_535)]


def _read_begin(value: object) -> int | str | datetime | date:
    if isinstance(value, bool) or not isinstance(value, (int, str, date)):  # a time is a date, too
        raise ValueError("must be a time, a day, text or a whole number")  # noqa: TRY004 - for pydantic
    return value


Begin = Annotated[int | str | datetime | date, PlainValidator(_read_begin)]


class LandingSettings(Table):
    """``[landing]``: where rows from databases and pushes are kept until they are imported."""

    folder: Text = "landing"


class QuerySettings(Table):
    """One of ``[[queries]]``: a kind of sales data that is asked from a database."""

    name: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    kind: Text
    url: Text
    sql: Text
    watermark: Text | None = None
    begin: Begin | None = None
    overlap: Annotated[float, Field(ge=0, le=31 * 86_400, allow_inf_nan=False)] = 3600.0

    @model_validator(mode="after")
    def _whole(self) -> QuerySettings:
        if (self.watermark is None) != (self.begin is None):
            raise ValueError("watermark and begin go together: the column, and its value to begin after")
        if (self.watermark is None) == (":watermark" in self.sql):
            raise ValueError("a query with a watermark says ':watermark' where its value goes, one without does not")
        return self


class PushSettings(Table):
    """``[push]``: tills that send their sales to ``footfall-analytics receive``."""

    port: Port = 8790
    token: Text | None = None
    most_mb: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 5.0


class EmailSettings(Table):
    """``[email]``: the mail server, who gets mail, and which."""

    host: Text
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text | None = None
    password: Text | None = None
    sender: Text
    to: Annotated[tuple[Text, ...], Field(min_length=1)]
    reports: StrictBool = True
    failures: StrictBool = True


class AlertSettings(Table):
    """``[alerts]``: a web address that is told when a night fails."""

    webhook: Text | None = None


def reveal(value: str, folder: Path) -> str:
    """A secret itself.

    Args:
        value: ``env:NAME``, ``file:PATH``, or the secret.
        folder: Where relative paths begin.

    Raises:
        ValueError: There is no such variable or file; names it.
    """
    if value.startswith("env:"):
        name = value.removeprefix("env:")
        found = os.environ.get(name)
        if not found:
            raise ValueError(f"the environment variable {name} is not set")
        return found
    if value.startswith("file:"):
        path = (folder / value.removeprefix("file:")).resolve()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{path}: not UTF-8 text") from None
        if not lines or not lines[0].strip():
            raise ValueError(f"{path}: its first line is empty")
        return lines[0].strip()
    return value
