"""Who owns what: from claims to the claims that are granted. The losers are told, with the winner's name and the remedy."""

import functools
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.base.rows import Each, Grouped
from router.table.claims import Claims, RouteClaim
from router.table.hosts import ANY_HOST, HostPattern
from router.table.routes import Match, PathKind
from router.table.types import Refused

K = TypeVar("K", bound=Hashable)
EMPTY: Mapping[str, RouteClaim] = {}
_NUMBER = re.compile(r"([0-9]{1,9})", re.ASCII)
_KINDS = {PathKind.EXACT: 0, PathKind.REGEX: 1, PathKind.PREFIX: 2}


class Merged(Frozen):
    """What the claims of one host came to. ``claims``: those that are granted, in match order, own fallback last; possibly none.
    ``owner``: the namespace that has the host, empty if nobody does. ``refused``: what lost, and why.

    ``defaults``, which only the claims without a host can hold: namespace -> its default backend for its hosts that have none of
    their own; with ownership by path, the one for all hosts under an empty name."""

    host: HostPattern
    claims: tuple[RouteClaim, ...] = ()
    owner: str = ""
    defaults: Mapping[str, RouteClaim] = EMPTY
    refused: tuple[Refused, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def namespaces(self) -> frozenset[str]:
        """Whose host it is: its owner, or everybody who has a route on it."""
        return frozenset({self.owner} if self.owner else {c.origin.object.namespace for c in self.claims})

    def admits(self, ref: ObjectRef) -> bool:
        """Whether the object has a say on the host: it is the owner's, or, if nobody owns it, one of its routes is granted."""
        return self.owner == ref.namespace if self.owner else any(c.origin.object == ref for c in self.claims)


Part = tuple[int, K, tuple[RouteClaim, ...]]
"""What one object claims of a host, as ``Grouped`` gives it."""


class Merging(Generic[K]):
    """Claims of objects, some mappings of them, to hosts. A host whose claims did not change is not merged again."""

    def __init__(self) -> None:
        self._parts = Grouped[K, Claims, HostPattern, tuple[RouteClaim, ...]](_by_host)
        self._merged = Each[HostPattern, tuple[Part[K], ...], Merged](merged)

    def of(self, claims: Sequence[Mapping[K, Claims]], ownership: str) -> Mapping[HostPattern, Merged]:
        return self._merged.of(self._parts.of(*claims), ownership)


def _by_host(claims: Claims) -> Mapping[HostPattern, tuple[RouteClaim, ...]]:
    first = claims.routes[0].host if claims.routes else ANY_HOST
    if all(claim.host is first for claim in claims.routes):  # one host is what most objects have
        return {first: claims.routes} if claims.routes else {}
    found: dict[HostPattern, list[RouteClaim]] = {}
    for claim in claims.routes:
        found.setdefault(claim.host, []).append(claim)
    return {host: tuple(routes) for host, routes in found.items()}


class _Lost(Frozen):
    claim: RouteClaim
    finding: Finding


def merged(parts: Sequence[Part[Any]], ownership: str) -> Merged:
    """All claims of one host. ``ownership``: ``namespace`` (a host is its oldest claim's namespace's) or ``path`` (each path is
    its oldest claim's)."""
    ordered = sorted((claim for _, _, claims in parts for claim in claims), key=_age)
    first, lost = ordered[0], list[_Lost]()
    owned = ownership == "namespace" and first.host != ANY_HOST
    inside = _without_foreign(ordered, lost) if owned else ordered
    winners = _oldest_of_each_match(inside, lost, ownership)
    return Merged(
        host=first.host,
        claims=tuple(sorted(_one_default(winners, lost), key=match_order)),
        owner=first.origin.object.namespace if owned else "",
        defaults={_whose(claim, ownership): claim for claim in winners if claim.everywhere},
        refused=tuple(sorted(_refused(one) for one in lost if one.claim.action)),
        findings=(*dict.fromkeys(one.finding for one in lost), *_shared(winners)),
    )


def _whose(claim: RouteClaim, ownership: str) -> str:
    return claim.origin.object.namespace if ownership == "namespace" else ""


def _one_default(winners: Sequence[RouteClaim], lost: list[_Lost]) -> Iterator[RouteClaim]:
    """``winners`` as their host has them: what nobody names has one default backend, the oldest of all that want to be it."""
    of_nobody: RouteClaim | None = None
    for claim in winners:
        if claim.host == ANY_HOST and claim.fallback:
            if of_nobody:
                lost.append(_Lost(claim=claim, finding=_younger(claim, of_nobody)))
                continue
            of_nobody = claim
        yield claim


def match_order(claim: RouteClaim) -> tuple[object, ...]:
    """Sorts what is tried first: exact path, longest prefix, method, most headers, most query parameters, oldest; fallbacks last.

    Source: Gateway API HTTPRouteRule precedence, which holds Ingress' (exact, then the longest path) as a special case.
    """
    path, match = claim.match.path, claim.match
    specific = (not match.method, -len(match.headers), -len(match.query))
    return (claim.fallback, _KINDS[path.kind], -len(path.value), path.value, *specific, *_age(claim))


def _age(claim: RouteClaim) -> tuple[object, ...]:
    """Oldest first; inside one object in the order in which it was written."""
    return (claim.age, claim.origin.dialect, claim.origin.object, _written(claim.origin.rule), claim.host, claim.match)


@functools.lru_cache(4096)
def _written(rule: str) -> tuple[int | str, ...]:
    """Sorts ``rules[2]`` before ``rules[10]``. All objects have the same few rules, so they are remembered."""
    return tuple(int(part) if part.isdigit() else part for part in _NUMBER.split(rule))


def _without_foreign(ordered: Sequence[RouteClaim], lost: list[_Lost]) -> list[RouteClaim]:
    """Those of the oldest claim's namespace. An object is told once, however many paths it has there."""
    inside: list[RouteClaim] = []
    told: dict[ObjectRef, Finding] = {}
    winner = ordered[0]
    for claim in ordered:
        if winner.origin.object.namespace == claim.origin.object.namespace:
            inside.append(claim)
        else:
            finding = told.setdefault(claim.origin.object, _foreign(claim, winner))
            lost.append(_Lost(claim=claim, finding=finding))
    return inside


def _foreign(claim: RouteClaim, winner: RouteClaim) -> Finding:
    message = f"{claim.host} belongs to namespace {winner.origin.object.namespace}, by {winner.origin.object}, which is older."
    fix = "Use another host, move the object to that namespace, or run the router with --host-ownership path."
    return error(claim.origin.object, claim.field, "HostOwned", message, fix)


def _oldest_of_each_match(inside: Sequence[RouteClaim], lost: list[_Lost], ownership: str) -> list[RouteClaim]:
    winners: dict[tuple[str | None, bool, Match], RouteClaim] = {}
    for claim in inside:
        if claim.action is None:
            continue
        match = Match() if claim.fallback else claim.match
        whose = _whose(claim, ownership) if claim.everywhere else None
        winner = winners.setdefault((whose, claim.fallback, match), claim)
        if winner is not claim:
            lost.append(_Lost(claim=claim, finding=_younger(claim, winner)))
    return list(winners.values())


def _younger(claim: RouteClaim, winner: RouteClaim) -> Finding:
    what = "The default backend" if claim.fallback else f"The {claim.match.path.kind} path {claim.match.path.value}"
    where = "" if claim.host == ANY_HOST else f" of {claim.host}"
    if claim.origin.object == winner.origin.object:
        message = f"{what}{where} stands twice in this object; the first, {winner.origin.rule}, counts."
        return warning(claim.origin.object, claim.field, "DuplicatePath", message, "Remove one.")
    reason, fix = "PathOwned", "Use another host or path, or remove it there."
    if claim.fallback:
        reason, fix = "DefaultBackendOwned", "Remove it here or there."
    message = f"{what}{where} belongs to {winner.origin.object}, which is older."
    return error(claim.origin.object, claim.field, reason, message, fix)


def _refused(one: _Lost) -> Refused:
    claim = one.claim
    return Refused(
        host=claim.host,
        match=claim.match,
        origin=claim.origin,
        why=one.finding.message.removesuffix("."),
        fallback=claim.fallback,
    )


def _shared(winners: Sequence[RouteClaim]) -> list[Finding]:
    """A host that two dialects speak of: served by path, but look."""
    said: dict[ObjectRef, Finding] = {}
    for claim in winners:
        older = winners[0]
        if claim.host != ANY_HOST and older.origin.dialect != claim.origin.dialect:
            message = f"{claim.host} is shared with {older.origin.object}; each path goes to the one that claims it."
            finding = warning(claim.origin.object, claim.field, "SharedHost", message, "Is that meant?")
            said.setdefault(claim.origin.object, finding)
    return list(said.values())
