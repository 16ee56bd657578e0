"""Who owns what: from claims to the claims that are granted. The losers are told, with the winner's name and the remedy."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.table.claims import RouteClaim
from router.table.hosts import ANY_HOST, HostPattern
from router.table.routes import Match, PathKind
from router.table.types import Refused

_NUMBER = re.compile(r"([0-9]{1,9})", re.ASCII)
_KINDS = {PathKind.EXACT: 0, PathKind.REGEX: 1, PathKind.PREFIX: 2}


class Granted(Frozen):
    """``hosts``: every named host -> its claims in match order, own fallback last; possibly none. ``owners``: host -> namespace,
    for hosts that belong to one. ``defaults``: namespace -> its default backend for its hosts that have none of their own; with
    ownership by path, the one for all hosts under an empty name. ``refused``: what lost, and why."""

    hosts: Mapping[HostPattern, tuple[RouteClaim, ...]]
    owners: Mapping[HostPattern, str]
    defaults: Mapping[str, RouteClaim]
    refused: tuple[Refused, ...]
    findings: tuple[Finding, ...]

    def default_of(self, host: HostPattern) -> RouteClaim | None:
        """A namespace's default backend answers on no host of another one: what is sent there is its owner's."""
        return self.defaults.get(self.owners.get(host, ""))

    def namespaces(self, host: HostPattern) -> frozenset[str]:
        """Whose host it is: its owner, or everybody who has a route on it."""
        if host in self.owners:
            return frozenset({self.owners[host]})
        return frozenset(c.origin.object.namespace for c in self.hosts.get(host, ()))

    def admits(self, host: HostPattern, ref: ObjectRef) -> bool:
        """Whether the object has a say on the host: it is the owner's, or, if nobody owns it, one of its routes is granted."""
        if host in self.owners:
            return self.owners[host] == ref.namespace
        return any(c.origin.object == ref for c in self.hosts.get(host, ()))


class _Lost(Frozen):
    claim: RouteClaim
    finding: Finding


def merge(claims: Iterable[RouteClaim], ownership: str) -> Granted:
    """``ownership``: ``namespace`` (a host is its oldest claim's namespace's) or ``path`` (each path is its oldest claim's)."""
    ordered = sorted(claims, key=_age)
    lost: list[_Lost] = []
    first = _first_of_each_host(ordered) if ownership == "namespace" else {}
    inside = _without_foreign(ordered, first, lost)
    winners = _oldest_of_each_match(inside, lost, ownership)
    hosts: dict[HostPattern, list[RouteClaim]] = {claim.host: [] for claim in inside if not claim.everywhere}
    for claim in _one_default(winners, lost):
        hosts.setdefault(claim.host, []).append(claim)
    return Granted(
        hosts={host: tuple(sorted(found, key=match_order)) for host, found in hosts.items()},
        owners={host: claim.origin.object.namespace for host, claim in first.items()},
        defaults={_whose(c, ownership): c for c in winners if c.everywhere},
        refused=tuple(sorted(_refused(one) for one in lost if one.claim.action)),
        findings=(*dict.fromkeys(one.finding for one in lost), *_shared(winners)),
    )


def _whose(claim: RouteClaim, ownership: str) -> str:
    return claim.origin.object.namespace if ownership == "namespace" else ""


def _one_default(winners: Sequence[RouteClaim], lost: list[_Lost]) -> Iterator[RouteClaim]:
    """``winners`` as their hosts have them: those that nobody names have one default backend, the oldest that wants to be it."""
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
    """Oldest first; inside one object in the order in which it was written, so ``rules[2]`` before ``rules[10]``."""
    written = tuple(int(part) if part.isdigit() else part for part in _NUMBER.split(claim.origin.rule))
    return (claim.age, claim.origin.dialect, claim.origin.object, written, claim.host, claim.match)


def _first_of_each_host(ordered: Sequence[RouteClaim]) -> dict[HostPattern, RouteClaim]:
    first: dict[HostPattern, RouteClaim] = {}
    for claim in ordered:
        if claim.host != ANY_HOST:
            first.setdefault(claim.host, claim)
    return first


def _without_foreign(
    ordered: Sequence[RouteClaim], first: Mapping[HostPattern, RouteClaim], lost: list[_Lost]
) -> list[RouteClaim]:
    """An object is told once about a host, however many paths it has there."""
    inside: list[RouteClaim] = []
    told: dict[tuple[ObjectRef, HostPattern], Finding] = {}
    for claim in ordered:
        winner = first.get(claim.host, claim)
        if winner.origin.object.namespace == claim.origin.object.namespace:
            inside.append(claim)
        else:
            finding = told.setdefault((claim.origin.object, claim.host), _foreign(claim, winner))
            lost.append(_Lost(claim=claim, finding=finding))
    return inside


def _foreign(claim: RouteClaim, winner: RouteClaim) -> Finding:
    message = f"{claim.host} belongs to namespace {winner.origin.object.namespace}, by {winner.origin.object}, which is older."
    fix = "Use another host, move the object to that namespace, or run the router with --host-ownership path."
    return error(claim.origin.object, claim.field, "HostOwned", message, fix)


def _oldest_of_each_match(inside: Sequence[RouteClaim], lost: list[_Lost], ownership: str) -> list[RouteClaim]:
    winners: dict[tuple[HostPattern, str | None, bool, Match], RouteClaim] = {}
    for claim in inside:
        if claim.action is None:
            continue
        match = Match() if claim.fallback else claim.match
        whose = _whose(claim, ownership) if claim.everywhere else None
        winner = winners.setdefault((claim.host, whose, claim.fallback, match), claim)
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
    first: dict[HostPattern, RouteClaim] = {}
    said: dict[tuple[ObjectRef, HostPattern], Finding] = {}
    for claim in winners:
        older = first.setdefault(claim.host, claim)
        if claim.host != ANY_HOST and older.origin.dialect != claim.origin.dialect:
            message = f"{claim.host} is shared with {older.origin.object}; each path goes to the one that claims it."
            key = (claim.origin.object, claim.host)
            said.setdefault(key, warning(claim.origin.object, claim.field, "SharedHost", message, "Is that meant?"))
    return list(said.values())
