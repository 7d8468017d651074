"""When an alert opens and when it is over. Pure: findings and a time in, alerts out.

An alert opens when its finding held for long enough without a break, and closes when it did not hold for a steady
while. What comes back within an hour must be steady for twice as long before it counts as over: a bad cable makes
two messages, then four, and not hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..events import Alert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..events import AlertKind

CALM_S = 60.0
LONGEST_CALM_S = 1800.0
# Coming back within this time makes the calm longer; the same sentence is not said twice within it.
AGAIN_S = 3600.0


@dataclass(frozen=True, slots=True)
class Topic:
    """What an alert can be about.

    Attributes:
        kind: Its kind.
        rule: The rule of that kind.
        camera: Id of the camera; None where it is about the store or the machine.
        place: Id of the zone, where it is about one.
    """

    kind: AlertKind
    rule: str
    camera: str | None = None
    place: str | None = None

    def key(self, store: str) -> str:
        """Names it: the beginning of the ids of its alerts."""
        return "/".join([store, self.rule, *(part for part in (self.camera, self.place) if part is not None)])


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds about a topic at one moment.

    Attributes:
        topic: What it is about.
        holds: Whether it holds; None where nobody can tell.
        since: Since when.
        for_s: How long it must hold to be worth an alert.
        words: What a person is told when it does.
        over: What a person is told when it is over.
    """

    topic: Topic
    holds: bool | None
    since: datetime
    for_s: float
    words: str
    over: str


@dataclass(slots=True)
class _Page:
    """What is known of one topic.

    Attributes:
        since: Since when the finding holds; None while it does not.
        alert: The open alert.
        calm: Since when the finding does not hold any more, while the alert is still open.
        calm_s: For how long it must not.
        closed: When the last alert was closed.
    """

    since: datetime | None = None
    alert: Alert | None = None
    calm: datetime | None = None
    calm_s: float = CALM_S
    closed: datetime | None = None


class AlertBook:
    """Every topic's state.

    Args:
        store: Id of the store.
        open_alerts: Those that an earlier process left open: they go on, and are not opened again.
    """

    def __init__(self, store: str, open_alerts: Iterable[Alert] = ()) -> None:
        self._store = store
        self._pages: dict[str, _Page] = {}
        self._noted: dict[tuple[AlertKind, str], datetime] = {}
        for alert in open_alerts:
            if alert.id.startswith(f"{store}/") and alert.closed is None:
                self._pages[alert.id.rpartition("/")[0]] = _Page(alert=alert)

    @property
    def open(self) -> tuple[Alert, ...]:
        """The open alerts, the oldest first."""
        found = [page.alert for page in self._pages.values() if page.alert is not None]
        return tuple(sorted(found, key=lambda alert: (alert.opened, alert.id)))

    def observe(self, findings: Iterable[Finding], at: datetime) -> list[Alert]:
        """Takes what all rules find at one moment.

        Returns:
            Alerts that opened, with ``closed`` None, and alerts that closed.
        """
        told: list[Alert] = []
        found = set()
        for finding in findings:
            key = finding.topic.key(self._store)
            found.add(key)
            page = self._pages.setdefault(key, _Page())
            if finding.holds:
                told += self._hold(page, key, finding, at)
                continue
            page.since = None
            if finding.holds is None:
                page.calm = None
            else:
                told += self._calm(page, finding.over, at)
        for key in self._pages.keys() - found:  # a camera or a rule that is no longer in the settings
            told += self._calm(self._pages[key], None, at)
        return told

    def note(self, kind: AlertKind, at: datetime, words: str) -> list[Alert]:
        """Something that has no length: opened and closed at once. The same words again within the hour are left out.

        Returns:
            One alert, or none.
        """
        self._noted = {what: when for what, when in self._noted.items() if timedelta(0) <= at - when < _s(AGAIN_S)}
        if (kind, words) in self._noted:
            return []
        self._noted[kind, words] = at
        number = len(self._noted)  # tells two in one millisecond apart
        key = f"{Topic(kind, f'{kind}-note').key(self._store)}/{number}"
        return [Alert(_id(key, at), kind, None, None, at, at, words)]

    def _hold(self, page: _Page, key: str, finding: Finding, at: datetime) -> list[Alert]:
        page.calm = None
        page.since = min(page.since or finding.since, at)  # not later, should the clock have been set back
        opens = page.since + _s(finding.for_s)
        if page.alert is not None or opens > at:
            return []
        back = page.closed is not None and at - page.closed < _s(AGAIN_S)
        page.calm_s = min(page.calm_s * 2, LONGEST_CALM_S) if back else CALM_S
        topic = finding.topic
        page.alert = Alert(_id(key, opens), topic.kind, topic.camera, topic.place, opens, None, finding.words)
        return [page.alert]

    @staticmethod
    def _calm(page: _Page, words: str | None, at: datetime) -> list[Alert]:
        if page.alert is None:
            return []
        words = words if words is not None else f"no longer watched: {page.alert.words}"
        page.calm = min(page.calm or at, at)
        if at - page.calm < _s(page.calm_s):
            return []
        closed = replace(page.alert, closed=max(page.calm, page.alert.opened), words=words)
        page.alert, page.calm, page.closed = None, None, at
        return [closed]


def _id(key: str, at: datetime) -> str:
    """Names one occurrence; the same however often it is worked out."""
    return f"{key}/{at.astimezone(UTC):%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z"


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
