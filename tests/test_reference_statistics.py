"""The comparisons beside printed results: R's own examples, and Newcombe's interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import comparisons, metrics

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def printed(value: float | None, text: str) -> bool:
    """Whether a value, rounded to as many digits as were printed, reads the same."""
    assert value is not None
    mantissa, _, exponent = text.partition("e")
    digits = len(mantissa.lstrip("-0.").replace(".", ""))
    got = f"{value:.{digits - 1}e}"
    return bool(np.isclose(float(got), float(text), rtol=0.5 * 10.0 ** (1 - digits), atol=0.0)) and bool(
        exponent or text
    )


@pytest.fixture
def plants(shared: Path) -> dict[str, NDArray[np.float64]]:
    table = pd.read_csv(shared / "reference/stats/PlantGrowth.csv")
    return {str(name): mine["weight"].to_numpy() for name, mine in table.groupby("group")}


@pytest.fixture
def sleepers(shared: Path) -> list[tuple[str, NDArray[np.float64]]]:
    table = pd.read_csv(shared / "reference/stats/sleep.csv")
    return [(str(name), mine["extra"].to_numpy()) for name, mine in table.groupby("group")]


@pytest.fixture
def cars(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/stats/mtcars.csv")


def test_welch(sleepers: list[tuple[str, NDArray[np.float64]]]) -> None:
    found = comparisons.welch("extra sleep", "drug", *sleepers)
    assert printed(found.statistic, "-1.8608")
    assert printed(found.df[0], "17.776")
    assert printed(found.p, "0.07939")
    assert found.difference is not None
    assert printed(found.difference.low, "-3.3654832")
    assert printed(found.difference.high, "0.2054832")


def test_pairs(sleepers: list[tuple[str, NDArray[np.float64]]]) -> None:
    found = comparisons.paired("extra sleep", "drug", *sleepers)
    assert printed(found.statistic, "-4.0621")
    assert found.df == (9.0,)
    assert printed(found.p, "0.002833")


def test_analysis_of_variance(plants: dict[str, NDArray[np.float64]]) -> None:
    found = comparisons.anova("weight", "treatment", plants, equal_spread=True)
    assert printed(found.statistic, "4.8461")
    assert printed(found.p, "0.01591")


def test_welchs_analysis_of_variance(plants: dict[str, NDArray[np.float64]]) -> None:
    found = comparisons.anova("weight", "treatment", plants)
    assert printed(found.statistic, "5.181")
    assert printed(found.df[1], "17.128")
    assert printed(found.p, "0.01739")


def test_kruskal_wallis(plants: dict[str, NDArray[np.float64]]) -> None:
    found = comparisons.kruskal("weight", "treatment", plants)
    assert printed(found.statistic, "7.9882")
    assert printed(found.p, "0.01842")


def test_tukey(plants: dict[str, NDArray[np.float64]]) -> None:
    found = {tuple(g.name for g in f.groups): f.p for f in comparisons.tukey("weight", "treatment", plants)}
    assert printed(found["trt1", "ctrl"], "0.3908711")
    assert found["trt2", "ctrl"] == pytest.approx(0.1979960, abs=5e-8)
    assert printed(found["trt2", "trt1"], "0.0120064")


def test_pearson(cars: pd.DataFrame) -> None:
    found = comparisons.correlation("mpg", "wt", cars["wt"].to_numpy(), cars["mpg"].to_numpy())
    assert found.effect is not None
    assert printed(found.effect.value, "-0.8676594")
    assert printed(found.p, "1.294e-10")
    assert printed(found.effect.low, "-0.9338264")
    assert printed(found.effect.high, "-0.7440872")


def test_spearman(cars: pd.DataFrame) -> None:
    found = comparisons.correlation("mpg", "wt", cars["wt"].to_numpy(), cars["mpg"].to_numpy(), ranks=True)
    assert printed(found.statistic, "-0.886422")


def test_wilson() -> None:
    found = metrics.wilson(15, 148)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (0.0624, 0.1605)


def test_newcombe() -> None:
    """Newcombe 1998, table II, first example by method 10: 56/70 against 48/80."""
    found = comparisons.shares(
        "share",
        "example",
        [
            comparisons.Shares("a", np.array([56]), np.array([70])),
            comparisons.Shares("b", np.array([48]), np.array([80])),
        ],
    )
    assert found.difference is not None
    assert (round(found.difference.low, 4), round(found.difference.high, 4)) == (0.0524, 0.3339)
