"""Giving a YOLO network in OpenVINO's form another input size, also where its size was fixed at its export.

A network exported for one size carries that size in three places besides its input: the grid of points that its boxes
start from, the table of their strides, and the targets of some reshapes. All three follow from the size, so they can
be made again for another one. Weights, and the ranges of an INT8 network, do not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..detection.openvino_model import import_openvino
from .errors import OptimizeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

INTEGER_WEIGHTS = frozenset(("i8", "u8", "i4", "u4"))


def is_int8(model: Any) -> bool:
    """Whether an ``openvino.Model`` was quantised before."""
    return any(
        node.get_type_name() == "FakeQuantize"
        or (node.get_type_name() == "Constant" and node.get_element_type().get_type_name() in INTEGER_WEIGHTS)
        for node in model.get_ops()
    )


def input_size(model: Any) -> tuple[int, int] | None:
    """Height and width of an ``openvino.Model``'s input, pixels; None where either is open."""
    height, width = model.input().partial_shape[2], model.input().partial_shape[3]
    return (height.get_length(), width.get_length()) if height.is_static and width.is_static else None


def resized(model: Any, height: int, width: int) -> Any:
    """The same network for another input size.

    Args:
        model: An ``openvino.Model``, a YOLO detector; stays as it is.
        height: Of the new input, pixels, a multiple of the network's stride.
        width: The same.

    Returns:
        A new ``openvino.Model`` with the input (1, 3, height, width).

    Raises:
        OptimizeError: Its size is fixed in a way that we do not know.
    """
    before = input_size(model)
    if before == (height, width):
        return model.clone()
    made = model.clone()
    try:
        made.reshape([1, 3, height, width])
    except RuntimeError as error:
        if before is None:
            raise OptimizeError(
                f"the network cannot take pictures of {height}x{width}: {_first_line(error)}"
            ) from error
        return _made_again(model.clone(), before, (height, width))
    return made


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the boxes of one input size start: one point for each cell of each level, levels in order of stride.

    Attributes:
        points: (2, N) x and y in cells of the level.
        strides: (N,) pixels of the input for a cell.
        cells: Rows and columns of each level.
    """

    points: NDArray[np.float64]
    strides: NDArray[np.float64]
    cells: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, size: tuple[int, int], strides: Sequence[int]) -> _Grid:
        cells = tuple((size[0] // stride, size[1] // stride) for stride in strides)
        corners = [np.indices(level).reshape(2, -1)[::-1] for level in cells]
        return cls(
            np.concatenate(corners, axis=1).astype(np.float64) + 0.5,
            np.repeat(np.asarray(strides, dtype=np.float64), [rows * columns for rows, columns in cells]),
            cells,
        )


def _made_again(model: Any, before: tuple[int, int], after: tuple[int, int]) -> Any:
    """Changes a network of a fixed size in place."""
    ov = import_openvino()
    constants = [node for node in model.get_ops() if node.get_type_name() == "Constant"]
    strides = next(filter(None, (_strides(node, before) for node in constants)), None)
    if strides is None:
        raise OptimizeError("the network has a fixed size and no table of strides by which it could be changed")
    old, new = _Grid.of(before, strides), _Grid.of(after, strides)
    for node in constants:
        users = list(node.output(0).get_target_inputs())
        is_target = bool(users) and all(u.get_node().get_type_name() == "Reshape" and u.get_index() == 1 for u in users)
        value = _target(node, old, new) if is_target else _table(node, old, new)
        if value is not None:
            constant = ov.opset13.constant(value.astype(node.data.dtype))
            for user in users:
                user.replace_source_output(constant.output(0))
    # Not ``reshape``: that first checks the network at its old size, to which the new constants do not fit.
    model.get_parameters()[0].set_partial_shape(ov.PartialShape([1, 3, *after]))
    try:
        model.validate_nodes_and_infer_types()
    except RuntimeError as error:
        raise OptimizeError(
            f"the network was exported for {before[0]}x{before[1]} alone: {_first_line(error)}; "
            f"export its .pt again, with imgsz={after[0]},{after[1]}"
        ) from error
    return model


def _strides(node: Any, size: tuple[int, int]) -> list[int] | None:
    """The strides, where a constant is the table of them: each as often as its level has cells."""
    if not node.get_element_type().is_real() or int(np.prod(node.shape)) < 2:
        return None
    values, counts = np.unique(node.data, return_counts=True)
    if values[0] < 2 or np.any(values % 1):
        return None
    strides = [int(value) for value in values]
    fits = all(
        size[0] % stride == 0 and size[1] % stride == 0 and (size[0] // stride) * (size[1] // stride) == count
        for stride, count in zip(strides, counts, strict=True)
    )
    return strides if fits else None


def _table(node: Any, old: _Grid, new: _Grid) -> NDArray[np.float64] | None:
    """The new value of a constant that is exactly the old grid or its strides."""
    data = node.data
    for before, after in ((old.strides, new.strides), (old.points, new.points)):
        if data.size == before.size and data.shape[-1] == before.shape[-1]:
            flat = np.asarray(data, dtype=np.float64).reshape(before.shape)
            if np.array_equal(flat, before):
                return after.reshape(*data.shape[:-1], after.shape[-1])
    return None


def _target(node: Any, old: _Grid, new: _Grid) -> NDArray[np.int64] | None:
    """The new target of a reshape whose last axes are cells: the rows and columns of a level, or all its cells."""
    target = [int(axis) for axis in node.data.ravel()]
    levels = dict(zip(old.cells, new.cells, strict=True))
    if len(target) >= 2 and (cells := levels.get((target[-2], target[-1]))) is not None:
        return np.array([*target[:-2], *cells], dtype=np.int64)
    counts = {rows * columns for rows, columns in old.cells} | {old.strides.size}
    if target and target[-1] in counts and -1 not in target:
        return np.array([*target[:-1], -1], dtype=np.int64)
    return None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
