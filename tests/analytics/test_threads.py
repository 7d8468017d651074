"""The learning libraries keep to one thread: several on few cores cost thirty times as much."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from analytics import churn, demand
from analytics.churn import ChurnRules
from analytics.demand import DemandRules
from analytics.threads import one_thread

from .buying_members import habits, shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.purchases import Purchases

FRESH = """
from analytics.threads import one_thread
with one_thread():
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_info
    print({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"})
"""


def openmp() -> set[int]:
    """How many threads OpenMP may take now; of each of its copies."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"}


def test_the_limit_ends_with_the_work_also_when_it_fails() -> None:
    with one_thread():
        pass  # loads the library
    with threadpool_limits(2, "openmp"):
        with one_thread():
            assert openmp() == {1}
        assert openmp() == {2}
        with pytest.raises(ZeroDivisionError), one_thread():
            1 / 0  # noqa: B018
        assert openmp() == {2}


@pytest.mark.slow
def test_what_is_loaded_inside_keeps_to_it_too(root: Path) -> None:
    many = {**os.environ, "OMP_NUM_THREADS": "2"}
    ended = subprocess.run([sys.executable, "-c", FRESH], cwd=root, check=True, stdout=subprocess.PIPE, env=many)
    assert ended.stdout.strip() == b"{1}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("HistGradientBoostingClassifier", lambda sales: churn.outcome(churn.plan(sales, ChurnRules()), ChurnRules())),
        ("HistGradientBoostingRegressor", lambda sales: demand.outcome(sales, DemandRules())),
    ],
)
def test_models_are_taught_on_one(
    monkeypatch: pytest.MonkeyPatch, name: str, ask: Callable[[Purchases], object]
) -> None:
    import sklearn.ensemble

    kind, had = getattr(sklearn.ensemble, name), []
    fit = kind.fit

    def watched(self: object, *given: Any, **named: Any) -> Any:
        had.append(openmp())
        return fit(self, *given, **named)

    monkeypatch.setattr(kind, "fit", watched)
    with threadpool_limits(2, "openmp"):
        ask(shop(habits(), last=239))
    assert had
    assert all(threads == {1} for threads in had)
