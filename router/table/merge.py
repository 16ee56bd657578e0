"""Who owns what: from claims to the claims that are granted. The losers are told, with the winner's name and the remedy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.table.claims import RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import Match, PathKind

LONGEST = 1 << 16


class Granted(Frozen):
    """``hosts``: host -> its claims in match order, own fallback last. ``owners``: host -> namespace, empty if nobody's.

    ``default``: the global default backend, for requests that nothing else takes.
    """

    hosts: Mapping[HostPattern, tuple[RouteClaim, ...]]
    owners: Mapping[HostPattern, str]
    default: RouteClaim | None
    findings: tuple[Finding, ...]


def merge(claims: Iterable[RouteClaim], ownership: str) -> Granted:
    """``ownership``: ``namespace`` (a host is its oldest claim's namespace's) or ``path`` (each path is its oldest claim's)."""
    ordered = sorted(claims, key=_age)
    findings: list[Finding] = []
    owners = _owners(ordered, ownership)
    inside = _without_foreign(ordered, owners, findings)
    winners = _oldest_of_each_match(inside, findings)
    findings += _shared(winners)
    default = next((c for c in winners if c.fallback and c.host == ANY_HOST), None)
    hosts: dict[HostPattern, list[RouteClaim]] = defaultdict(list)
    for claim in winners:
        if claim is not default:
            hosts[claim.host].append(claim)
    return Granted(
        hosts={host: tuple(sorted(found, key=match_order)) for host, found in hosts.items()},
        owners={host: owners.get(host, ("", None))[0] for host in hosts},
        default=default,
        findings=tuple(findings),
    )


def match_order(claim: RouteClaim) -> tuple[object, ...]:
    """Sorts what is tried first: exact path, longest prefix, method, most headers, most query parameters, oldest; fallbacks last.

    Source: Gateway API HTTPRouteRule precedence, which holds Ingress' (longest path, then exact) as a special case.
    """
    match = claim.match
    kind = {PathKind.EXACT: 0, PathKind.REGEX: 1, PathKind.PREFIX: 2}[match.path.kind]
    return (
        claim.fallback, kind, LONGEST - len(match.path.value), match.path.value, not match.method,
        -len(match.headers), -len(match.query), *_age(claim),
    )  # fmt: skip


def _age(claim: RouteClaim) -> tuple[object, ...]:
    return (claim.age, claim.origin, claim.host, claim.match)


def _owners(ordered: Sequence[RouteClaim], ownership: str) -> dict[HostPattern, tuple[str, RouteClaim | None]]:
    owners: dict[HostPattern, tuple[str, RouteClaim | None]] = {}
    for claim in ordered:
        if claim.host.kind is not HostKind.ANY and ownership == "namespace":
            owners.setdefault(claim.host, (claim.origin.object.namespace, claim))
    return owners


def _without_foreign(
    ordered: Sequence[RouteClaim], owners: Mapping[HostPattern, tuple[str, RouteClaim | None]], findings: list[Finding]
) -> list[RouteClaim]:
    inside, told = [], set()
    for claim in ordered:
        namespace, winner = owners.get(claim.host, ("", None))
        if winner is None or claim.origin.object.namespace == namespace:
            inside.append(claim)
        elif (claim.origin.object, claim.host) not in told:
            told.add((claim.origin.object, claim.host))
            message = f"{claim.host} belongs to namespace {namespace}, by {winner.origin.object}, which is older."
            fix = "Use another host, move the object there, or run the router with --host-ownership path."
            findings.append(error(claim.origin.object, claim.field, "HostOwned", message, fix))
    return inside


def _identity(claim: RouteClaim) -> tuple[HostPattern, bool, Match]:
    return (claim.host, claim.fallback, Match() if claim.fallback else claim.match)


def _oldest_of_each_match(inside: Sequence[RouteClaim], findings: list[Finding]) -> list[RouteClaim]:
    winners: dict[tuple[HostPattern, bool, Match], RouteClaim] = {}
    for claim in inside:
        winner = winners.setdefault(_identity(claim), claim)
        if winner is not claim:
            findings.append(_lost(claim, winner))
    return list(winners.values())


def _lost(claim: RouteClaim, winner: RouteClaim) -> Finding:
    what = "The default backend" if claim.fallback else f"{claim.match.path.kind} path {claim.match.path.value}"
    where = "" if claim.host == ANY_HOST else f" of {claim.host}"
    if claim.origin.object == winner.origin.object:
        message = f"{what}{where} stands twice in this object; the first, {winner.origin.rule}, counts."
        return warning(claim.origin.object, claim.field, "DuplicatePath", message, "Remove one.")
    reason = "DefaultBackendOwned" if claim.fallback else "PathOwned"
    message = f"{what}{where} belongs to {winner.origin.object}, which is older."
    return error(claim.origin.object, claim.field, reason, message, "Use another host or path, or remove it there.")


def _shared(winners: Sequence[RouteClaim]) -> list[Finding]:
    """A host that two dialects speak of: served by path, but look."""
    first: dict[HostPattern, RouteClaim] = {}
    said: dict[tuple[object, HostPattern], Finding] = {}
    for claim in winners:
        older = first.setdefault(claim.host, claim)
        if claim.host != ANY_HOST and older.origin.dialect != claim.origin.dialect:
            message = f"{claim.host} is shared with {older.origin.object}; each path goes to the one that claims it."
            key = (claim.origin.object, claim.host)
            said.setdefault(key, warning(claim.origin.object, claim.field, "SharedHost", message, "Is that meant?"))
    return list(said.values())
