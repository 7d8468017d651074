"""The work of quiet hours: copies, retention, space. In a thread of its own, so that counting goes on."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..contract import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

# A PC that is switched off at night never sees the quiet hours: then the work is done when this much time has passed.
OVERDUE = timedelta(hours=36)
# Not in the first minutes: a process that is started again and again must not copy again and again.
SETTLED = timedelta(minutes=10)
FAREWELL_S = 0.3  # it may be cut off anywhere


class NightShift:
    """Starts the nightly work once in each night's quiet hours, or when it is overdue.

    Args:
        work: Does it; told the time and whether the hour is a quiet one.
        quiet_hours: Minutes after local midnight: from, to.
        time_zone: The store's.
        last: When the work was last done; None: never.
    """

    def __init__(
        self,
        work: Callable[[datetime, bool], None],
        quiet_hours: tuple[int, int],
        time_zone: str,
        last: datetime | None,
    ) -> None:
        self._work = work
        self._quiet_hours = quiet_hours
        self._zone = ZoneInfo(time_zone)
        self._last = last
        self._began: datetime | None = None
        self._thread: threading.Thread | None = None

    def tick(self, now: datetime) -> bool:
        """Looks at the clock; starts the work if it is due, and says so."""
        self._began = self._began or now
        if self._thread is not None and self._thread.is_alive():
            return False
        local = now.astimezone(self._zone)
        begins, ends = self._quiet_hours
        quiet = begins <= local.hour * 60 + local.minute < ends
        tonight = quiet and (self._last is None or self._last.astimezone(self._zone).date() != local.date())
        settled = now - self._began >= SETTLED
        overdue = settled and (self._last is None or now - self._last >= OVERDUE)
        if not (tonight or overdue):
            return False
        self._last = now
        self._thread = threading.Thread(target=self._run, args=(now, quiet), name="night shift", daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        """Waits a little for work that goes on; what is cut off is done again another night."""
        if self._thread is not None:
            self._thread.join(FAREWELL_S)

    def _run(self, now: datetime, quiet: bool) -> None:
        try:
            self._work(now, quiet)
        except ContractError as error:
            log.error("the nightly work failed, it is tried again when it is due next: %s", error)  # noqa: TRY400
        except Exception:
            log.exception("the nightly work failed; it is tried again when it is due next")
