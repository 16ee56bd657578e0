"""Which route a request takes, and why: the reference for what both planes do (docs/explanation/meaning.md)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen
from router.certs import Certificate
from router.table import notation, paths
from router.table.hosts import HostKind, HostPattern
from router.table.request import Request, client_of, refusal, scheme_of, upstream_headers, within
from router.table.routes import Forward, Match, PathKind, Redirect, Route, ValueMatch
from router.table.types import Listener, Protocol, Table, VirtualHost

__all__ = ["Candidate", "Explanation", "Request", "explain", "objects", "to_builtins"]


class Candidate(Frozen):
    """A route of the host. ``verdict``: ``won``, ``lost`` (it matches, but another one comes first) or ``no match``."""

    route: Route
    verdict: str
    why: str


class Explanation(Frozen):
    """``status``: what we answer ourselves, 0 if the backend answers. ``location``: of a redirect. ``steps``: what was
    decided, in order. ``upstream``: (header, value) that the backend gets; ``url``: path and query that it gets."""

    request: Request
    client: str
    listener: str
    certificate: str
    host: HostPattern | None
    route: Route | None
    candidates: tuple[Candidate, ...]
    steps: tuple[str, ...]
    status: int = 0
    location: str = ""
    backends: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    url: str = ""
    upstream: tuple[tuple[str, str], ...] = ()


def explain(table: Table, request: Request) -> Explanation:
    """What happens to ``request``. Pure; nothing is sent."""
    listener = next((li for li in table.listeners if li.protocol.value.lower() == request.scheme), None)
    trusted = table.globals.trusted_proxies
    client = client_of(request, trusted)
    base = Explanation(
        request=request,
        client=client,
        listener=listener.name if listener else "",
        certificate=_certificate(table, request, listener),
        host=None,
        route=None,
        candidates=(),
        steps=(),
    )
    if refused := refusal(request):
        return _with(base, status=refused[0], steps=(refused[1],))
    virtual = find_host(table, request.normal_host, base.listener)
    if virtual is None:
        return _with(base, status=404, steps=(f"no rule names {request.normal_host}, and there are no rules for every host",))
    candidates = _candidates(virtual, request)
    won = next((c.route for c in candidates if c.verdict == "won"), None)
    base = _with(base, host=virtual.host, candidates=candidates, route=won)
    if won is None:
        return _with(base, status=404, steps=(f"no rule of {virtual.host} matches {request.bare_path}",))
    return _decide(table, base, won, listener)


def find_host(table: Table, host: str, listener: str) -> VirtualHost | None:
    """Exact, then the longest wildcard, then rules without a host. ``table.hosts`` is in that order."""
    return next((v for v in table.hosts if listener in v.listeners and v.host.matches(host)), None)


def matches(match: Match, request: Request) -> str:
    """Empty if all of it holds, else what does not."""
    path = request.bare_path
    if match.path.kind is PathKind.EXACT and path != match.path.value:
        return "the path is another"
    if match.path.kind is PathKind.PREFIX and not paths.prefix_matches(match.path.value, path):
        return "the path does not start with it"
    if match.path.kind is PathKind.REGEX:
        return "regular expressions are not explained yet"
    if match.method and match.method != request.method:
        return f"the method is not {match.method}"
    if missing := _unmet(match.headers, request.headers):
        return f"header {missing} does not match"
    query = [tuple(pair.partition("=")[::2]) for pair in request.path.partition("?")[2].split("&")]
    if missing := _unmet(match.query, [(name, value) for name, value in query]):
        return f"query parameter {missing} does not match"
    return ""


def _unmet(wanted: Sequence[ValueMatch], given: Sequence[tuple[str, str]]) -> str:
    return next((w.name for w in wanted if w.regex or (w.name, w.value) not in given), "")


def _candidates(virtual: VirtualHost, request: Request) -> tuple[Candidate, ...]:
    made: list[Candidate] = []
    winner: Route | None = None
    for route in virtual.routes:
        failed = matches(route.match, request)
        if failed:
            made.append(Candidate(route=route, verdict="no match", why=failed))
        elif winner is None:
            winner = route
            made.append(Candidate(route=route, verdict="won", why=_reason(route)))
        else:
            made.append(Candidate(route=route, verdict="lost", why=_lost(winner, route)))
    return tuple(made)


def _reason(route: Route) -> str:
    if route.fallback:
        return "nothing else matches"
    return "exact path" if route.match.path.kind is PathKind.EXACT else "longest prefix that matches"


def _lost(winner: Route, loser: Route) -> str:
    ours, theirs = loser.match, winner.match
    if loser.fallback:
        return "a default backend comes last"
    if ours.path.kind is not theirs.path.kind:
        return f"an {theirs.path.kind.value} path comes first"
    if len(ours.path.value) < len(theirs.path.value):
        return "shorter prefix"
    if bool(ours.method) < bool(theirs.method):
        return "no method"
    if len(ours.headers) < len(theirs.headers):
        return "fewer headers"
    return "fewer query parameters" if len(ours.query) < len(theirs.query) else "younger"


def _decide(table: Table, base: Explanation, route: Route, listener: Listener | None) -> Explanation:
    """Section 4 of the meaning: access, redirect, maintenance, action."""
    policy, request = route.policy, base.request
    if policy.allow is not None and not within(base.client, policy.allow):
        return _with(base, status=403, steps=(f"the client {base.client} is not in the whitelist",))
    if policy.https_redirect and scheme_of(request, table.globals.trusted_proxies) == "http":
        location = f"https://{_redirect_host(request, table)}{request.path}"
        steps = ("plain HTTP is redirected to HTTPS",)
        return _with(base, status=policy.https_redirect, location=location, steps=steps)
    if policy.maintenance is not None:
        return _with(base, status=503, steps=(f"in maintenance, Retry-After {policy.maintenance}",))
    if not isinstance(route.action, Forward):
        redirect = route.action if isinstance(route.action, Redirect) else None
        return _with(base, status=route.action.status, location=redirect.host if redirect else "")
    return _forward(table, base, route.action, listener)


def _forward(table: Table, base: Explanation, action: Forward, listener: Listener | None) -> Explanation:
    known = {b.id: b for b in table.backends}
    chosen = [known[w.backend] for w in action.backends if w.weight]
    ends = tuple(notation.endpoint_text(e) for b in chosen for e in b.endpoints)
    labels = tuple(b.label for b in chosen)
    if not ends:
        return _with(base, status=503, backends=labels, steps=tuple(b.problem for b in chosen) or ("there is no backend",))
    port = listener.port if listener else 0
    headers = upstream_headers(base.request, table.globals, port)
    return _with(base, backends=labels, endpoints=ends, url=base.request.path, upstream=headers)


def _redirect_host(request: Request, table: Table) -> str:
    host = request.host
    bare = host[: host.rindex(":")] if ":" in host.rpartition("]")[2] else host
    port = next((li.port for li in table.listeners if li.protocol is Protocol.HTTPS), 443)
    return bare if port == 443 else f"{bare}:{port}"


def _certificate(table: Table, request: Request, listener: Listener | None) -> str:
    """The source of the certificate that the server name gets, empty over plain HTTP."""
    if listener is None or listener.protocol is not Protocol.HTTPS:
        return ""
    known: dict[str, Certificate] = {c.id: c for c in table.certificates}
    name = request.sni.lower().removesuffix(".")
    bound = sorted((b for b in table.sni if name and b.host.matches(name)), key=lambda b: b.host.kind is not HostKind.EXACT)
    chosen = known.get(bound[0].certificate if bound else table.default_certificate)
    return f"{chosen.source}, until {chosen.not_after}" if chosen else "the default certificate"


def _with(base: Explanation, **changes: Any) -> Explanation:
    return msgspec.structs.replace(base, **changes)


def objects(found: Explanation) -> set[ObjectRef]:
    """The objects that speak of the host."""
    return {c.route.origin.object for c in found.candidates}


def to_builtins(found: Explanation) -> dict[str, Any]:
    """The JSON form: ``version`` 1, the fields of Explanation with routes in short."""
    made = msgspec.to_builtins(found, enc_hook=str)
    made |= {"version": 1, "host": str(found.host) if found.host else None, "route": _short(found.route) if found.route else None}
    made["candidates"] = [{**_short(c.route), "verdict": c.verdict, "why": c.why} for c in found.candidates]
    assert isinstance(made, dict)
    return made


def _short(route: Route) -> dict[str, Any]:
    origin = route.origin
    return {
        "id": route.id,
        "dialect": origin.dialect,
        "kind": origin.object.kind,
        "namespace": origin.object.namespace,
        "name": origin.object.name,
        "rule": origin.rule,
        "path_kind": "default" if route.fallback else route.match.path.kind.value,
        "path": route.match.path.value,
    }
