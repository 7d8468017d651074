"""Figures of the part ``statistics``: seventeen printed results, to the digits that were printed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import comparisons, metrics, network, segments

from .check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_IRIS = ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"]


def printed(what: str, texts: Sequence[str], reached: Sequence[float | None]) -> Check:
    """Figures that must read the same when written with as many digits as were printed."""
    written = [_as_printed(value, text) for value, text in zip(reached, texts, strict=True)]
    same = all(_close(value, text) for value, text in zip(reached, texts, strict=True))
    return Check(what, ", ".join(texts), ", ".join(written), "as printed", same)


def _last_digit(text: str) -> float:
    """What one more in the last printed digit is."""
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def _close(value: float | None, text: str) -> bool:
    return value is not None and abs(value - float(text)) <= 0.5000001 * _last_digit(text)


def _as_printed(value: float | None, text: str) -> str:
    if value is None or not math.isfinite(value):
        return "none"
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return f"{value:.{decimals}{'e' if exponent else 'f'}}"


def checks(shared: Path) -> Iterator[Check]:
    """R's own examples, scikit-learn's, and Zachary's karate club.

    Args:
        shared: The folder of the reference data.
    """
    folder = shared / "reference" / "stats"
    yield from _two_groups(pd.read_csv(folder / "sleep.csv"))
    yield from _several_groups(pd.read_csv(folder / "PlantGrowth.csv"))
    yield from _together(pd.read_csv(folder / "mtcars.csv"))
    yield from _groups_found(pd.read_csv(folder / "iris.csv"))
    yield _dense()
    yield _how_many()
    yield from _karate()
    interval = metrics.wilson(15, 148) or (None, None)
    yield printed("Wilson interval 15/148 (Newcombe 1998)", ("0.0624", "0.1605"), interval)


def _two_groups(table: pd.DataFrame) -> Iterator[Check]:
    sleepers = [(str(name), mine["extra"].to_numpy()) for name, mine in table.groupby("group")]
    one = comparisons.welch("extra sleep", "drug", *sleepers)
    ends = (one.difference.low, one.difference.high) if one.difference else (None, None)
    texts = ("-1.8608", "17.776", "0.07939", "-3.3654832", "0.2054832")
    yield printed("Welch t (sleep): t, df, p, interval", texts, (one.statistic, one.df[0], one.p, *ends))
    two = comparisons.paired("extra sleep", "drug", *sleepers)
    yield printed("paired t (sleep): t, df, p", ("-4.0621", "9", "0.002833"), (two.statistic, two.df[0], two.p))


def _several_groups(table: pd.DataFrame) -> Iterator[Check]:
    plants = {str(name): mine["weight"].to_numpy() for name, mine in table.groupby("group")}
    equal = comparisons.anova("weight", "treatment", plants, equal_spread=True)
    yield printed("ANOVA (PlantGrowth): F, p", ("4.8461", "0.01591"), (equal.statistic, equal.p))
    own = comparisons.anova("weight", "treatment", plants)
    texts = ("5.181", "17.128", "0.01739")
    yield printed("Welch ANOVA (PlantGrowth): F, df2, p", texts, (own.statistic, own.df[1], own.p))
    ranks = comparisons.kruskal("weight", "treatment", plants)
    yield printed("Kruskal-Wallis (PlantGrowth): chi2, p", ("7.9882", "0.01842"), (ranks.statistic, ranks.p))
    pairs = {tuple(g.name for g in one.groups): one.p for one in comparisons.tukey("weight", "treatment", plants)}
    wanted = (("trt1", "ctrl"), ("trt2", "ctrl"), ("trt2", "trt1"))
    texts = ("0.3908711", "0.1979960", "0.0120064")
    yield printed("Tukey HSD p (PlantGrowth): 1-ctrl, 2-ctrl, 2-1", texts, [pairs[pair] for pair in wanted])


def _together(table: pd.DataFrame) -> Iterator[Check]:
    weight, miles = table["wt"].to_numpy(), table["mpg"].to_numpy()
    one = comparisons.correlation("mpg", "wt", weight, miles)
    found = (one.effect.value, one.p, one.effect.low, one.effect.high) if one.effect else (None,) * 4
    texts = ("-0.8676594", "1.294e-10", "-0.9338264", "-0.7440872")
    yield printed("Pearson (mtcars mpg, wt): r, p, interval", texts, found)
    ranks = comparisons.correlation("mpg", "wt", weight, miles, ranks=True)
    yield printed("Spearman (mtcars mpg, wt): rho", ("-0.886422",), (ranks.statistic,))


def _groups_found(table: pd.DataFrame) -> Iterator[Check]:
    points = table[_IRIS].to_numpy(dtype=np.float64)
    made = {groups: segments.kmeans(points, groups) for groups in (2, 3, 4)}
    texts = ("152.34795", "78.85144", "57.22847")
    yield printed("K-Means within SS (iris), k = 2, 3, 4", texts, [made[k].within_ss for k in (2, 3, 4)])
    widths = [segments.silhouette(points, made[k].labels) for k in (2, 3)]
    yield printed("silhouette (iris), k = 2, 3", ("0.6810462", "0.5528190"), widths)
    species = pd.factorize(table["Species"])[0].astype(np.int64)
    agreed = segments.adjusted_rand(species, made[3].labels)
    yield printed("adjusted Rand, K-Means and species (iris)", ("0.7302383",), (agreed,))


def _dense() -> Check:
    """The example of DBSCAN in scikit-learn's documentation."""
    from sklearn.datasets import make_blobs
    from sklearn.metrics import adjusted_mutual_info_score, homogeneity_completeness_v_measure
    from sklearn.preprocessing import StandardScaler

    centres = [[1, 1], [-1, -1], [1, -1]]
    points, truth = make_blobs(n_samples=750, centers=centres, cluster_std=0.4, random_state=0)
    points = StandardScaler().fit_transform(points)
    labels = segments.dbscan(points, 0.3, 10)
    reached = (
        len(set(labels.tolist()) - {-1}),
        int((labels == -1).sum()),
        *homogeneity_completeness_v_measure(truth, labels),
        segments.adjusted_rand(truth, labels),
        float(adjusted_mutual_info_score(truth, labels)),
        segments.silhouette(points, labels),
    )
    texts = ("3", "18", "0.953", "0.883", "0.917", "0.952", "0.916", "0.626")
    return printed("DBSCAN: groups, noise, homogeneity, completeness, V, ARI, AMI, silhouette", texts, reached)


def _how_many() -> Check:
    """The example of the choice of k in scikit-learn's documentation."""
    from sklearn.datasets import make_blobs

    points, _ = make_blobs(
        n_samples=500, n_features=2, centers=4, cluster_std=1, center_box=(-10.0, 10.0), shuffle=True, random_state=1
    )
    tried = segments.try_groups(points, (2, 3, 4))
    chosen = segments.best(tried)
    texts = ("0.7049787", "0.5882004", "0.6505187", "2")
    reached = (*(one.silhouette for one in tried), chosen.groups if chosen else None)
    return printed("choice of k by silhouette, k = 2, 3, 4, best", texts, reached)


def _karate() -> Iterator[Check]:
    """Zachary's karate club (1977)."""
    from networkx import karate_club_graph

    edges = pd.DataFrame(list(karate_club_graph().edges()), columns=["first", "second"])
    found = network.measures(edges)
    texts = ("34", "78", "0.5706", "0.2557")
    reached = (found.nodes, found.edges, found.clustering, found.transitivity)
    yield printed("karate club: nodes, edges, mean clustering, transitivity", texts, reached)
    parts = (network.greedy_communities(edges).modularity, network.communities(edges).modularity)
    yield printed("karate club: modularity, greedy and largest", ("0.3807", "0.4198"), parts)
    central = network.centralities(edges).set_index("node")
    between, degree = central["betweenness"].to_dict(), central["degree_centrality"].to_dict()
    middle = ("0.4376", "0.3041", "0.5152")
    values = (between[0], between[33], degree[33])
    yield printed("karate club: betweenness of 0 and 33, degree centrality of 33", middle, values)
