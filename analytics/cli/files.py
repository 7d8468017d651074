"""From settings to how files are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..imports import ImportRules, sort_inbox
from ..money import DECIMALS
from ..settings import SettingsError
from ..sources import SOURCES, Layout, Source, SourceError, layout_of, looks, needed

if TYPE_CHECKING:
    from ..jobs import Context
    from ..settings import Settings
    from ..settings.sources import FormatSettings


def rules_of(settings: Settings) -> ImportRules:
    """How files are imported.

    Raises:
        SettingsError: A format speaks of a kind or column that does not exist, or a rate of no currency.
    """
    found = settings.sources
    wrong = [
        f"{settings.file}: sources.format[{number}]: {text}"
        for number, one in enumerate(found.format)
        for text in _mistakes(one)
    ]
    wrong += [f"{settings.file}: sources.rates: {code!r}: no currency has this code" for code in _unknown(found.rates)]
    if wrong:
        raise SettingsError(wrong)
    return ImportRules(
        layouts=tuple(_layout(one) for one in found.format),
        inbox=None if found.inbox is None else settings.resolve(found.inbox),
        settle_s=found.settle_s,
        most_mb=found.most_mb,
        corrections=found.corrections,
        tax=found.tax,
        tills=found.tills,
        rates=found.rates,
    )


def looks_of(context: Context, settings: Settings) -> list[str]:
    """What is detected about the form of the files and of the inbox, one line each; the documented form is not told."""
    rules = context.plan.imports
    inbox, told = sort_inbox(rules)
    for kind, source in SOURCES.items():
        for path in [*(path for path in settings.files(kind) if path.is_file()), *inbox.get(kind, ())]:
            layout = layout_of(rules.layouts, kind, path.name)
            try:
                told += [f"{path}: {note}" for note in looks(path, layout, needed(source, layout))]
            except SourceError as error:
                told.append(str(error))
    return told


def _unknown(rates: dict[str, str]) -> list[str]:
    return sorted(set(rates) - set(DECIMALS))


def _mistakes(one: FormatSettings) -> list[str]:
    source: Source | None = SOURCES.get(one.kind)
    if source is None:
        return [f"kind: {one.kind!r}: unknown kind; known are {', '.join(SOURCES)}"]
    names = [f.name for f in source.fields]
    strange = sorted({*one.columns, *one.constants} - set(names))
    wrong = [f"columns: {name!r}: unknown column; known are {', '.join(names)}" for name in strange]
    strange = sorted(set(one.words) - {f.name for f in source.fields if f.kind in ("text", "flag")})
    wrong += [f"words: {name!r}: no column of words; such are consent of members" for name in strange]
    if one.thousands == one.decimal:
        wrong.append(f"thousands: {one.thousands!r}: must differ from decimal")
    return wrong


def _layout(one: FormatSettings) -> Layout:
    return Layout(
        kind=one.kind,
        files=one.files,
        columns=one.columns,
        constants=one.constants,
        dates=one.dates or "",
        delimiter=one.delimiter or "",
        decimal=one.decimal,
        thousands=one.thousands or "",
        encoding=one.encoding or "",
        kinds={word.lower(): kind for kind, words in one.kinds.items() for word in words},
        words={
            name: {word.lower(): value for value, words in values.items() for word in words}
            for name, values in one.words.items()
        },
        signed=one.signed,
    )
