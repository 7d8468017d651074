"""The settings file: TOML in, frozen settings out; every error is collected before one is raised.

What the store is and when it is open is not here: those are rows, written by the edge.
"""

from __future__ import annotations

import difflib
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
)


class SettingsError(Exception):
    """The settings file breaks rules.

    Attributes:
        errors: One line each: ``FILE: key: value: rule``.
    """

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def _read_time(value: object) -> time:
    try:
        # A bare TOML time such as 04:15:00 is a time already.
        found = value if isinstance(value, time) else time.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("must be a time of day such as '04:15'") from error
    if found < time(3) or found.tzinfo is not None:
        raise ValueError("must lie between 03:00 and 23:59, store-local: before 03:00 clocks may change")
    return found


def _read_day(value: object) -> date:
    if type(value) is not date:  # a TOML date-time is a date, too, for isinstance
        raise ValueError("must be a date such as 2025-12-25, without quotes")
    return value


def _read_hours(value: object) -> dict[date, tuple[int, int]]:
    """Days with hours of their own: ``{"2025-12-24": "09:00-14:00"}`` as minutes after local midnight."""
    if not isinstance(value, dict):
        raise ValueError("must be a table of days, such as 2025-12-24 = '09:00-14:00'")  # noqa: TRY004 - for pydantic
    found = {}
    for day, text in value.items():
        try:
            opens, closes = (time.fromisoformat(part.strip()) for part in str(text).split("-"))
            key = date.fromisoformat(day)
        except ValueError as error:
            raise ValueError(f"{day} = {text!r} must be like 2025-12-24 = '09:00-14:00'") from error
        if opens >= closes:
            raise ValueError(f"{day} = {text!r} must open before it closes")
        found[key] = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    return found


def _read_spans(value: object) -> tuple[tuple[int, int], ...]:
    """Spans of the day: ``["08:30-09:15"]`` as minutes after local midnight; one may go over midnight."""
    if not isinstance(value, list):
        raise ValueError("must be a list of spans such as ['08:30-09:15']")  # noqa: TRY004 - for pydantic
    found = []
    for text in value:
        try:
            begins, ends = (time.fromisoformat(part.strip()) for part in str(text).split("-"))
        except ValueError as error:
            raise ValueError(f"{text!r} must be a span such as '08:30-09:15'") from error
        if begins == ends:
            raise ValueError(f"{text!r} must end at another time than it begins")
        found.append((begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute))
    return tuple(found)


Text = Annotated[StrictStr, Field(min_length=1)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=86_400, allow_inf_nan=False)]
Files = tuple[Text, ...]


class Table(BaseModel):
    """A frozen table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(Table):
    """``[database]``."""

    path: Text = "footfall.sqlite"


class SourceSettings(Table):
    """``[sources]``: paths or globs, and where rejected rows go."""

    receipts: Files = ()
    receipt_lines: Files = ()
    rfid_reads: Files = ()
    members: Files = ()
    products: Files = ()
    rejects: Text = "rejects"


class RuleSettings(Table):
    """``[rules]``: which entries are visits."""

    hold: StrictBool = True
    open_hours_only: StrictBool = True
    re_entry_s: Seconds | None = None
    short_visit_s: Seconds | None = None
    staff_zones: tuple[Text, ...] = ()
    staff_zone_s: Seconds = 60.0
    staff_after_s: Seconds | None = None
    staff_hours: Annotated[tuple[tuple[int, int], ...], PlainValidator(_read_spans)] = ()
    group_s: Seconds | None = None
    group_reach: Annotated[float, Field(strict=True, gt=0, le=20, allow_inf_nan=False)] = 1.0


class ZoneSettings(Table):
    """``[zones]``: what a stay in a zone and in a queue must be."""

    min_stay_s: dict[str, Seconds] = Field(default_factory=dict)
    min_wait_s: Seconds = 5.0
    served_within_s: Seconds = 20.0


class CalendarSettings(Table):
    """``[calendar]``: days on which the store stays shut, and days with hours of their own."""

    closed: tuple[Annotated[date, PlainValidator(_read_day)], ...] = ()
    hours: Annotated[dict[date, tuple[int, int]], PlainValidator(_read_hours)] = Field(default_factory=dict)


class MatchSettings(Table):
    """``[match]``: receipts and stays at the till."""

    window_s: Seconds = 120.0


class ForecastSettings(Table):
    """``[forecast]``."""

    days: Annotated[StrictInt, Field(ge=1, le=60)] = 14


class ReportSettings(Table):
    """``[report]``."""

    folder: Text = "report"
    days: Annotated[StrictInt, Field(ge=1, le=3660)] = 182


class ScheduleSettings(Table):
    """``[schedule]``: store-local time of the nightly run."""

    at: Annotated[time, PlainValidator(_read_time)] = time(4, 15)
    again_days: Annotated[StrictInt, Field(ge=1, le=366)] = 3


class Settings(Table):
    """The whole file.

    Attributes:
        file: Where it was read from; its folder is what paths are relative to.
    """

    file: Path
    database: DatabaseSettings = DatabaseSettings()
    sources: SourceSettings = SourceSettings()
    rules: RuleSettings = RuleSettings()
    zones: ZoneSettings = ZoneSettings()
    calendar: CalendarSettings = CalendarSettings()
    match: MatchSettings = MatchSettings()
    forecast: ForecastSettings = ForecastSettings()
    report: ReportSettings = ReportSettings()
    schedule: ScheduleSettings = ScheduleSettings()

    def resolve(self, path: str) -> Path:
        """A path of the file, relative to the file."""
        return (self.file.parent / path).resolve()

    @property
    def database_path(self) -> Path:
        """Where facts and results are."""
        return self.resolve(self.database.path)

    def files(self, kind: str) -> list[Path]:
        """The files of one kind of source, by name; a path without ``*`` is listed although it may be missing."""
        found: list[Path] = []
        for pattern in getattr(self.sources, kind):
            if not any(sign in pattern for sign in "*?["):
                found.append(self.resolve(pattern))
                continue
            # Globs want a pattern below a folder: the folder is what stands before the first part with a sign.
            parts = Path(pattern).parts
            plain = next(i for i, part in enumerate(parts) if any(sign in part for sign in "*?["))
            found += sorted(self.resolve(str(Path(*parts[:plain]))).glob(str(Path(*parts[plain:]))))
        return list(dict.fromkeys(path for path in found if not path.is_dir()))


def load(path: Path) -> Settings:
    """Reads a settings file.

    Raises:
        SettingsError: With every error in it.
    """
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError([f"{path}: line {line}: not UTF-8 text"]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from error
    errors = [f"{path}: file: {raw.pop('file')!r}: unknown key"] if "file" in raw else []
    try:
        settings = Settings.model_validate(raw | {"file": path})
    except ValidationError as error:
        errors += [_line(path, found) for found in error.errors(include_url=False)]
        raise SettingsError(errors) from error
    if errors:
        raise SettingsError(errors)
    return settings


_RULES = {
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "tuple_type": "must be a list",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "value_error": "{error}",
}


def _line(path: Path, error: Any) -> str:
    place: tuple[str | int, ...] = error["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    kind = error["type"]
    rule = f"unknown key{_near(place)}" if kind == "extra_forbidden" else str(error["msg"])
    if kind in _RULES:
        rule = _RULES[kind].format(**error.get("ctx", {}))
    return f"{path}: {key}: {error['input']!r}: {rule}"


def _near(place: tuple[str | int, ...]) -> str:
    table: type[BaseModel] = Settings
    for part in place[:-1]:
        inner = table.model_fields[str(part)].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            table = inner
    known = [name for name in table.model_fields if name != "file"]
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
