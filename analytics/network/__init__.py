"""Who buys or visits together, as a graph."""

from .rules import NetworkRules

__all__ = ["NetworkRules"]
