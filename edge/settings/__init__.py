"""The settings file: TOML in, frozen settings out; every error is collected before one is raised."""

from .checks import hidden_password, shown
from .loading import SettingsError, load
from .tables import CameraSettings, LineSettings, ModelSettings, Settings, StoreSettings, ZoneSettings

__all__ = [
    "CameraSettings",
    "LineSettings",
    "ModelSettings",
    "Settings",
    "SettingsError",
    "StoreSettings",
    "ZoneSettings",
    "hidden_password",
    "load",
    "shown",
]
