"""The settings file: TOML in, frozen settings out; every error is collected before one is raised."""

from .cautions import Caution, Seen, cautions
from .checks import hidden_password, shown
from .loading import SettingsError, load, read
from .service import AlertSettings, DatabaseSettings, HealthSettings, ServiceSettings
from .tables import CameraSettings, LineSettings, ModelSettings, Settings, StoreSettings, ZoneSettings

__all__ = [
    "AlertSettings",
    "CameraSettings",
    "Caution",
    "DatabaseSettings",
    "HealthSettings",
    "LineSettings",
    "ModelSettings",
    "Seen",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "StoreSettings",
    "ZoneSettings",
    "cautions",
    "hidden_password",
    "load",
    "read",
    "shown",
]
