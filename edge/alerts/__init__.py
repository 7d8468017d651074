"""Telling people what they should know of: when an alert opens and closes, and the way of its messages to them."""

from .book import CALM_S, AlertBook, Finding, Topic
from .desk import AlertDesk
from .email import Email
from .message import ChannelError, Message
from .mqtt import Mqtt
from .outbox import Channel, Outbox
from .rules import NIGHT, Limits, findings
from .webhook import Webhook

__all__ = [
    "CALM_S",
    "NIGHT",
    "AlertBook",
    "AlertDesk",
    "Channel",
    "ChannelError",
    "Email",
    "Finding",
    "Limits",
    "Message",
    "Mqtt",
    "Outbox",
    "Topic",
    "Webhook",
    "findings",
]
