"""Measures of a graph, given as a frame of its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Up to so many nodes shortest paths are followed from every one of them, beyond from a seeded sample of so many.
EXACT_NODES = 500
PIVOTS = 200
SEED = 6
# The Louvain method ends in a different place from each start: (up to so many edges, seeds that are tried).
_STARTS = ((1_000, 40), (3_000, 10))
_FEW_STARTS = 2


@dataclass(frozen=True, slots=True)
class Measures:
    """A graph in a few numbers.

    Attributes:
        nodes: With an edge.
        edges: Undirected, without loops.
        density: Of all pairs of nodes, those with an edge; 0..1.
        mean_degree: Edges of a node.
        clustering: Mean over nodes of the share of their neighbours' pairs that have an edge; 0..1.
        transitivity: Share of paths of two edges that close to a triangle; 0..1.
        components: Parts that no edge joins.
        largest: Nodes of the largest of them.
    """

    nodes: int
    edges: int
    density: float
    mean_degree: float
    clustering: float
    transitivity: float
    components: int
    largest: int


@dataclass(frozen=True, slots=True)
class Communities:
    """Groups of nodes with more edges inside than chance would give them.

    Attributes:
        groups: Node names, the largest group first.
        modularity: Share of edges inside groups less that expected of the same degrees; at most 1.
    """

    groups: tuple[tuple[Any, ...], ...]
    modularity: float


def graph_of(edges: pd.DataFrame) -> Any:
    """The ``networkx.Graph`` of ``first`` and ``second``, nodes in order of names; ``weight`` where there is one.

    Loops are left out; an edge that is named twice is one.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(sorted(set(edges["first"]) | set(edges["second"])))
    weights = edges["weight"] if "weight" in edges else pd.Series(1.0, index=edges.index)
    for first, second, weight in sorted(zip(edges["first"], edges["second"], weights, strict=True)):
        if first != second:
            graph.add_edge(first, second, weight=float(weight))
    return graph


def measures(edges: pd.DataFrame) -> Measures:
    """Size, density and clustering of a graph.

    Args:
        edges: ``first`` and ``second``, names of any kind that sort.

    Reference:
        Watts, Strogatz: Collective dynamics of 'small-world' networks, 1998 (clustering coefficient).
    """
    import networkx as nx

    graph = graph_of(edges)
    nodes, many = graph.number_of_nodes(), graph.number_of_edges()
    if many == 0:
        return Measures(nodes, 0, 0.0, 0.0, 0.0, 0.0, nodes, min(nodes, 1))
    parts = [len(part) for part in nx.connected_components(graph)]
    return Measures(
        nodes,
        many,
        float(nx.density(graph)),
        2 * many / nodes,
        float(nx.average_clustering(graph)),
        float(nx.transitivity(graph)),
        len(parts),
        max(parts),
    )


def centralities(edges: pd.DataFrame) -> pd.DataFrame:
    """How central each node is.

    Beyond ``EXACT_NODES`` nodes, betweenness is estimated from the shortest paths of ``PIVOTS`` nodes, drawn with a
    fixed seed.

    Args:
        edges: ``first`` and ``second``.

    Returns:
        A row for each node in order: ``node``; ``degree``, edges; ``degree_centrality``, share of the other nodes;
        ``betweenness``, share of shortest paths of others that pass it; ``closeness``, the inverse mean distance to
        those it reaches times the share that it reaches; ``eigenvector``, of norm 1 and zero outside the part of the
        graph with the largest eigenvalue; ``pagerank``, sums to 1; ``clustering``.

    Reference:
        Freeman: Centrality in social networks, 1978; Brandes: A faster algorithm for betweenness centrality, 2001;
        Wasserman, Faust: Social network analysis, 1994 (closeness of parts); Bonacich: Factoring and weighting
        approaches to status scores, 1972; Page, Brin, Motwani, Winograd: The PageRank citation ranking, 1999.
    """
    import networkx as nx

    graph = graph_of(edges)
    nodes = list(graph)
    names = ["node", "degree", "degree_centrality", "betweenness", "closeness", "eigenvector", "pagerank", "clustering"]
    if not nodes:
        return pd.DataFrame({name: [] for name in names})
    pivots = PIVOTS if len(nodes) > EXACT_NODES else None
    between = nx.betweenness_centrality(graph, k=pivots, seed=SEED)
    matrix = _matrix(graph, nodes)
    degree = np.diff(matrix.indptr)
    rank = nx.pagerank(graph, tol=1e-9, max_iter=500, weight=None)
    cluster = nx.clustering(graph)
    return pd.DataFrame(
        {
            "node": nodes,
            "degree": degree,
            "degree_centrality": degree / max(len(nodes) - 1, 1),
            "betweenness": [between[node] for node in nodes],
            "closeness": _closeness(matrix),
            "eigenvector": _eigenvector(matrix),
            "pagerank": [rank[node] for node in nodes],
            "clustering": [float(cluster[node]) for node in nodes],
        }
    )


def _matrix(graph: Any, nodes: list[Any]) -> sparse.csr_array:
    place = {node: n for n, node in enumerate(nodes)}
    ends = np.array([(place[a], place[b]) for a, b in graph.edges()], dtype=np.int64).reshape(-1, 2)
    ones = np.ones(2 * len(ends))
    where = (np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]]))
    return sparse.csr_array((ones, where), shape=(len(nodes), len(nodes)))


def _closeness(matrix: sparse.csr_array) -> NDArray[np.float64]:
    """A block of rows at a time, so that memory stays linear."""
    many = matrix.shape[0]
    found = np.zeros(many)
    for begin in range(0, many, 500):
        rows = np.arange(begin, min(begin + 500, many))
        far = csgraph.dijkstra(matrix, unweighted=True, indices=rows)
        there = np.isfinite(far)
        others = there.sum(axis=1) - 1
        total = np.where(there, far, 0.0).sum(axis=1)
        near = np.divide(others, total, out=np.zeros(len(rows)), where=total > 0)
        found[rows] = near * others / max(many - 1, 1)
    return found


def _eigenvector(matrix: sparse.csr_array) -> NDArray[np.float64]:
    """By the power method on the matrix plus one, which settles on graphs of two sides, too."""
    vector = np.ones(matrix.shape[0])
    for _ in range(1000):
        following = matrix @ vector + vector
        following /= np.linalg.norm(following)
        if np.abs(following - vector).max() < 1e-9:
            break
        vector = following
    return np.asarray(np.where(vector < 1e-6, 0.0, vector))


def greedy_communities(edges: pd.DataFrame) -> Communities:
    """Groups by joining, again and again, the two of which modularity gains most.

    Reference:
        Clauset, Newman, Moore: Finding community structure in very large networks, 2004.
    """
    from networkx.algorithms import community

    graph = graph_of(edges)
    if graph.number_of_edges() == 0:
        return Communities((), 0.0)
    groups = community.greedy_modularity_communities(graph, weight="weight")
    return _ordered(groups, float(community.modularity(graph, groups)))


def communities(edges: pd.DataFrame) -> Communities:
    """Groups by the Louvain method: the best of some fixed seeds, fewer of them where the graph is large.

    Edges count by their ``weight`` where there is one, here and in ``greedy_communities``.

    Reference:
        Blondel, Guillaume, Lambiotte, Lefebvre: Fast unfolding of communities in large networks, 2008; Newman, Girvan:
        Finding and evaluating community structure in networks, 2004 (modularity).
    """
    from networkx.algorithms import community

    graph = graph_of(edges)
    if graph.number_of_edges() == 0:
        return Communities((), 0.0)
    seeds = next((many for most, many in _STARTS if graph.number_of_edges() <= most), _FEW_STARTS)
    best: tuple[float, Sequence[set[Any]]] = (-2.0, [])
    for seed in range(seeds):
        groups = _refined(graph, community.louvain_communities(graph, seed=seed))
        value = float(community.modularity(graph, groups))
        if value > best[0] + 1e-12:
            best = (value, groups)
    return _ordered(best[1], best[0])


def _refined(graph: Any, groups: Sequence[set[Any]]) -> list[set[Any]]:
    """Moves single nodes while that raises modularity: the last steps of the Louvain method moved whole groups.

    Reference:
        Rotta, Noack: Multilevel local search algorithms for modularity clustering, 2011.
    """
    group = {node: n for n, nodes in enumerate(groups) for node in nodes}
    degree: dict[Any, float] = dict(graph.degree(weight="weight"))
    total = [sum(degree[node] for node in nodes) for nodes in groups]
    twice = sum(degree.values())
    moved = True
    while moved:
        moved = False
        for node in graph:
            home, own = group[node], degree[node]
            ties: dict[int, float] = {home: 0.0}
            for other, edge in graph[node].items():
                ties[group[other]] = ties.get(group[other], 0.0) + edge["weight"]
            total[home] -= own
            gain = {n: tie - own * total[n] / twice for n, tie in ties.items()}
            best = max(gain, key=lambda n: (gain[n], n == home, -n))
            if gain[best] > gain[home] + 1e-9:
                group[node], moved = best, True
            total[group[node]] += own
    found: dict[int, set[Any]] = {}
    for node, n in group.items():
        found.setdefault(n, set()).add(node)
    return list(found.values())


def _ordered(groups: Sequence[Any], value: float) -> Communities:
    named = sorted((tuple(sorted(group)) for group in groups), key=lambda group: (-len(group), group))
    return Communities(tuple(named), value)
