"""SciPy's solver of the assignment problem without the rest of ``scipy.optimize``.

Importing that package takes about a second and 50 MB, for one compiled function: too much for a process that has to see
its first picture within three seconds. ``lap.lapjv`` was tried: with forbidden pairs of very high cost its assignments
were not the cheapest in 549 of 20,000 random problems.
"""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scipy

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

NAME = "scipy.optimize._lsap"


def _solver() -> Callable[..., Any]:
    """The compiled function; through the package where a SciPy keeps it elsewhere."""
    folder = Path(scipy.__file__).parent / "optimize"
    for suffix in EXTENSION_SUFFIXES:
        path = folder / f"_lsap{suffix}"
        if path.is_file():
            spec = spec_from_file_location(NAME, path, loader=ExtensionFileLoader(NAME, str(path)))
            if spec is not None and spec.loader is not None:
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                if hasattr(module, "linear_sum_assignment"):
                    found: Callable[..., Any] = module.linear_sum_assignment
                    return found
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - only where it has to be

    return linear_sum_assignment


_solve = _solver()


def cheapest(cost: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pairs of rows and columns whose summed cost is lowest: ``scipy.optimize.linear_sum_assignment``.

    Args:
        cost: (N, M).

    Returns:
        Rows in order and their columns, min(N, M) each.
    """
    rows, columns = _solve(cost)
    return rows, columns
