"""Stories of who shops together and who only seems to; published graphs; and what stays private."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.network import (
    NetworkRules,
    centralities,
    communities,
    graph_of,
    greedy_communities,
    measures,
    member_network,
    product_network,
    product_rows,
    reach,
    shared_products,
    ties,
)

from .bought_days import bought

RULES = NetworkRules()
Sale = tuple[int, float, str | None, list[str]]


def edges_of(graph: nx.Graph) -> pd.DataFrame:
    return pd.DataFrame(sorted(tuple(sorted(edge)) for edge in graph.edges()), columns=["first", "second"])


KARATE = edges_of(nx.karate_club_graph())


def test_the_karate_club_has_its_published_measures() -> None:
    """34 members, 78 friendships (Zachary 1977); modularity as in Clauset 2004 and Brandes 2008."""
    found = measures(KARATE)
    assert (found.nodes, found.edges, found.components, found.largest) == (34, 78, 1, 34)
    assert found.clustering == pytest.approx(0.5706, abs=5e-5)
    assert found.transitivity == pytest.approx(0.2557, abs=5e-5)
    assert greedy_communities(KARATE).modularity == pytest.approx(0.3807, abs=5e-5)
    best = communities(KARATE)
    assert best.modularity == pytest.approx(0.4198, abs=5e-5)
    assert sorted(node for group in best.groups for node in group) == list(range(34))
    nodes = centralities(KARATE).set_index("node")
    assert nodes.loc[0, "betweenness"] == pytest.approx(0.4376, abs=5e-5)
    assert nodes.loc[33, "betweenness"] == pytest.approx(0.3041, abs=5e-5)
    assert nodes.loc[33, "degree_centrality"] == pytest.approx(0.5152, abs=5e-5)


def test_our_closeness_and_eigenvector_are_those_of_the_library() -> None:
    for graph in (nx.karate_club_graph(), nx.path_graph(7), nx.disjoint_union(nx.cycle_graph(5), nx.star_graph(3))):
        edges = edges_of(graph)
        mine = centralities(edges).set_index("node")
        assert mine["closeness"].to_dict() == pytest.approx(nx.closeness_centrality(graph_of(edges)))
    plain = nx.eigenvector_centrality(graph_of(KARATE), max_iter=1000, tol=1e-10)
    assert centralities(KARATE).set_index("node")["eigenvector"].to_dict() == pytest.approx(plain, abs=1e-6)


@pytest.mark.slow
def test_on_a_large_graph_betweenness_is_sampled_and_the_same_every_time() -> None:
    edges = edges_of(nx.barabasi_albert_graph(700, 2, seed=1))
    first, again = centralities(edges), centralities(edges)
    pd.testing.assert_frame_equal(first, again)
    exact = nx.betweenness_centrality(graph_of(edges))
    assert np.corrcoef(first["betweenness"], [exact[n] for n in first["node"]])[0, 1] > 0.95


def test_a_graph_of_nothing_and_of_two() -> None:
    nothing = pd.DataFrame({"first": [], "second": []}, dtype="str")
    assert measures(nothing).nodes == 0
    assert centralities(nothing).empty
    assert communities(nothing).groups == greedy_communities(nothing).groups == ()
    assert reach(nothing).empty
    two = pd.DataFrame({"first": ["a", "a", "b"], "second": ["b", "b", "b"]})
    assert (measures(two).edges, measures(two).mean_degree) == (1, 1.0)
    assert communities(two).groups == (("a", "b"),)


def test_reach_of_a_pair_is_the_chance_and_of_a_chain_its_powers() -> None:
    assert reach(pd.DataFrame({"first": ["a"], "second": ["b"]}), 1.0)["reach"].tolist() == [1.0, 1.0]
    chain = reach(edges_of(nx.path_graph(5)), 0.5)["reach"]
    assert chain[0] == pytest.approx(0.5 + 0.25 + 0.125 + 0.0625, abs=0.2)
    assert chain[2] > chain[0]


def strangers(seed: int, members: int = 120, days: int = 60, visits: int = 25) -> list[Sale]:
    """Members who come when they like: more of them on Saturdays and after work, each with favourite hours."""
    rng = np.random.default_rng(seed)
    found: list[Sale] = []
    for number in range(members):
        favourite = rng.uniform(0, 600)
        came = rng.choice(days, visits, replace=False, p=_busy(days))
        for day in came:
            minute = rng.normal(favourite, 40) if rng.random() < 0.6 else rng.normal(480, 60)
            found.append((int(day), float(np.clip(minute, 0, 650)), f"M{number:03}", ["p"]))
    return found


def _busy(days: int) -> list[float]:
    weight = [3.0 if day % 7 == 5 else 1.0 for day in range(days)]
    return [one / sum(weight) for one in weight]


def couples(many: int, seed: int, days: int = 60, together: int = 8) -> list[Sale]:
    """Couples who come together eight times, the one paying right after the other."""
    rng = np.random.default_rng(seed)
    found: list[Sale] = []
    for number in range(many):
        for day in rng.choice(days, together, replace=False):
            minute = float(rng.uniform(0, 600))
            found += [(int(day), minute, f"A{number:02}", ["p"]), (int(day), minute + 0.8, f"B{number:02}", ["p"])]
    return found


def test_couples_are_found_and_strangers_are_not() -> None:
    found = ties(bought(strangers(1) + couples(12, 1)), RULES)
    assert set(zip(found["first"], found["second"], strict=True)) == {(f"A{n:02}", f"B{n:02}") for n in range(12)}
    assert (found["days"] >= 8).all()
    assert (found["expected"] < 2).all()


@pytest.mark.slow
def test_in_a_crowd_of_strangers_nobody_is_tied() -> None:
    tied = [len(ties(bought(strangers(seed)), RULES)) for seed in range(6)]
    assert sum(tied) == 0


def test_two_who_both_come_at_noon_every_day_are_not_tied_by_their_habit() -> None:
    rng = np.random.default_rng(4)
    noon: list[Sale] = [(d, 180 + float(rng.normal(0, 3)), who, ["p"]) for d in range(50) for who in ("anna", "ben")]
    found = ties(bought(strangers(7) + noon), RULES)
    assert found.empty


def test_two_who_both_come_on_tuesdays_at_noon_are_not_tied_by_that() -> None:
    rng = np.random.default_rng(2)
    other = {0: "anna", 2: "anna", 3: "ben", 4: "ben"}  # other weekdays, at any time
    routine: list[Sale] = [
        (day, float(rng.uniform(0, 600)), other[day % 7], ["p"]) for day in range(182) if day % 7 in other
    ]
    noon: list[Sale] = [
        (day, float(rng.normal(180, 1)), who, ["p"]) for day in range(1, 182, 7) for who in ("anna", "ben")
    ]
    assert ties(bought(strangers(7) + routine + noon, days=182), RULES).empty


def test_one_long_day_together_is_one_meeting_and_no_tie() -> None:
    day = [(3, float(10 * n + m), who, ["p"]) for n in range(20) for m, who in enumerate(("anna", "ben"))]
    quiet = [(d, 300.0 + 40 * n, f"Q{n}", ["p"]) for d in range(20, 50) for n in range(6)]
    assert ties(bought(day + quiet), RULES).empty


def test_bringing_back_what_another_bought_is_a_meeting() -> None:
    sales = bought(
        [(2 * n, 30.0, "anna", ["p"]) for n in range(8)]
        + [(2 * n, 500.0, "ben", ["p"]) for n in range(8)]
        + [(d, 100.0 + 20 * n, f"Q{n:02}", ["p"]) for d in range(50) for n in range(15)]
    )
    assert ties(sales, RULES).empty
    receipts = sales.receipts
    theirs = receipts[receipts["member_id"] == "anna"]["receipt_id"].tolist()
    back = receipts["member_id"] == "ben"
    receipts.loc[back, "return_of"] = theirs
    receipts.loc[back, "kind"] = "return"
    found = ties(replace(sales, receipts=receipts), RULES)
    assert list(zip(found["first"], found["second"], found["days"], strict=True)) == [("anna", "ben", 8)]


def circle(name: str, members: int, seed: int) -> list[Sale]:
    """Friends who come all together ten times."""
    rng = np.random.default_rng(seed)
    return [
        (int(day), float(start + 0.3 * n), f"{name}{n}", ["p"])
        for day, start in zip(rng.choice(60, 10, replace=False), rng.uniform(0, 500, 10), strict=True)
        for n in range(members)
    ]


def test_groups_are_told_from_five_on_and_nobody_by_name() -> None:
    sales = bought(strangers(2, members=60) + circle("team", 6, 1) + circle("trio", 3, 2))
    found = member_network(sales, RULES)
    assert found.answer.why is None
    row = found.measures.iloc[0]
    assert (row["nodes"], row["edges"], row["groups"], row["grouped"]) == (9, 15 + 3, 1, 6)
    assert found.groups["nodes"].tolist() == [6]
    assert found.groups["receipts_mean"].tolist() == [10.0]
    assert found.groups["amount_mean_minor"].tolist() == [1000.0]
    stored = pd.concat([found.measures.astype("object"), found.groups.astype("object")]).to_csv()
    assert "team" not in stored
    assert "trio" not in stored
    small = found.nodes[found.nodes["node"].str.startswith("trio")]
    assert small["rank"].isna().all(), "a group of three has no number"


def test_fewer_than_five_tied_members_are_not_told_at_all() -> None:
    found = member_network(bought(strangers(3, members=60) + couples(2, 3)), RULES)
    assert (found.answer.why, found.answer.have, found.answer.need) == ("few_meetings", 4, 5)
    assert found.measures.empty
    assert found.nodes.empty


def tastes(seed: int, alike: float) -> list[Sale]:
    """Six hundred members of two tastes, ten products each; ``alike`` of what they buy is of their taste."""
    rng = np.random.default_rng(seed)
    found: list[Sale] = []
    for member in range(600):
        for _ in range(int(rng.integers(2, 12))):
            group = member % 2 if rng.random() < alike else 1 - member % 2
            item = f"{'ab'[group]}{int(10 * rng.random() ** 1.5)}"
            found.append((int(rng.integers(0, 60)), float(rng.uniform(0, 600)), f"M{member:03}", [item]))
    return found


def test_products_of_a_taste_are_one_group_although_members_buy_unequally_much() -> None:
    sales = bought(tastes(1, 0.9))
    found = product_network(sales, RULES)
    assert found.answer.why is None
    groups = found.nodes.dropna(subset="rank").groupby("rank")["node"].apply(lambda names: {n[0] for n in names})
    assert all(len(letters) == 1 for letters in groups), "no group mixes tastes"
    assert set().union(*groups) == {"a", "b"}
    rows = product_rows(found, sales)
    assert list(rows.columns) == frames.NETWORK_PRODUCTS.names
    assert set(found.groups["item_1"].str[0]) == {"a", "b"}


@pytest.mark.slow
def test_without_tastes_products_share_buyers_by_chance_only() -> None:
    assert sum(len(shared_products(bought(tastes(seed, 0.5)), RULES)[0]) for seed in range(5)) == 0


BAD: dict[str, tuple[list[Sale], str, str]] = {
    "no receipts": ([], "no_members", "no_members"),
    "no members": ([(n, 1.0, None, ["p"]) for n in range(50)], "no_members", "no_members"),
    "one member": ([(n, 1.0, "anna", ["p"]) for n in range(50)], "no_members", "few_members"),
    "one receipt": ([(1, 1.0, "anna", ["p"])], "no_members", "few_days"),
    "three days": ([(n % 3, n / 9, f"M{n % 9}", ["p"]) for n in range(90)], "few_days", "few_days"),
    "everybody came once": ([(n, 1.0, f"M{n}", ["p"]) for n in range(50)], "few_purchases", "few_products"),
    "always the same product": ([(n % 50, n, f"M{n % 40}", ["p"]) for n in range(60)], "few_purchases", "few_products"),
}  # fmt: skip


@pytest.mark.parametrize("story", BAD)
def test_what_cannot_be_said_is_said_so(story: str) -> None:
    sales, members, products = BAD[story]
    found, other = member_network(bought(sales), RULES), product_network(bought(sales), RULES)
    assert (found.answer.why, other.answer.why) == (members, products)
    assert found.measures.empty
    assert found.groups.empty
    assert product_rows(other, bought(sales)).empty


def test_everybody_at_every_moment_is_no_tie() -> None:
    """A constant shop: the same ten come every day at the same minute; who is beside whom tells nothing."""
    sales = bought([(d, 60.0 + 0.1 * n, f"M{n}", ["p", "q"]) for d in range(30) for n in range(10)])
    assert member_network(sales, RULES).answer.why in {"few_meetings", None}
    assert product_network(sales, RULES).answer.why is not None
