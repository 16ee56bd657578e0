"""Tables that change step by step, each keeping what did not change as the very same objects, for tests of what is remembered."""

import ipaddress
from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st

from router.base.digest import digest
from router.base.findings import ObjectRef
from router.base.frozen import PrivateBytes
from router.certs.types import Certificate
from router.settings import DEFAULTS
from router.table import from_settings
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import (
    Action,
    Forward,
    Hsts,
    Match,
    Origin,
    PathKind,
    PathMatch,
    Policy,
    Redirect,
    Respond,
    Route,
    WeightedBackend,
)
from router.table.types import Backend, BackendProtocol, Endpoint, SniBinding, Table, VirtualHost

NAMES = [HostPattern(kind=kind, name=name) for kind in (HostKind.EXACT, HostKind.ONE_LABEL, HostKind.SUFFIX)
         for name in ("a.test", "b.a.test", "c.test", "default")] + [ANY_HOST]  # fmt: skip
PATHS = ["/", "/a", "/A", "/a/b", "/a/b/c", "/x!y", "/%C3%A9", "/%25"]
ENDS = [(), ("10.0.0.1",), ("10.0.0.1", "10.0.0.2"), ("fd00::1",), ("app.internal",)]
POLICIES = [
    Policy(), Policy(https_redirect=308, hsts=Hsts()), Policy(maintenance=30), Policy(body_size=7),
    Policy(allow=(ipaddress.ip_network("10.0.0.0/8"),)), Policy(allow=(), body_size=0, request_start=True),
]  # fmt: skip
BACKENDS = 4
CERTIFICATES = 3


def backend(n: int, ends: int, protocol: BackendProtocol) -> Backend:
    service = ObjectRef(kind="Service", namespace="t", name=f"s{n}")
    endpoints = tuple(Endpoint(address=address, port=80 + n) for address in ENDS[ends])
    return Backend(id=digest(str(n)), label=f"t/s{n}:80", service=service, protocol=protocol, endpoints=endpoints)


def certificate(n: int, turn: int) -> Certificate:
    text = f"{n} {turn}"
    return Certificate(
        id=digest(text, length=64), source=f"Secret t/c{n}", names=(), not_before="2026-01-01T00:00:00Z",
        not_after="2027-01-01T00:00:00Z", chain=f"chain {text}\n", key=PrivateBytes(f"key {text}\n".encode()), key_type="x",
    )  # fmt: skip


def route(host: HostPattern, at: int, path: int, action: Action, policy: int, kind: PathKind) -> Route:
    origin = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="t", name=f"i{at}"), rule=f"rules[{path}]")
    match = Match(path=PathMatch(kind=kind, value=PATHS[path]))
    identity = digest(repr((host, at, path, kind)))
    return Route(id=identity, origin=origin, match=match, action=action, policy=POLICIES[policy], fallback=at == 3)


forwards = st.lists(st.integers(0, BACKENDS - 1), min_size=1, max_size=2, unique=True).map(
    lambda ns: Forward(backends=tuple(WeightedBackend(backend=digest(str(n)), weight=n + 1) for n in ns))
)
actions = st.one_of(forwards, forwards, forwards, st.sampled_from([Respond(status=404), Redirect(host="x.test"), Forward()]))


@st.composite
def hosts(draw: st.DrawFn) -> VirtualHost:
    name = draw(st.sampled_from(NAMES))
    spots = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, len(PATHS) - 1)), max_size=4, unique_by=lambda s: s[1]))
    kinds = st.sampled_from([PathKind.PREFIX, PathKind.PREFIX, PathKind.EXACT])
    routes = tuple(
        route(name, at, path, draw(actions), draw(st.integers(0, len(POLICIES) - 1)), draw(kinds)) for at, path in spots
    )
    ordered = sorted(routes, key=lambda r: (r.fallback, r.match.path.kind, -len(r.match.path.value), r.match.path.value))
    return VirtualHost(host=name, listeners=("http", "https"), routes=tuple(ordered))


bindings = st.builds(
    lambda host, n: (host, n), st.sampled_from([n for n in NAMES if n.kind in (HostKind.EXACT, HostKind.ONE_LABEL)]),
    st.integers(0, CERTIFICATES - 1),
)  # fmt: skip
changes = st.one_of(
    st.tuples(st.just("host"), hosts()),
    st.tuples(st.just("host"), hosts()),
    st.tuples(st.just("no host"), st.sampled_from(NAMES)),
    st.tuples(st.just("backend"), st.builds(
        backend, st.integers(0, BACKENDS - 1), st.integers(0, len(ENDS) - 1),
        st.sampled_from([BackendProtocol.HTTP, BackendProtocol.HTTP, BackendProtocol.HTTPS, BackendProtocol.GRPC]))),
    st.tuples(st.just("certificate"), st.builds(certificate, st.integers(0, CERTIFICATES - 1), st.integers(0, 2))),
    st.tuples(st.just("binding"), bindings),
    st.tuples(st.just("globals"), st.booleans()),
    st.tuples(st.just("nothing"), st.none()),
)  # fmt: skip
sequences = st.lists(st.lists(changes, min_size=1, max_size=4), min_size=1, max_size=8)


def tables(steps: list[list[tuple[str, object]]]) -> Iterator[Table]:
    """The table after each step."""
    found: dict[HostPattern, VirtualHost] = {}
    backends = {n: backend(n, 1, BackendProtocol.HTTP) for n in range(BACKENDS)}
    certificates = {n: certificate(n, 0) for n in range(CERTIFICATES)}
    sni: dict[HostPattern, int] = {}
    settings, kept = from_settings.globals_of(DEFAULTS), dict[tuple[HostPattern, str], SniBinding]()
    listeners = from_settings.listeners(DEFAULTS)
    for step in steps:
        for what, value in step:
            if isinstance(value, VirtualHost):
                found[value.host] = value
            elif what == "no host" and isinstance(value, HostPattern):
                found.pop(value, None)
            elif isinstance(value, Backend):
                backends[int(value.label[3])] = value
            elif isinstance(value, Certificate):
                certificates[int(value.source[-1])] = value
            elif what == "binding" and isinstance(value, tuple):
                sni[value[0]] = value[1]
            elif what == "globals":
                settings = msgspec.structs.replace(settings, server_tokens=bool(value))
        pairs = sorted((host, certificates[n].id) for host, n in sni.items())
        yield Table(
            listeners=listeners,
            hosts=tuple(sorted(found.values(), key=lambda v: v.host.preference)),
            backends=tuple(backends.values()),
            certificates=tuple(sorted(certificates.values(), key=lambda c: c.id)),
            sni=tuple(kept.setdefault(pair, SniBinding(host=pair[0], certificate=pair[1])) for pair in pairs),
            default_certificate=certificates[0].id,
            globals=settings,
        )
