"""Sales files into tables: those of the settings, of the inbox, and what landed from databases and pushes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..imports import import_all, sort_inbox
from ..sources import SOURCES, SourceError
from .context import Context, Done, JobError
from .landing import land, put_away

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..frames import Window
    from ..imports import FileOutcome


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did.

    Attributes:
        outcomes: One for each file.
        errors: What could not be read or asked, one line each.
        told: What is left for the next run, one line each.
    """

    outcomes: Sequence[FileOutcome]
    errors: tuple[str, ...]
    told: tuple[str, ...]


def take_in(
    context: Context, kinds: Sequence[str] = tuple(SOURCES), files: Mapping[str, Sequence[Path]] | None = None
) -> Taken:
    """Imports everything that is there.

    Args:
        context: What a job may touch.
        kinds: Only these.
        files: These files by kind, and no others.

    Raises:
        ResultsError: The database refused.
    """
    plan = context.plan
    errors: list[str] = []
    told: list[str] = []
    shop = plan.imports.shop(context.time, context.facts.store.currency)
    found: dict[str, list[Path]] = {kind: list((files or {}).get(kind, ())) for kind in kinds}
    if files is None:
        inbox, told = sort_inbox(plan.imports)
        landed = None if plan.landing is None else land(context.results, plan.landing, kinds)
        errors = [] if landed is None else list(landed.errors)
        waiting = {} if landed is None else landed.files
        found = {
            kind: list(dict.fromkeys([*plan.files.get(kind, ()), *inbox.get(kind, ()), *waiting.get(kind, ())]))
            for kind in kinds
        }
    outcomes = list(import_all(context.results, found, shop, plan.rejects, plan.imports))
    if files is None and plan.landing is not None:
        try:
            put_away(outcomes, plan.landing)
        except SourceError as error:
            errors.append(str(error))
    errors += [str(o.error) for o in outcomes if o.error is not None and not o.waits]
    told += [str(o.error) for o in outcomes if o.waits]
    return Taken(outcomes, tuple(errors), tuple(told))


def run_import(context: Context, _: Window) -> Done:
    """Sales files into tables. Files that were imported before are not read again."""
    taken = take_in(context)
    if taken.errors:
        raise JobError(f"{len(taken.errors)} files or queries could not be read: {'; '.join(taken.errors)}")
    fresh = [o.imported for o in taken.outcomes if o.imported is not None and not o.known]
    rejected = sum(i.rows_rejected for i in fresh)
    notes = [f"{rejected} rows rejected, see {context.plan.rejects}"] if rejected else []
    return Done(rows=sum(i.rows_new + i.rows_changed for i in fresh), note="; ".join([*notes, *taken.told]) or None)
