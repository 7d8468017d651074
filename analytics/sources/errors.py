"""What can go wrong where data come in."""

from __future__ import annotations


class SourceError(Exception):
    """A source cannot be read; the message names the file or database, the place in it, and the rule."""


class FactsError(SourceError):
    """The facts of the edge cannot be read."""
