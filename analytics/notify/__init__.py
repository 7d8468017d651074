"""Telling people: the report by e-mail, a failed night by e-mail and to a web address."""

from __future__ import annotations

from .hook import Hook
from .mail import Mailer
from .notifier import Notifier
from .words import SendError

__all__ = ["Hook", "Mailer", "Notifier", "SendError"]
