"""The written notation of a table: what ``tidegate routes`` prints and golden tests compare.

One thing a line, sorted as in the table, two spaces deeper for what belongs to the line above:

    listener NAME PROTOCOL ADDRESS:PORT [proxy-protocol] [passthrough]
    certificate ID8 NAME,... until DATE from SOURCE [default]
    sni HOST -> ID8
    host HOST [owner NAMESPACE]
      exact|prefix|regex PATH | default [METHOD] [header NAME=VALUE]... [query NAME=VALUE]... -> ACTION  # ORIGIN
        POLICY...
    backend LABEL [PROTOCOL] [sni NAME] [proxy-v1|v2] -> ENDPOINT ... | nothing: PROBLEM
    stream LISTENER -> LABEL  # ORIGIN

ACTION is ``LABEL`` or ``LABEL*WEIGHT + ...`` (forward), ``nothing`` (forward without a backend: 503), ``respond STATUS`` or
``redirect STATUS [scheme WORD] [port NUMBER]``. A forward or redirect may go on with ``host HOST`` and ``full|prefix PATH``,
which replace those of the request. ``default`` stands for the path of a default backend. Only policies that differ from the
defaults are written. Private keys never are.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from router.base.findings import printable
from router.certs import Certificate
from router.table.routes import Action, Forward, Match, Policy, Redirect, Rewrite, Route
from router.table.types import Backend, Endpoint, Listener, Table

VERSION = 1
_DEFAULT = Policy()


def to_text(table: Table) -> str:
    """The notation; ends with a newline unless the table is empty."""
    return "".join(f"{line if line.isprintable() else printable(line, len(line))}\n" for line in _lines(table))


def _lines(table: Table) -> Iterator[str]:
    labels = {b.id: b.label for b in table.backends}
    for listener in table.listeners:
        yield _listener(listener)
    for certificate in table.certificates:
        yield _certificate(certificate, certificate.id == table.default_certificate)
    for binding in table.sni:
        yield f"sni {binding.host} -> {binding.certificate[:8]}"
    for virtual in table.hosts:
        yield f"host {virtual.host}" + (f" owner {virtual.owner}" if virtual.owner else "")
        for route in virtual.routes:
            yield from _route(route, labels)
    for backend in table.backends:
        yield _backend(backend)
    for stream in table.streams:
        yield f"stream {stream.listener} -> {labels[stream.backend]}  # {stream.origin}"


def _listener(listener: Listener) -> str:
    address = f"[{listener.address}]" if ":" in listener.address else listener.address or "*"
    words = [f"listener {listener.name} {listener.protocol.value} {address}:{listener.port}"]
    words += ["proxy-protocol"] * listener.proxy_protocol + ["passthrough"] * listener.passthrough
    return " ".join(words)


def _certificate(certificate: Certificate, default: bool) -> str:
    names = ",".join(certificate.names)
    text = f"certificate {certificate.id[:8]} {names} until {certificate.not_after} from {certificate.source}"
    return f"{text} default" if default else text


def _route(route: Route, labels: dict[str, str]) -> Iterator[str]:
    yield f"  {match_text(route.match, route.fallback)} -> {action_text(route.action, labels)}  # {route.origin}"
    for text in policy_texts(route.policy):
        yield f"    {text}"


def match_text(match: Match, fallback: bool) -> str:
    """``prefix /api GET header x-beta=1``; ``default`` for a default backend."""
    words = ["default"] if fallback else [match.path.kind.value, match.path.value]
    words += [match.method] if match.method else []
    words += [f"header {h.name}{'~' if h.regex else '='}{h.value}" for h in match.headers]
    words += [f"query {q.name}{'~' if q.regex else '='}{q.value}" for q in match.query]
    return " ".join(words)


def action_text(action: Action, labels: dict[str, str]) -> str:
    """``labels``: Backend.id -> label."""
    if isinstance(action, Forward):
        many = len(action.backends) > 1
        parts = [labels[b.backend] + (f"*{b.weight}" if many else "") for b in action.backends]
        return _words(" + ".join(parts) or "nothing", **(_new_url(action.rewrite) if action.rewrite else {}))
    if isinstance(action, Redirect):
        return _words(f"redirect {action.status}", scheme=action.scheme, port=action.port, **_new_url(action))
    return f"respond {action.status}"


def _new_url(new: Redirect | Rewrite) -> dict[str, str]:
    return {"host": new.host, new.path_kind.value if new.path_kind else "path": new.path}


def _words(first: str, **more: object) -> str:
    return " ".join([first, *(f"{name} {value}" for name, value in more.items() if value)])


def policy_texts(policy: Policy) -> Iterator[str]:
    """What differs from the defaults, in the order in which it takes effect."""
    if policy.allow is not None:
        yield "allow " + (", ".join(str(n) for n in policy.allow) or "nobody")
    if policy.https_redirect:
        yield f"redirect to https {policy.https_redirect}"
    if policy.hsts:
        yield f"hsts {policy.hsts.value}"
    if policy.maintenance is not None:
        yield f"maintenance, retry after {policy.maintenance}s"
    if policy.body_size != _DEFAULT.body_size:
        yield f"body at most {policy.body_size} bytes" if policy.body_size else "body of any size"
    if policy.timeouts != _DEFAULT.timeouts:
        t = policy.timeouts
        yield f"timeouts connect {t.connect}ms read {t.read}ms send {t.send}ms" + (f" request {t.request}ms" if t.request else "")
    for name in ("retry", "buffering", "request_headers", "response_headers"):
        value = getattr(policy, name)
        if value != getattr(_DEFAULT, name):
            yield f"{name.replace('_', ' ')} {msgspec.json.encode(value).decode()}"
    if policy.referrer_policy:
        yield f"referrer-policy {policy.referrer_policy}"
    if policy.request_start:
        yield "x-request-start"


def _backend(backend: Backend) -> str:
    words = [f"backend {backend.label}"]
    words += [backend.protocol.value] if backend.protocol.value != "http" else []
    words += [f"sni {backend.tls.server_name}"] if backend.tls and backend.tls.server_name else []
    words += [f"proxy-v{backend.proxy_protocol}"] if backend.proxy_protocol else []
    ends = " ".join(endpoint_text(e) for e in backend.endpoints) or f"nothing: {backend.problem}"
    return " ".join(words) + f" -> {ends}"


def endpoint_text(endpoint: Endpoint) -> str:
    address = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
    return f"{address}:{endpoint.port}"


def to_builtins(table: Table) -> dict[str, Any]:
    """The JSON form: the table's own fields and ``version``. Networks are text; chains and keys are left out."""
    certificates = [
        {"id": c.id, "source": c.source, "names": list(c.names), "not_before": c.not_before, "not_after": c.not_after}
        for c in table.certificates
    ]
    backends = [_plain(b) | {"endpoints": _plain([*b.endpoints])} for b in table.backends]
    own = {"certificates": certificates, "backends": backends}
    fields = {name: own[name] if name in own else _plain(getattr(table, name)) for name in table.__struct_fields__}
    return {"version": VERSION, **fields}


def _plain(value: Any) -> Any:
    """Builtins only. What msgspec does not know (networks, private bytes) is written as ``str`` writes it."""
    return msgspec.to_builtins(value, enc_hook=str, str_keys=True)
