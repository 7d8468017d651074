"""What each camera's view looked like when its lines were drawn, kept beside the database over restarts.

The files hold a coarse signature of edges, no picture. Their names carry a hash of the camera's lines and zones:
whoever draws them anew has looked at the view, so what is known of it begins anew, too.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..sight import PictureJudge, Reference, SightError, SightRules

if TYPE_CHECKING:
    from pathlib import Path

    from ..events import Frame, Glance

log = logging.getLogger(__name__)


class KeptJudge:
    """A judge of pictures who remembers the view over restarts.

    Args:
        rules: What is watched for.
        path: Where the reference is kept; None: it is learnt anew at every start.
        name: What to call the camera in messages.
    """

    def __init__(self, rules: SightRules, path: Path | None, name: str) -> None:
        self._path = path
        self._name = name
        reference = self._load()
        self._kept = reference is not None
        self._judge = PictureJudge(rules, reference)

    def look(self, frame: Frame) -> Glance:
        """Judges the next picture; keeps the reference once it is learnt."""
        glance = self._judge.look(frame)
        if not self._kept and self._path is not None and (reference := self._judge.reference) is not None:
            self._kept = True
            self._save(self._path, reference)
        return glance

    def _load(self) -> Reference | None:
        if self._path is None or not self._path.is_file():
            return None
        try:
            return Reference.from_bytes(self._path.read_bytes())
        except (OSError, SightError) as error:
            log.warning("camera %s: %s: %s; its view is learnt anew", self._name, self._path, error)
            return None

    def _save(self, path: Path, reference: Reference) -> None:
        try:
            path.parent.mkdir(exist_ok=True)
            whole = path.with_suffix(".part")
            whole.write_bytes(reference.to_bytes())
            whole.replace(path)
        except OSError as error:
            log.warning("camera %s: its view cannot be kept: %s: %s", self._name, path, error.strerror)
        else:
            log.info("camera %s: its view is learnt", self._name)
