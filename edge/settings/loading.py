"""Reading the settings file, and saying everything that is wrong with it at once."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .checks import shown
from .tables import TABLES, Settings

if TYPE_CHECKING:
    from pathlib import Path


class SettingsError(Exception):
    """The settings file breaks rules.

    Attributes:
        errors: One line each: ``FILE: key: value: rule``.
    """

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def load(path: Path) -> Settings:
    """Reads a settings file.

    Args:
        path: A TOML file.

    Raises:
        SettingsError: With every error in it.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError([f"{path}: line {line}: not UTF-8 text"]) from error
    return read(text, path)


def read(text: str, path: Path) -> Settings:
    """The settings in a text.

    Args:
        text: TOML.
        path: What errors call it; relative paths in it start at its folder.

    Raises:
        SettingsError: With every error in it.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from error
    errors: list[str] = []
    settings = None
    if "file" in raw:  # ours, not a key of the file
        errors.append(f"{path}: file: {shown(raw.pop('file'))}: unknown key")
    try:
        settings = Settings.model_validate(raw | {"file": path})
    except ValidationError as error:
        errors += [_line(path, found) for found in error.errors(include_url=False)]
    errors += [f"{path}: {key}: {shown(value)}: {rule}" for key, value, rule in _duplicates(raw)]
    if errors or settings is None:
        raise SettingsError(errors)
    return settings


def _line(path: Path, error: Any) -> str:
    """One of pydantic's errors as ``FILE: key: value: rule``."""
    place: tuple[str | int, ...] = error["loc"]
    kind: str = error["type"]
    value = "(missing)" if kind == "missing" else "(hidden)" if _hides(place, error) else shown(error["input"])
    return f"{path}: {_key(place)}: {value}: {_rule(kind, place, error)}"


def _hides(place: tuple[str | int, ...], error: Any) -> bool:
    """Whether a value may hold a password: one of ``[alerts]`` that should be one, or whose key nobody knows."""
    if isinstance(error["input"], dict):
        return True
    secret = place[-1] in {"password", "url", "webhook", "mqtt", "email"} or error["type"] == "extra_forbidden"
    return place[0] == "alerts" and secret


# pydantic's kinds of errors in our words; {limit} is what the value was held against.
RULES = {
    "missing": "must be given",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "tuple_type": "must be a list of tables",
    "greater_than": "must be greater than {limit:g}",
    "greater_than_equal": "must be at least {limit:g}",
    "less_than_equal": "must be at most {limit:g}",
    "literal_error": "must be one of {limit}",
    "string_pattern_mismatch": "must consist of a-z, 0-9, _ and -",
}
CURRENCY_RULE = "must be an ISO 4217 code: three capital letters such as 'EUR'"


def _rule(kind: str, place: tuple[str | int, ...], error: Any) -> str:
    if kind == "extra_forbidden":
        return "unknown key" + _suggestion(place)
    if kind == "string_pattern_mismatch" and place[-1] == "currency":
        return CURRENCY_RULE
    context = error.get("ctx", {})
    limit = next((context[k] for k in ("gt", "ge", "le", "min_length", "expected") if k in context), None)
    return RULES[kind].format(limit=limit) if kind in RULES else str(error["msg"])


def _key(place: tuple[str | int, ...]) -> str:
    key = ""
    for part in place:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _suggestion(place: tuple[str | int, ...]) -> str:
    table = TABLES[tuple(part for part in place[:-1] if isinstance(part, str))]
    known = [name for name in table.model_fields if name != "file"]
    near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _duplicates(raw: dict[str, Any]) -> list[tuple[str, object, str]]:
    """Ids that occur twice. Looked for in the raw file, so that they show up beside its other errors."""
    found: list[tuple[str, object, str]] = []

    def look(tables: object, key: str) -> list[dict[str, Any]]:
        entries = [t if isinstance(t, dict) else {} for t in tables] if isinstance(tables, list) else []
        ids = [repr(entry["id"]) if "id" in entry else None for entry in entries]
        for number, name in enumerate(ids):
            if name is not None and name in ids[:number]:
                found.append(
                    (f"{key}[{number}].id", entries[number]["id"], f"is also the id of {key}[{ids.index(name)}]")
                )
        return entries

    for number, camera in enumerate(look(raw.get("cameras"), "cameras")):
        for part in ("lines", "zones"):
            look(camera.get(part), f"cameras[{number}].{part}")
    return found
