"""What is known of a day without having watched it: holidays, events, promotions, retail weeks, weather, who worked."""

from .days import Dated, KnownDays, calendar_days, ordinary
from .public import CalendarError, public_holidays
from .retail import RetailWeek, retail_week, retail_weeks, retail_year, weeks_in
from .rota import labour_hours

__all__ = [
    "CalendarError",
    "Dated",
    "KnownDays",
    "RetailWeek",
    "calendar_days",
    "labour_hours",
    "ordinary",
    "public_holidays",
    "retail_week",
    "retail_weeks",
    "retail_year",
    "weeks_in",
]
