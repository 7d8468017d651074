"""Who is leaving and who will buy again."""

from .features import NAMES, known
from .history import History, history, history_of
from .horizon import Split, days_of, split
from .measures import auc, auc_gain, brier, calibration_error
from .models import MODELS
from .outcome import Outcome, Plan, outcome, plan
from .reasons import REASONS
from .rules import ChurnRules
from .trial import RECENCY, RIVAL, Trial, held

__all__ = [
    "MODELS",
    "NAMES",
    "REASONS",
    "RECENCY",
    "RIVAL",
    "ChurnRules",
    "History",
    "Outcome",
    "Plan",
    "Split",
    "Trial",
    "auc",
    "auc_gain",
    "brier",
    "calibration_error",
    "days_of",
    "held",
    "history",
    "history_of",
    "known",
    "outcome",
    "plan",
    "split",
]
