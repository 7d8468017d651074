"""The tables of the settings file that say how the process lives: database, health, alerts, service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool, StrictInt, StrictStr

from . import checks

Text = Annotated[StrictStr, Field(min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
# Larger ones than a year are slips of the keyboard, and past some size no length of time at all.
Seconds = Annotated[Number, Field(ge=0, le=366 * 86_400)]
Rate = Annotated[Number, Field(ge=0, le=1000)]
Port = Annotated[StrictInt, Field(ge=0, le=65535)]
ServerPort = Annotated[StrictInt, Field(ge=1, le=65535)]
Host = Annotated[str, PlainValidator(checks.read_host)]
Address = Annotated[str, PlainValidator(checks.read_address)]
Addresses = Annotated[tuple[str, ...], PlainValidator(checks.read_addresses)]
Hours = Annotated[tuple[int, int], PlainValidator(checks.read_hours)]
Secret = Annotated[StrictStr, PlainValidator(checks.read_secret)]


class Table(BaseModel):
    """A frozen table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class DatabaseSettings(Table):
    """``[database]``: where facts go and how long they are kept.

    Attributes:
        path: Relative to the settings file, or an SQLAlchemy URL.
        retention_days: Raw facts older than this are added up by the hour and deleted; 0 keeps them for ever.
        queue: Facts kept in memory on their way to the database, at most.
        spool_mb: Size of the file beside the database in which facts wait while it cannot be written.
        backups: How many nightly copies are kept; 0 makes none.
        backup_folder: Where; beside the database unless given.
        quiet_hours: When copies are made and space is won back, store time.
    """

    path: Text = "footfall.sqlite"
    retention_days: Annotated[StrictInt, Field(ge=0, le=36_600)] = 90
    queue: Annotated[StrictInt, Field(ge=1)] = 50_000
    spool_mb: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 64
    backups: Annotated[StrictInt, Field(ge=0)] = 3
    backup_folder: Text | None = None
    quiet_hours: Hours = (180, 300)


class HealthSettings(Table):
    """``[health]``: when a camera counts as not seeing.

    Attributes:
        frozen_s: The very same picture for so long is no live picture; 0: never.
        least_fps: Below this many pictures a second people are missed; 0: never slow.
        moved: Whether the view is compared with what it was when the lines were drawn.
    """

    frozen_s: Seconds = 120.0
    least_fps: Rate = 3.0
    moved: StrictBool = True


class WebhookSettings(Table):
    """``[alerts.webhook]``: one POST of JSON for each alert."""

    url: Secret


class MqttSettings(Table):
    """``[alerts.mqtt]``."""

    host: Host
    port: ServerPort = 1883
    topic: Text = "footfall/alerts"
    user: Text | None = None
    password: Secret | None = None
    tls: StrictBool = False


class EmailSettings(Table):
    """``[alerts.email]``."""

    host: Host
    port: ServerPort = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: Text | None = None
    password: Secret | None = None
    sender: Address
    to: Addresses


class AlertSettings(Table):
    """``[alerts]``: what is worth a message, and where messages go.

    Attributes:
        camera_down_s: A camera that cannot see for so long; 0: never.
        occupancy: More people than this in the store; None: no limit.
        queue: More people than this in a queue zone ...
        queue_s: ... for so long.
        disk_free_mb: Less room than this where the database lies; 0: never.
        clock_jump_s: The clock was set by more than this; 0: never.
    """

    camera_down_s: Seconds = 60.0
    occupancy: Annotated[StrictInt, Field(ge=1)] | None = None
    queue: Annotated[StrictInt, Field(ge=1)] | None = None
    queue_s: Seconds = 60.0
    disk_free_mb: Annotated[StrictInt, Field(ge=0)] = 1000
    clock_jump_s: Seconds = 5.0
    webhook: WebhookSettings | None = None
    mqtt: MqttSettings | None = None
    email: EmailSettings | None = None


class ServiceSettings(Table):
    """``[service]``: the process itself.

    Attributes:
        port: Of the Prometheus endpoint on this machine alone; 0: none.
        log: A file that the log goes to as well, relative to the settings file; turned over when it is full.
        log_mb: Size at which it is.
        log_files: How many full ones are kept.
    """

    port: Port = 9787
    log: Text | None = None
    log_mb: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 10
    log_files: Annotated[StrictInt, Field(ge=1)] = 5
