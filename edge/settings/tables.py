"""The tables of the settings file as frozen values."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    Field,
    PlainValidator,
    StrictBool,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..events import Direction
from ..geometry import Homography, Point, Polygon, Polyline
from ..scene import Anchor, LineRole, ZoneRole
from . import checks
from .service import (
    AlertSettings,
    DatabaseSettings,
    EmailSettings,
    HealthSettings,
    MqttSettings,
    ServiceSettings,
    Table,
    WebhookSettings,
)

Text = Annotated[StrictStr, Field(min_length=1)]
Id = Annotated[StrictStr, Field(pattern=r"^[a-z0-9_-]+$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Fraction = Annotated[Number, Field(ge=0, le=1)]
Seconds = Annotated[Number, Field(ge=0)]
PicturePoint = Annotated[Point, PlainValidator(checks.read_picture_point)]
Outline = Annotated[Polygon, PlainValidator(checks.read_polygon)]
Hours = Annotated[tuple[int, int], PlainValidator(checks.read_opening)]


class HoursSettings(Table):
    """``[store.opening_hours]``: minutes after local midnight, (opens, closes); a missing day is closed.

    Over 1440 is on the next day: ``18:00-02:00`` is (1080, 1560).
    """

    mon: Hours | None = None
    tue: Hours | None = None
    wed: Hours | None = None
    thu: Hours | None = None
    fri: Hours | None = None
    sat: Hours | None = None
    sun: Hours | None = None

    @property
    def days(self) -> tuple[tuple[int, int] | None, ...]:
        """Monday to Sunday."""
        return self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun

    @model_validator(mode="after")
    def _end_somewhere(self) -> Self:
        if rule := checks.turning(day for day in self.days if day is not None):
            raise checks.broken(rule)
        return self


class StoreSettings(Table):
    """``[store]``."""

    id: Id
    name: Text
    time_zone: Annotated[str, PlainValidator(checks.read_time_zone)]
    currency: Annotated[StrictStr, Field(pattern=r"^[A-Z]{3}$")]
    opening_hours: HoursSettings = HoursSettings()


class ModelSettings(Table):
    """``[model]`` and ``[cameras.model]``: the detector, and what is searched with it."""

    path: Text = "yolo11n.pt"
    confidence: Fraction = 0.1
    iou: Fraction = 0.6
    min_height: Fraction = 0.0
    gate: StrictBool = True


class RuleSettings(Table):
    """``[rules]``: see ``edge.pipeline.Rules``."""

    start_score: Fraction = 0.25
    trail_hz: Seconds = 1.0
    entry_hold_s: Seconds = 2.0
    watch_s: Annotated[Number, Field(gt=0)] = 60.0
    fixed_after_s: Seconds = 1800.0


class LineSettings(Table):
    """``[[cameras.lines]]``: see ``edge.scene.Line``. Either ``start`` and ``end``, or ``points``."""

    id: Id
    role: LineRole
    points: Annotated[Polyline, PlainValidator(checks.read_polyline)] | None = None
    start: PicturePoint | None = Field(default=None, validate_default=True)
    end: PicturePoint | None = Field(default=None, validate_default=True)
    anchor: Anchor = "foot"
    flip: StrictBool = False
    one_way: Direction | None = None

    @field_validator("start", "end")
    @classmethod
    def _is_whole(cls, value: Point | None, info: ValidationInfo) -> Point | None:
        bent = info.data.get("points", "broken in itself, and reported so")
        if value is None and bent is None:
            raise PydanticCustomError("missing", "must be given")
        start = info.data.get("start") if info.field_name == "end" else None
        if bent is not None and info.field_name == "end" and (value or start):
            raise checks.broken("a line has either start and end, or points")
        if value is not None and value == start:
            raise checks.broken("is the same point as start; a line needs a length")
        return value

    @property
    def path(self) -> Polyline:
        """Start to end, or the points."""
        if self.points is not None:
            return self.points
        assert self.start is not None and self.end is not None  # noqa: S101, PT018 - validated above
        return Polyline((self.start, self.end))


class ZoneSettings(Table):
    """``[[cameras.zones]]``: see ``edge.scene.Zone``."""

    id: Id
    role: ZoneRole
    polygon: Outline
    min_stay_s: Seconds = 0.5
    grace_s: Seconds = 1.0


class CameraSettings(Table):
    """``[[cameras]]``."""

    id: Id
    name: Text | None = None
    source: Annotated[int | str, PlainValidator(checks.read_source)]
    follow: StrictBool = False
    fps: Annotated[Number, Field(gt=0)] | None = None
    start: Annotated[datetime, PlainValidator(checks.read_moment)] | None = None
    model: ModelSettings | None = None
    lines: tuple[LineSettings, ...] = ()
    zones: tuple[ZoneSettings, ...] = ()
    floor_px: Annotated[tuple[Point, ...], PlainValidator(checks.read_floor_px)] | None = None
    floor_m: Annotated[tuple[Point, ...], PlainValidator(checks.read_floor_m)] | None = Field(
        default=None, validate_default=True
    )

    @field_validator("lines")
    @classmethod
    def _lines_differ(cls, value: tuple[LineSettings, ...]) -> tuple[LineSettings, ...]:
        for number, line in enumerate(value):
            for other in value[:number]:
                ways = {line.one_way, other.one_way}
                twice = line.role == other.role and ways != {"in", "out"}
                if twice and line.path.corners in {other.path.corners, other.path.corners[::-1]}:
                    raise checks.broken(f"{line.id!r} lies exactly on {other.id!r}: everyone would be counted twice")
        return value

    @field_validator("floor_m")
    @classmethod
    def _floor_fits(cls, value: tuple[Point, ...] | None, info: ValidationInfo) -> tuple[Point, ...] | None:
        if "floor_px" not in info.data:
            return value  # broken in itself, and reported so
        picture = info.data["floor_px"]
        if (value is None) != (picture is None):
            raise checks.broken(
                "floor_px and floor_m must be given together: four places or more, in the picture and in metres"
            )
        if value is None or picture is None:
            return value
        if len(value) != len(picture):
            raise checks.broken(f"has {len(value)} points, and floor_px has {len(picture)}; they belong together")
        for points in (picture, value):
            if len(points) == 4 and any(checks.on_one_line(points[:i] + points[i + 1 :]) for i in range(4)):
                raise checks.broken("three of the four points lie on one line, in floor_px or floor_m")
        try:
            Homography.from_points(picture, value)
        except ValueError as error:
            raise checks.broken(f"floor_px and floor_m: {error}") from None
        return value


class Settings(Table):
    """The whole file.

    Attributes:
        file: Where it was read from; relative paths inside start at its folder.
    """

    store: StoreSettings
    database: DatabaseSettings = DatabaseSettings()
    model: ModelSettings = ModelSettings()
    rules: RuleSettings = RuleSettings()
    health: HealthSettings = HealthSettings()
    alerts: AlertSettings = AlertSettings()
    service: ServiceSettings = ServiceSettings()
    cameras: tuple[CameraSettings, ...]
    file: Path = Field(default=Path(), exclude=True)

    @field_validator("cameras")
    @classmethod
    def _watches_something(cls, value: tuple[CameraSettings, ...]) -> tuple[CameraSettings, ...]:
        if not value:
            raise checks.broken("needs at least one camera")
        return value

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return self.file.parent

    def model_of(self, camera: CameraSettings) -> ModelSettings:
        """The model of a camera: ``[model]`` with the keys that its own ``[cameras.model]`` sets."""
        if camera.model is None:
            return self.model
        own = {key: getattr(camera.model, key) for key in camera.model.model_fields_set}
        return self.model.model_copy(update=own)


# Which keys a table knows, by its place in the file; for the suggestion after a misspelt key.
TABLES: dict[tuple[str, ...], type[Table]] = {
    (): Settings,
    ("store",): StoreSettings,
    ("store", "opening_hours"): HoursSettings,
    ("database",): DatabaseSettings,
    ("model",): ModelSettings,
    ("rules",): RuleSettings,
    ("health",): HealthSettings,
    ("alerts",): AlertSettings,
    ("alerts", "webhook"): WebhookSettings,
    ("alerts", "mqtt"): MqttSettings,
    ("alerts", "email"): EmailSettings,
    ("service",): ServiceSettings,
    ("cameras",): CameraSettings,
    ("cameras", "model"): ModelSettings,
    ("cameras", "lines"): LineSettings,
    ("cameras", "zones"): ZoneSettings,
}
