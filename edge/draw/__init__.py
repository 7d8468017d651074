"""Drawing lines, zones and floor points on a still of a camera, in a page on this machine."""

from .page import Judgement, build, judged
from .text import as_toml

__all__ = ["Judgement", "as_toml", "build", "judged"]
