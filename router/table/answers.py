"""URLs and headers of our answers and of what we send upstream."""

from router.table import paths
from router.table.request import Request, client_of, number_or, request_id_or, scheme_of, trusts
from router.table.routes import PathMatch, PathRewriteKind, Policy, Redirect, Rewrite
from router.table.types import Globals, Listener, Protocol, Table

Headers = tuple[tuple[str, str], ...]
DEFAULT_PORTS = {"http": 80, "https": 443}


def https_location(request: Request, table: Table) -> str:
    """The same URL over HTTPS, on our HTTPS port."""
    port = next((listener.port for listener in table.listeners if listener.protocol is Protocol.HTTPS), 443)
    return f"https://{_authority('https', _bare_host(request.host), port)}{request.target}"


def redirect_location(action: Redirect, match: PathMatch, request: Request, scheme: str, listener: Listener | None) -> str:
    """Gateway API HTTPRequestRedirectFilter: what is empty is taken from the request; another scheme has its own port."""
    ours = listener.port if listener else 0
    to = action.scheme or scheme
    port = action.port or (DEFAULT_PORTS[to] if action.scheme else ours)
    host = action.host or _bare_host(request.host)
    return f"{to}://{_authority(to, host, port)}{rewritten(request.target, match, action.path_kind, action.path)}"


def rewritten(target: str, match: PathMatch, kind: PathRewriteKind | None, path: str) -> str:
    """The path and query that are sent on. PREFIX replaces the matched prefix of the normal path; the query stays."""
    bare, mark, query = target.partition("?")
    if kind is PathRewriteKind.FULL:
        bare = path
    elif kind is PathRewriteKind.PREFIX:
        bare = paths.normal(bare)
        rest = bare[len(match.value) :] if match.value != "/" else bare
        bare = path.rstrip("/") + rest or "/"
    return f"{bare}{mark}{query}"


def upstream_headers(
    request: Request, globals_: Globals, listener: Listener | None, policy: Policy, rewrite: Rewrite | None
) -> Headers:
    """What the backend is told: section 6 of docs/explanation/meaning.md. What is fresh at each request is in ``<>``."""
    get = request.header if trusts(request, globals_.trusted_proxies) else (lambda _: "")
    came = get("x-forwarded-for")
    made = [
        ("Host", (rewrite.host if rewrite else "") or request.host),
        ("X-Forwarded-For", f"{came}, {request.client}" if came else request.client),
        ("X-Real-IP", client_of(request, globals_.trusted_proxies)),
        ("X-Forwarded-Proto", scheme_of(request, globals_.trusted_proxies)),
        ("X-Forwarded-Host", get("x-forwarded-host") or request.host),
        ("X-Forwarded-Port", number_or(get("x-forwarded-port"), str(listener.port if listener else 0))),
        ("X-Request-Id", request_id_or(get("x-request-id"), "<32 hex digits>")),
    ]
    return (*made, *([("X-Request-Start", "t=<seconds.ms>")] if policy.request_start else []))


def answer_headers(policy: Policy, scheme: str) -> Headers:
    """What we add to every answer of the route, ours and the backend's."""
    hsts = [("Strict-Transport-Security", policy.hsts.value)] if policy.hsts and scheme == "https" else []
    return (*hsts, *([("Referrer-Policy", policy.referrer_policy)] if policy.referrer_policy else []))


def _bare_host(host: str) -> str:
    return host[: host.rindex(":")] if ":" in host.rpartition("]")[2] else host


def _authority(scheme: str, host: str, port: int) -> str:
    return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
