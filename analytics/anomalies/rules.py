"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass

_DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class AnomalyRules:
    """When something does not fit.

    Attributes:
        weeks: An hour is held against the same weekday and hour of so many weeks before.
        false_alarms: So many false alarms of each measure a month are accepted. The tests are careful: of all measures
            of a store together about a third of one a month was counted.
        least_outage_s: An outage of the cameras is told from so much lost opening time a day on.
    """

    weeks: int = 6
    false_alarms: float = 0.15
    least_outage_s: float = 1800.0

    @property
    def alarm(self) -> float:
        """The accepted rate of false alarms of a measure, a day."""
        return self.false_alarms / _DAYS_A_MONTH
