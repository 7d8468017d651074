"""The pages of the running process on this machine: Prometheus metrics, and the status as JSON."""

from .metrics import metrics_text
from .page import HOST, StatusPage

__all__ = ["HOST", "StatusPage", "metrics_text"]
