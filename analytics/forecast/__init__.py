"""What lies ahead: visits, transactions, conversion and sales, the backtest that chooses how, and who is needed for it.

To add a forecaster, write a function as described in ``models`` and name it in ``FORECASTERS``: it is shown as soon
as it beats the same hour last week and every other.
"""

from .models import FORECASTERS, NAIVE, Forecaster
from .outlook import HORIZON_DAYS, MEASURES, Outlook, backtest, forecast, outlook
from .staffing import LEAST_PEOPLE, days_ahead, staff_ahead
from .trials import LEAST_DAYS, LEAST_JUDGED

__all__ = [
    "FORECASTERS",
    "HORIZON_DAYS",
    "LEAST_DAYS",
    "LEAST_JUDGED",
    "LEAST_PEOPLE",
    "MEASURES",
    "NAIVE",
    "Forecaster",
    "Outlook",
    "backtest",
    "days_ahead",
    "forecast",
    "outlook",
    "staff_ahead",
]
