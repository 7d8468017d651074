"""The settings file: TOML in, frozen settings out; every error is collected before one is raised.

What the store is and when it is open is not here: those are rows, written by the edge.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from .anomalies import AnomalySettings
from .archive import ArchiveSettings
from .base import Table, Text
from .baskets import BasketSettings
from .calendar import CalendarSettings
from .churn import ChurnSettings
from .demand import DemandSettings
from .describe import DescribeSettings
from .kpis import KpiSettings
from .live import SECRETS, AlertSettings, EmailSettings, LandingSettings, PushSettings, QuerySettings
from .network import NetworkSettings
from .output import ReportSettings, ScheduleSettings
from .recommend import RecommendSettings
from .rfid import MemberSettings, RfidSettings
from .rules import ForecastSettings, MatchSettings, RuleSettings, ZoneSettings
from .segments import SegmentSettings
from .sources import SourceSettings
from .value import ValueSettings


class SettingsError(Exception):
    """The settings file breaks rules.

    Attributes:
        errors: One line each: ``FILE: key: value: rule``.
    """

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class DatabaseSettings(Table):
    """``[database]``."""

    path: Text = "footfall.sqlite"


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
    rfid: RfidSettings = RfidSettings()
    members: MemberSettings = MemberSettings()
    kpis: KpiSettings = KpiSettings()
    forecast: ForecastSettings = ForecastSettings()
    describe: DescribeSettings = DescribeSettings()
    baskets: BasketSettings = BasketSettings()
    recommend: RecommendSettings = RecommendSettings()
    value: ValueSettings = ValueSettings()
    churn: ChurnSettings = ChurnSettings()
    demand: DemandSettings = DemandSettings()
    anomalies: AnomalySettings = AnomalySettings()
    network: NetworkSettings = NetworkSettings()
    segments: SegmentSettings = SegmentSettings()
    report: ReportSettings = ReportSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    archive: ArchiveSettings = ArchiveSettings()
    landing: LandingSettings = LandingSettings()
    queries: tuple[QuerySettings, ...] = ()
    push: PushSettings = PushSettings()
    email: EmailSettings | None = None
    alerts: AlertSettings = AlertSettings()

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
    "missing": "must be given",
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
    hidden = kind == "missing" or not SECRETS.isdisjoint(map(str, place)) or _holds_secrets(error["input"])
    return f"{path}: {key}: {rule}" if hidden else f"{path}: {key}: {error['input']!r}: {rule}"


def _holds_secrets(value: object) -> bool:
    if isinstance(value, dict):
        return not SECRETS.isdisjoint(value) or any(map(_holds_secrets, value.values()))
    return isinstance(value, list) and any(map(_holds_secrets, value))


def _near(place: tuple[str | int, ...]) -> str:
    table: type[BaseModel] = Settings
    for part in place[:-1]:
        field = table.model_fields.get(str(part))  # none: the place in a list of tables
        kinds = (field.annotation, *get_args(field.annotation)) if field is not None else ()
        table = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), table)
    known = [name for name in table.model_fields if name != "file"]
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
