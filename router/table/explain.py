"""Which route a request takes, and why: the reference for what both planes do (docs/explanation/meaning.md)."""

from typing import Any

import msgspec

from router.base.findings import ObjectRef
from router.base.frozen import Frozen
from router.table import answers, notation, passing
from router.table.hosts import HostKind, HostPattern
from router.table.matching import HOST_WHY, WON, Candidate, candidates, find_host, unmet
from router.table.request import Request, client_of, refusal, scheme_of, within
from router.table.routes import Forward, Match, Origin, Redirect, Route
from router.table.sni import patterns_of
from router.table.types import Listener, Protocol, Refused, Table

__all__ = ["Candidate", "Explanation", "Request", "explain", "objects", "to_builtins"]


class Explanation(Frozen):
    """``status``: what we answer ourselves, 0 if the backend answers. ``steps``: sentences, in the order of the decisions; the
    last one decided. ``refused``: what would match, but lost its place to another object. ``location``: of a redirect.
    ``url``: path and query that the backend gets; ``upstream``: the headers that it gets; ``answer``: those that we add."""

    request: Request
    client: str
    listener: str
    certificate: str
    host: HostPattern | None = None
    host_why: str = ""
    route: Route | None = None
    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Refused, ...] = ()
    steps: tuple[str, ...] = ()
    status: int = 0
    location: str = ""
    backends: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    url: str = ""
    upstream: answers.Headers = ()
    answer: answers.Headers = ()


def explain(table: Table, request: Request) -> Explanation:
    """What happens to ``request``. Pure; nothing is sent."""
    listener = next((li for li in table.listeners if li.protocol.value.lower() == request.scheme), None)
    base = Explanation(
        request=request,
        client=client_of(request, table.globals.trusted_proxies),
        listener=listener.name if listener else "",
        certificate=_certificate(table, request, listener),
    )
    if refused := refusal(request):
        return _with(base, status=refused[0], steps=(refused[1],))
    virtual = find_host(table, request.normal_host, base.listener)
    if virtual is None:
        return _with(base, status=404, steps=(f"no rule names {request.normal_host}, and there are no rules without a host",))
    found = candidates(virtual, request)
    won = next((c.route for c in found if c.verdict == WON), None)
    lost = tuple(r for r in table.refused if r.host == virtual.host and not unmet(r.match, request))
    base = _with(
        base, host=virtual.host, host_why=HOST_WHY[virtual.host.kind], candidates=found, route=won, refused=lost
    )  # fmt: skip
    if won is None:
        return _with(base, status=404, steps=(f"no rule of {virtual.host} matches {request.normal_path}",))
    return _decide(table, base, won, listener)


def _decide(table: Table, base: Explanation, route: Route, listener: Listener | None) -> Explanation:
    """Section 4 of the meaning: access, redirect, maintenance, action. (The body's size is known only when it is sent.)"""
    policy, request, steps = route.policy, base.request, []
    scheme = scheme_of(request, table.globals.trusted_proxies)
    base = _with(base, answer=answers.answer_headers(policy, scheme))
    if policy.allow is not None:
        if not within(base.client, policy.allow):
            return _with(base, status=403, steps=(f"the client {base.client} is not in the whitelist",))
        steps.append(f"the client {base.client} is in the whitelist")
    if policy.https_redirect:
        if scheme == "http":
            location = answers.https_location(request, table)
            steps.append("plain HTTP is redirected to HTTPS")
            return _with(base, status=policy.https_redirect, location=location, steps=tuple(steps))
        steps.append("it came over HTTPS, so it is not redirected")
    if policy.maintenance is not None:
        added = (*base.answer, ("Retry-After", str(policy.maintenance)))
        return _with(base, status=503, answer=added, steps=(*steps, "it is in maintenance"))
    if isinstance(route.action, Forward):
        return _forward(table, _with(base, steps=tuple(steps)), route, route.action, listener)
    location = ""
    if isinstance(route.action, Redirect):
        location = answers.redirect_location(route.action, route.match.path, request, scheme, listener)
    return _with(base, status=route.action.status, location=location, steps=(*steps, "the rule says so"))


def _forward(table: Table, base: Explanation, route: Route, action: Forward, listener: Listener | None) -> Explanation:
    known = {b.id: b for b in table.backends}
    chosen = [known[w.backend] for w in action.backends if w.weight]
    labels = tuple(b.label for b in chosen)
    ends = tuple(notation.endpoint_text(e) for b in chosen for e in b.endpoints)
    if not ends:
        why = tuple(b.problem for b in chosen) or ("the rule has no backend",)
        return _with(base, status=503, backends=labels, steps=(*base.steps, *why))
    rewrite = action.rewrite
    return _with(
        base,
        backends=labels,
        endpoints=ends,
        url=answers.rewritten(
            base.request.target, route.match.path, rewrite.path_kind if rewrite else None, rewrite.path if rewrite else ""
        ),
        upstream=(
            *answers.upstream_headers(base.request, table.globals, listener, route.policy, rewrite),
            *passing.passed(base.request, next(b.protocol for b in chosen if b.endpoints)),
        ),
    )


def _certificate(table: Table, request: Request, listener: Listener | None) -> str:
    """Where the certificate comes from that a TLS client gets for its server name; empty over plain HTTP."""
    if listener is None or listener.protocol is not Protocol.HTTPS:
        return ""
    name = request.sni.lower().removesuffix(".")
    bound = {b.host: b.certificate for b in table.sni if b.listener == listener.name}
    chosen = next((p for p in patterns_of(name) if p in bound), None)
    own = chosen and not _is_strangers(table, chosen, name)
    identity = bound[chosen] if chosen and own else table.default_certificate
    found = next((c for c in table.certificates if c.id == identity), None)
    return f"{found.source}, until {found.not_after}" if found else "the self-signed default one"


def _is_strangers(table: Table, wildcard: HostPattern, name: str) -> bool:
    """Whether the wildcard is one tenant's and the name another's: such a name has a binding of its own, except in a table that
    has no default certificate yet."""
    owners = {v.host: v.owner for v in table.hosts}
    ours, theirs = owners.get(HostPattern(kind=HostKind.EXACT, name=name), ""), owners.get(wildcard, "")
    return bool(ours and theirs and ours != theirs)


def _with(base: Explanation, **changes: Any) -> Explanation:
    return msgspec.structs.replace(base, **changes)


def objects(found: Explanation) -> set[ObjectRef]:
    """The objects that speak of the host."""
    return {c.route.origin.object for c in found.candidates} | {r.origin.object for r in found.refused}


def to_builtins(found: Explanation) -> dict[str, Any]:
    """The JSON form: ``version`` 1 and the fields of Explanation, with routes in short. Pairs of names and values are lists."""
    made = msgspec.to_builtins(found, enc_hook=str)
    assert isinstance(made, dict)
    made |= {"host": str(found.host) if found.host else None, "route": found.route and _route(found.route)}
    made["candidates"] = [{**_route(c.route), "verdict": c.verdict, "why": c.why} for c in found.candidates]
    made["refused"] = [{**_short(r.origin, r.match, r.fallback), "why": r.why} for r in found.refused]
    return {"version": 1, **made}


def _route(route: Route) -> dict[str, Any]:
    return {"id": route.id, **_short(route.origin, route.match, route.fallback)}


def _short(origin: Origin, match: Match, fallback: bool) -> dict[str, Any]:
    return {
        "dialect": origin.dialect,
        "kind": origin.object.kind,
        "namespace": origin.object.namespace,
        "name": origin.object.name,
        "rule": origin.rule,
        "path_kind": "default" if fallback else match.path.kind.value,
        "path": match.path.value,
    }
