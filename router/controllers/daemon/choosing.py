"""Which part of the eligible nodes runs a pod: a stable choice, so that a node more or less moves as little as can be.

Nodes are ranked by a digest of a salt and their *name* (a node that registers again has another uid, but the same name), and the
first so many are chosen. Two salts choose independently. With a quota, each zone gets its share of the number, and its first
nodes by the same rank.
"""

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from router.controllers.daemon.types import Choice


@lru_cache(65536)
def rank(salt: str, name: str) -> bytes:
    """Sorts nodes; 16 bytes, so that two names never meet."""
    return hashlib.blake2b(name.encode(), digest_size=16, key=hashlib.blake2b(salt.encode(), digest_size=32).digest()).digest()


def choose(choice: Choice, salt: str, zones: Mapping[str, str]) -> frozenset[str]:
    """``zones``: eligible node -> its zone, empty for none. The number is exact: a percentage is rounded up, and never more than
    there are. ``salt`` stands in when the choice names none."""
    if choice.nodes is None:
        return frozenset(zones)
    wanted, salt = min(choice.nodes.of(len(zones)), len(zones)), choice.salt or salt
    if wanted == len(zones):
        return frozenset(zones)
    ranked = sorted(zones, key=lambda name: rank(salt, name))
    if not choice.zone_label:
        return frozenset(ranked[:wanted])
    by_zone: dict[str, list[str]] = {}
    for name in ranked:
        by_zone.setdefault(zones[name], []).append(name)
    quota = quotas(wanted, {zone: len(names) for zone, names in by_zone.items()}, salt)
    return frozenset(name for zone, names in by_zone.items() for name in names[: quota[zone]])


def quotas(wanted: int, sizes: Mapping[str, int], salt: str) -> dict[str, int]:
    """``wanted`` shared out by size: everybody's whole part, then one more each in Webster's order.

    Each quota is within 1 of the exact share. No rule can promise that and never move a seat between two zones when a third one
    grows (Balinski and Young, 1982); this order does it much more seldom than that of the largest remainder, and with up to three
    zones never. Ties go by rank, so that they do not wander.
    """
    total = sum(sizes.values())
    if not total:
        return {}
    given = {zone: wanted * size // total for zone, size in sizes.items()}
    parted = [zone for zone in sizes if wanted * sizes[zone] % total]
    parted.sort(key=lambda zone: (Fraction(2 * given[zone] + 1, 2 * sizes[zone]), rank(salt, zone)))
    for zone in parted[: wanted - sum(given.values())]:
        given[zone] += 1
    return given
