"""The choice of nodes: exact in size, stable when nodes come and go, fair to zones."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.controllers.daemon.choosing import choose, quotas, rank
from router.controllers.daemon.types import Amount, Choice

THIRD = Amount(number=30, percent=True)


def events(seed: int, count: int, zones: int, skew: float = 0) -> list[dict[str, str]]:
    """The nodes and their zones, after each of ``count`` arrivals and departures. ``skew``: how much smaller each zone is than the
    one before."""
    dice, nodes, history, serial = random.Random(seed), dict[str, str](), [], 0
    weights = [1 / (i + 1) ** skew for i in range(zones)]
    for _ in range(count):
        if nodes and dice.random() < (0.3 if len(nodes) < 80 else 0.55):
            del nodes[dice.choice(sorted(nodes))]
        else:
            serial += 1
            nodes[f"node-{serial}"] = f"zone-{dice.choices(range(zones), weights)[0]}"
        history.append(dict(nodes))
    return history


@pytest.mark.parametrize("amount", [THIRD, Amount(number=7), Amount(number=55, percent=True)], ids=str)
def test_an_event_moves_two_pods_at_most_and_the_size_is_exact(amount: Amount) -> None:
    before = frozenset[str]()
    for nodes in events(1, 6000, 1):
        chosen = choose(Choice(nodes=amount), "shop/edge", nodes)
        assert len(chosen) == min(len(nodes), amount.of(len(nodes)))
        assert len(chosen ^ before) <= 2
        before = chosen


@pytest.mark.parametrize(
    ("zones", "skew", "seldom"), [(2, 0, 0), (3, 0, 0), (3, 1.5, 0), (5, 0, 0), (9, 0, 0), (9, 1.5, 12), (30, 0, 12)]
)
def test_with_a_quota_for_each_zone_an_event_moves_three_pods_at_most(zones: int, skew: float, seldom: int) -> None:
    """``seldom``: of 6000 events, how many may move four, with more than three zones."""
    before, more = frozenset[str](), 0
    choice = Choice(nodes=THIRD, zone_label="zone")
    for nodes in events(zones, 6000, zones, skew):
        chosen = choose(choice, "shop/edge", nodes)
        assert len(chosen) == THIRD.of(len(nodes))
        moved = len(chosen ^ before)
        assert moved <= (4 if seldom else 3)
        more += moved > 3
        before = chosen
        for zone in set(nodes.values()):
            share = Fraction(len(chosen) * sum(z == zone for z in nodes.values()), len(nodes))
            assert abs(sum(nodes[name] == zone for name in chosen) - share) < 1
    assert more <= seldom


def test_a_node_that_registers_again_is_the_same_node() -> None:
    nodes = dict.fromkeys((f"node-{i}" for i in range(50)), "")
    chosen = choose(Choice(nodes=THIRD), "s", nodes)
    assert choose(Choice(nodes=THIRD), "s", dict(sorted(nodes.items(), reverse=True))) == chosen


def test_two_salts_choose_independently() -> None:
    nodes = dict.fromkeys((f"node-{i}" for i in range(1000)), "")
    both = choose(Choice(nodes=THIRD), "shop/a", nodes) & choose(Choice(nodes=THIRD), "shop/b", nodes)
    assert 60 <= len(both) <= 120  # 90 by chance
    same = choose(Choice(nodes=THIRD, salt="one"), "shop/a", nodes)
    assert same == choose(Choice(nodes=THIRD, salt="one"), "shop/b", nodes)


def test_a_larger_part_holds_the_smaller_one() -> None:
    nodes = dict.fromkeys((f"node-{i}" for i in range(97)), "")
    parts = [choose(Choice(nodes=Amount(number=p, percent=True)), "s", nodes) for p in range(101)]
    assert all(small <= large for small, large in itertools.pairwise(parts))
    assert parts[0] == frozenset() and parts[100] == frozenset(nodes)


@pytest.mark.parametrize(("amount", "chosen"), [(None, 4), (Amount(number=9), 4), (Amount(number=0), 0), (Amount(number=3), 3)])
def test_a_number_is_a_number_of_nodes(amount: Amount | None, chosen: int) -> None:
    for label in ("", "zone"):
        assert len(choose(Choice(nodes=amount, zone_label=label), "s", dict.fromkeys("abcd", "z"))) == chosen


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 60), min_size=1), st.data())
def test_quotas_add_up_and_are_within_one_of_the_share(sizes: dict[str, int], data: st.DataObject) -> None:
    total = sum(sizes.values())
    wanted = data.draw(st.integers(0, total))
    given_ = quotas(wanted, sizes, "s")
    assert sum(given_.values()) == wanted
    for zone, size in sizes.items():
        assert given_[zone] <= size
        assert abs(given_[zone] - Fraction(wanted * size, total)) < 1


def test_ties_between_zones_do_not_go_by_name() -> None:
    firsts = {min("abc", key=lambda zone: rank(salt, zone)) for salt in map(str, range(50))}
    assert firsts == set("abc")
    one = quotas(1, {"a": 5, "b": 5, "c": 5}, "1")
    assert sorted(one.values()) == [0, 0, 1]


def test_no_nodes_are_nothing_to_choose_from() -> None:
    assert choose(Choice(nodes=THIRD, zone_label="zone"), "s", {}) == frozenset()
    assert quotas(0, {}, "s") == {}
