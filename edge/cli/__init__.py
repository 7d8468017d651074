"""``footfall-edge``: check a settings file, watch live cameras, replay recordings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..annotate import AnnotationError
from ..capture import CaptureError
from ..contract import ContractError
from ..detection import DetectionError
from ..settings import SettingsError
from .arguments import build_parser
from .build import UsageError
from .output import Output, set_up_logging

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build_parser", "main"]

log = logging.getLogger(__name__)

DONE, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: Words after the program's name; those of this process unless given.

    Returns:
        The exit status: 0 done, 1 failed while running, 2 bad settings or usage, 130 a replay was interrupted.
    """
    arguments = build_parser().parse_args(argv)
    output = Output.for_terminal()
    set_up_logging(output, verbose=arguments.verbose)
    try:
        status = arguments.command(arguments, output)
    except (SettingsError, UsageError) as error:
        return _failed(error, output, BAD_USAGE)
    except (ContractError, CaptureError, DetectionError, AnnotationError) as error:
        return _failed(error, output, FAILED)
    except KeyboardInterrupt:
        output.problem("stopped before the end; what was finished is stored, and the same command again does the rest")
        return INTERRUPTED
    return DONE if status is None else int(status)


def _failed(error: Exception, output: Output, status: int) -> int:
    output.problem(str(error))
    log.debug("where it happened", exc_info=error)
    return status
