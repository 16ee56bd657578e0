"""Two tenants: whatever the objects of one namespace hold, they take nothing from another one but what they claimed first.

Exactly, where A and B are any objects of two namespaces, and "with" means A and B together, "alone" means A without B:

1. ``--host-ownership namespace``, a host that A owns with: its routes in their order, their backends, policies and certificate are the same
   alone; so is the answer to any request for it, and every line of both planes' text about it.
2. A host that A claims and does not own with: B has an older claim of it, and A's owners are told.
3. ``--host-ownership path``, and rules without a host: each route that A has with, it has alone, the same; each that it has alone and not
   with lost to a claim of B's, which its owner is told.
4. Every finding about A's objects is the same, but for what was lost. (By path, a certificate of B's may end A's want of one.)
5. No certificate of B's Secrets is served for a host of A's, and none of A's for a host of B's (host ownership by namespace).
"""

from collections.abc import Iterable, Mapping

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from router.certs import Certificate
from router.certs.selfsigned import make
from router.planes.bundle import Bundle
from router.settings import Settings
from router.table.explain import Request, explain
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import Forward, Route
from router.table.types import Backend, Table
from router.translate import Translation, translate
from tests.support import tenants
from tests.support.manifests import NOW
from tests.support.neighbours import HOSTS, PATHS, operator, settings, tenant
from tests.support.properties import examples
from tests.support.tenants import PLANES, Document

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
DEFAULT: Certificate = make(NOW)
LOST = {"HostOwned", "PathOwned", "DefaultBackendOwned", "CertificateOwned", "SharedHost"}


def world(objects: Iterable[Document], known: Settings) -> Translation:
    return translate(tenants.snapshot([*operator(), *objects]), known, NOW, DEFAULT)


def backends_of(table: Table, route: Route) -> tuple[Backend, ...]:
    known = {b.id: b for b in table.backends}
    return tuple(known[w.backend] for w in route.action.backends) if isinstance(route.action, Forward) else ()


def routes_of(table: Table, host: HostPattern) -> tuple[tuple[Route, tuple[Backend, ...]], ...]:
    return tuple((r, backends_of(table, r)) for v in table.hosts if v.host == host for r in v.routes)


def by_namespace(table: Table, namespace: str) -> dict[tuple[HostPattern, Route], tuple[Backend, ...]]:
    return {(v.host, r): backends_of(table, r) for v in table.hosts for r in v.routes if r.origin.object.namespace == namespace}


def requests(host: HostPattern) -> Iterable[Request]:
    name = f"label.{host.name}" if host.kind is HostKind.ONE_LABEL else host.name or "nobody.test"
    for scheme in ("http", "https"):
        for path in (*PATHS, "/api", "/other"):
            yield Request(scheme=scheme, host=name, path=path, sni=name, client="10.1.1.1")


def answer(table: Table, request: Request) -> object:
    """Everything of an explanation but who else wanted the place."""
    return msgspec.structs.replace(explain(table, request), candidates=(), refused=())


def said_of(made: Translation, namespace: str) -> set[tuple[object, str, str, str]]:
    return {(f.object, f.field, f.reason, f.message) for f in made.findings if f.object and f.object.namespace == namespace}


def lost(made: Translation, namespace: str) -> set[tuple[object, str, str, str]]:
    return {entry for entry in said_of(made, namespace) if entry[2] in LOST}


def owners(table: Table) -> Mapping[HostPattern, str]:
    return {v.host: v.owner for v in table.hosts}


both = st.tuples(tenant("a"), tenant("b"))


@examples(250)
@given(both, settings("namespace"))
def test_a_host_that_a_namespace_owns_is_served_as_if_nobody_else_were_there(objects: tuple, known: Settings) -> None:
    a, b = objects
    together, alone = world([*a, *b], known), world(a, known)
    whose = owners(together.table)
    for host in owners(alone.table):
        if host == ANY_HOST:
            continue
        event(f"owned by {whose[host]}")
        if whose[host] == "a":
            assert routes_of(together.table, host) == routes_of(alone.table, host)
            for request in requests(host):
                assert answer(together.table, request) == answer(alone.table, request) or shadowed(together.table, request)
        else:
            assert whose[host] == "b"
            assert not [r for r, _ in routes_of(together.table, host) if r.origin.object.namespace == "a"]
            assert any(
                f.reason == "HostOwned" and f.object.namespace == "a" and str(host) in f.message for f in together.findings
            )


def shadowed(table: Table, request: Request) -> bool:
    """A wildcard of A's does not own the exact hosts that it covers."""
    return owners(table).get(HostPattern(kind=HostKind.EXACT, name=request.normal_host)) == "b"


@examples(250)
@given(both, st.sampled_from(["namespace", "path"]).flatmap(settings))
def test_a_namespace_loses_a_route_only_to_an_older_claim_and_is_told(objects: tuple, known: Settings) -> None:
    a, b = objects
    together, alone = world([*a, *b], known), world(a, known)
    before, after = by_namespace(together.table, "a"), by_namespace(alone.table, "a")
    named = {v.host for v in alone.table.hosts}
    for (host, route), ends in before.items():
        assert host not in named or after.get((host, route)) == ends
    for host, route in after.keys() - before.keys():
        gone = [r for r in together.table.refused if r.host == host and r.origin == route.origin]
        by_host = owners(together.table).get(host) == "b"
        default = route.fallback and any(r.fallback and r.origin == route.origin for r in together.table.refused)
        assert gone or by_host or default, (host, route)
        assert lost(together, "a")


@examples(250)
@given(both, st.sampled_from(["namespace", "path"]).flatmap(settings))
def test_findings_about_a_namespace_do_not_depend_on_its_neighbours(objects: tuple, known: Settings) -> None:
    a, b = objects
    together, alone = world([*a, *b], known), world(a, known)
    shared = {"HostWithoutCertificate"} if known.host_ownership == "path" else set()
    before, after = ({f for f in said_of(made, "a") if f[2] not in shared} for made in (together, alone))
    if not lost(together, "a") - lost(alone, "a"):
        assert before == after
    else:
        assert before - lost(together, "a") <= after
    assert not any(f.object and f.object.namespace == "b" for f in alone.findings)


@examples(250)
@given(both, settings("namespace"))
def test_no_certificate_of_another_namespaces_secrets_is_served(objects: tuple, known: Settings) -> None:
    a, b = objects
    table = world([*a, *b], known).table
    for host, owner in owners(table).items():
        for request in requests(host):
            served = explain(table, request).certificate
            for other in {"a", "b"} - {owner}:
                assert host == ANY_HOST or shadows(table, request, other) or f"Secret {other}/" not in served, (
                    host,
                    owner,
                    served,
                )


def shadows(table: Table, request: Request, other: str) -> bool:
    return owners(table).get(HostPattern(kind=HostKind.EXACT, name=request.normal_host)) == other


@examples(120)
@given(both, settings("namespace"), st.sampled_from([("nginx 1.22", "haproxy 2.8"), ("nginx 1.31", "haproxy 2.6")]))
def test_every_rendered_line_about_an_owned_host_is_the_same(objects: tuple, known: Settings, versions: tuple) -> None:
    a, b = objects
    together, alone = world([*a, *b], known).table, world(a, known).table
    kept = [host for host, owner in owners(together).items() if owner == "a"]
    for version in versions:
        driver, binary = PLANES[version]
        with_, without = (driver.render(t, binary).bundle for t in (together, alone))
        for host in kept:
            assert lines_about(with_, host) == lines_about(without, host)


def lines_about(bundle: Bundle, host: HostPattern) -> dict[str, object]:
    """The lines of maps whose key is the host or begins with it, and the blocks that they name."""
    text = {f.path: f.data.decode() for f in bundle.files if not f.private}
    found: dict[str, object] = {}
    for path in [p for p in text if p.startswith("maps/")]:
        for line in text[path].splitlines():
            key = (
                line.split(";")[0]
                .strip('"')
                .split('"')[0]
                .split(" ")[0]
                .split("/")[0]
                .replace("~^", "")
                .replace("\\\\", "\\")
                .replace("\\", "")
            )
            if key == str(host) and "certificates" not in path:
                found[f"{path} {line}"] = [
                    _block(text, word.strip('";')) for word in line.replace("|", " ").split() if len(word) >= 13
                ]
    return found


def _block(text: dict[str, str], name: str) -> str:
    """The location, upstream or backend of this name."""
    for main in ("server.conf", "nginx.conf", "haproxy.cfg"):
        for head, end in (
            (f"location @{name} {{", "\n}"),
            (f"    upstream {name} {{", "\n    }"),
            (f"\nbackend {name}\n", "\n\n"),
        ):
            if head in text.get(main, ""):
                return text[main].split(head, 1)[1].split(end, 1)[0]
    return ""


assert HOSTS
