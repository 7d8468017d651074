"""From settings to what is reached over a connection: databases, mail, a web address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jobs import Landing
from ..notify import Hook, Mailer, Notifier
from ..settings.live import QuerySettings, reveal
from ..sources import SOURCES, Query, SourceError
from ..sources.connecting import where

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings


def landing_of(settings: Settings) -> Landing:
    """Where rows land, and the queries. One that cannot be asked as it stands is said at every import."""
    queries: list[Query] = []
    broken: list[str] = []
    for found in settings.queries:
        place = f"{settings.file}: queries: {found.name}"
        try:
            queries.append(_query(found, settings.file.parent, {query.name for query in queries}))
        except (ValueError, SourceError) as error:
            broken.append(f"{place}: {error}")
    return Landing(settings.resolve(settings.landing.folder), tuple(queries), tuple(broken))


def _query(found: QuerySettings, folder: Path, names: set[str]) -> Query:
    if found.kind not in SOURCES:
        raise ValueError(f"kind: {found.kind!r}: unknown kind; known are {', '.join(SOURCES)}")
    if found.name in names:
        raise ValueError("name: another query has this name, and each keeps its own watermark")
    url = reveal(found.url, folder)
    where(url)
    given = found.model_dump(include={"name", "kind", "sql", "watermark", "begin", "overlap"})
    return Query(url=url, folder=folder.resolve(), **given)


def notifier_of(settings: Settings) -> Notifier:
    """Who is told what. What cannot be sent as the settings stand is said in the place of sending."""
    broken: list[str] = []
    mail = hook = None
    email = settings.email
    if email is not None:
        try:
            password = None if email.password is None else reveal(email.password, settings.file.parent)
        except ValueError as error:
            broken.append(f"{settings.file}: email.password: {error}")
        else:
            given = email.model_dump(include={"host", "port", "sender", "to", "security", "user"})
            mail = Mailer(password=password, **given)
    if settings.alerts.webhook is not None:
        try:
            hook = Hook(reveal(settings.alerts.webhook, settings.file.parent))
        except ValueError as error:
            broken.append(f"{settings.file}: alerts.webhook: {error}")
    reports, failures = (email.reports, email.failures) if email is not None else (False, False)
    return Notifier(mail=mail, hook=hook, reports=reports, failures=failures, broken=tuple(broken))
