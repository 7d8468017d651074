"""From the settings' ``[alerts]`` to what the room of alerts takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..alerts import Email, Limits, Mqtt, Webhook
from ..hours import StoreHours
from .build import UsageError

if TYPE_CHECKING:
    from ..alerts import Channel
    from ..settings import Settings


def limits_of(settings: Settings) -> Limits:
    """From when on something is worth an alert."""
    found = settings.alerts
    return Limits(found.camera_down_s, found.occupancy, found.queue_s, found.disk_free_mb, found.clock_jump_s)


def channels_of(settings: Settings) -> tuple[Channel, ...]:
    """Where messages go.

    Raises:
        UsageError: An address is none.
    """
    alerts = settings.alerts
    channels: list[Channel] = []
    try:
        if alerts.webhook is not None:
            channels.append(Webhook(alerts.webhook.url))
        if alerts.mqtt is not None:
            broker = alerts.mqtt
            channels.append(Mqtt(broker.host, broker.port, broker.topic, broker.user, broker.password, broker.tls))
        if alerts.email is not None:
            mail = alerts.email
            channels.append(Email(mail.host, mail.port, mail.sender, mail.to, mail.security, mail.user, mail.password))
    except ValueError as error:
        raise UsageError(f"{settings.file}: {error}") from None
    return tuple(channels)


def hours_of(settings: Settings) -> StoreHours:
    """When the store is open."""
    return StoreHours(settings.store.opening_hours.days, settings.store.time_zone)
