"""Item sets, and rules that chance does not explain."""

from .rules import BasketRules

__all__ = ["BasketRules"]
