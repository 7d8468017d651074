"""What can go wrong in an audit."""

from __future__ import annotations


class AuditError(Exception):
    """The audit cannot be done as asked; the message names window, camera or file, and the rule."""
