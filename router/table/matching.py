"""Which host and which route a request takes: sections 2 and 3 of docs/explanation/meaning.md."""

from collections.abc import Sequence

from router.base.frozen import Frozen
from router.table import paths
from router.table.hosts import HostKind
from router.table.request import Request
from router.table.routes import Match, PathKind, Route, ValueMatch
from router.table.types import Table, VirtualHost

WON, LOST, NO_MATCH = "won", "lost", "no match"
HOST_WHY = {
    HostKind.EXACT: "exact host",
    HostKind.ONE_LABEL: "wildcard for one label",
    HostKind.SUFFIX: "wildcard",
    HostKind.ANY: "no rule names the host, so rules without one count",
}


class Candidate(Frozen):
    """A route of the host. ``verdict``: ``won``, ``lost`` (it matches, but another one comes first) or ``no match``."""

    route: Route
    verdict: str
    why: str


def find_host(table: Table, host: str, listener: str) -> VirtualHost | None:
    """Exact, then the longest wildcard, then rules without a host: ``table.hosts`` is in that order."""
    return next((v for v in table.hosts if listener in v.listeners and v.host.matches(host)), None)


def candidates(virtual: VirtualHost, request: Request) -> tuple[Candidate, ...]:
    """All routes of the host in match order, with what became of them."""
    made: list[Candidate] = []
    winner: Route | None = None
    for route in virtual.routes:
        failed = unmet(route.match, request)
        if failed:
            made.append(Candidate(route=route, verdict=NO_MATCH, why=failed))
        elif winner is None:
            winner = route
            made.append(Candidate(route=route, verdict=WON, why=_reason(route)))
        else:
            made.append(Candidate(route=route, verdict=LOST, why=_lost(winner, route)))
    return tuple(made)


def unmet(match: Match, request: Request) -> str:
    """The first part that does not hold, empty if all do."""
    path = request.normal_path
    if match.path.kind is PathKind.EXACT and path != match.path.value:
        return "another path"
    if match.path.kind is PathKind.PREFIX and not paths.prefix_matches(match.path.value, path):
        return "the path does not start with it"
    if match.path.kind is PathKind.REGEX:
        return "regular expressions are not explained yet"
    if match.method and match.method != request.method:
        return f"the method is not {match.method}"
    if missing := _unmet_value(match.headers, request.headers):
        return f"header {missing} does not match"
    query = [pair.partition("=")[::2] for pair in request.target.partition("?")[2].split("&")]
    if missing := _unmet_value(match.query, query):
        return f"query parameter {missing} does not match"
    return ""


def _unmet_value(wanted: Sequence[ValueMatch], given: Sequence[tuple[str, str]]) -> str:
    return next((w.name for w in wanted if w.regex or (w.name, w.value) not in given), "")


def _reason(route: Route) -> str:
    if route.fallback:
        return "nothing else matches"
    more = [
        word
        for word, held in (("method", route.match.method), ("headers", route.match.headers), ("query", route.match.query))
        if held
    ]
    path = "exact path" if route.match.path.kind is PathKind.EXACT else "longest prefix"
    return ", ".join([path, *more])


def _lost(winner: Route, loser: Route) -> str:
    """The first rule of precedence in which they differ."""
    ours, theirs = loser.match, winner.match
    if loser.fallback:
        return "a default backend comes last"
    if ours.path.kind is not theirs.path.kind:
        return f"{theirs.path.kind.value} paths come before {ours.path.kind.value} ones"
    if len(ours.path.value) < len(theirs.path.value):
        return f"shorter {ours.path.kind.value}"
    if theirs.method and not ours.method:
        return "no method"
    if len(ours.headers) < len(theirs.headers):
        return "fewer headers"
    return "fewer query parameters" if len(ours.query) < len(theirs.query) else "younger"
