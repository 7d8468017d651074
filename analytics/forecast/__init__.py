"""How many people will come: forecasters, the backtest that chooses among them, and their intervals.

To add a forecaster, write a function as described in ``models`` and name it in ``FORECASTERS``: it is shown as soon
as it beats the same hour last week and every other.
"""

from .judging import HORIZON_DAYS, backtest, forecast
from .models import FORECASTERS, NAIVE, Forecaster

__all__ = ["FORECASTERS", "HORIZON_DAYS", "NAIVE", "Forecaster", "backtest", "forecast"]
