"""The loop: frames in, facts out."""

from .gate import BLIND, LAG
from .loop import Parts, Step, steps
from .rules import ALGORITHM, Rules

__all__ = ["ALGORITHM", "BLIND", "LAG", "Parts", "Rules", "Step", "steps"]
