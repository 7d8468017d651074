"""Alerts to an MQTT broker: QoS 1, delivered when the broker has said that it has it."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from .deadline import STEP_S, WHOLE_S
from .message import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.client import Client

    from ..events import Channel
    from .message import Message

TURN_S = 0.2


@dataclass(frozen=True, slots=True)
class Mqtt:
    """A topic of a broker. Each message has a connection of its own: months lie between two.

    Attributes:
        host: Of the broker.
        port: The same.
        topic: Where messages go; not retained.
        user: For the broker; None: none.
        password: The same.
        tls: Whether the broker must show a certificate that this machine trusts.

    Raises:
        ValueError: The topic is no topic to publish to.
    """

    host: str
    port: int = 1883
    topic: str = "footfall/alerts"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    name: ClassVar[Channel] = "mqtt"

    def __post_init__(self) -> None:
        if not self.topic or set(self.topic) & set("+#\0"):
            raise ValueError(f"alerts.mqtt.topic: {self.topic!r}: must not be empty and hold no + or #")

    def send(self, message: Message) -> None:
        """Publishes one message and waits until the broker has it.

        Raises:
            ChannelError: The broker cannot be reached, refuses, or stays silent.
        """
        # Imported here: it takes a tenth of a second, and most days no message is sent.
        from paho.mqtt.client import Client, MQTTv311  # noqa: PLC0415
        from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode  # noqa: PLC0415

        where = f"{self.host}:{self.port}"
        answers: list[Any] = []
        client = Client(CallbackAPIVersion.VERSION2, f"footfall-{uuid4().hex[:12]}", protocol=MQTTv311)
        client.connect_timeout = STEP_S
        client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason)
        if self.user is not None:
            client.username_pw_set(self.user, self.password)
        if self.tls:
            client.tls_set_context(ssl.create_default_context())
        until = time.monotonic() + WHOLE_S
        try:
            client.connect(self.host, self.port, keepalive=round(WHOLE_S) * 2)
            self._wait_until(lambda: bool(answers), client, until)
            if answers[0].is_failure:
                raise failure(where, f"the broker refuses: {answers[0]}", self.password)
            sent = client.publish(self.topic, message.json.encode(), qos=1)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise failure(where, "the connection broke while publishing")
            self._wait_until(sent.is_published, client, until)
        except (OSError, ValueError, RuntimeError) as error:
            raise failure(where, str(error) or type(error).__name__, self.password) from None
        finally:
            client.disconnect()
            client.loop(0)

    def _wait_until(self, true: Callable[[], bool], client: Client, until: float) -> None:
        """Lets the client read and write until something is true; it has no thread of its own."""
        from paho.mqtt.client import error_string  # noqa: PLC0415
        from paho.mqtt.enums import MQTTErrorCode  # noqa: PLC0415

        where = f"{self.host}:{self.port}"
        while not true():
            result = client.loop(TURN_S)
            if true():  # a broker that refuses closes the connection together with its answer
                return
            if result not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN}:
                raise failure(where, f"the connection broke: {error_string(result)}")
            if time.monotonic() > until:
                raise failure(where, f"the broker did not answer within {WHOLE_S:g} s")
