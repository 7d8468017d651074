"""The cheap judge of pictures before they are searched: whether anything moves, and whether anything can be seen."""

from .errors import SightError
from .judge import PictureJudge, SightRules
from .view import Reference

__all__ = ["PictureJudge", "Reference", "SightError", "SightRules"]
