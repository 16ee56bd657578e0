"""A translation with memos is the translation without, whatever happened before; and what did not change is the same object."""

import datetime
import functools
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from router.base.findings import Location
from router.base.lines import packed
from router.facts.core import Secret, Service, ServicePort, ServiceSpec
from router.facts.discovery import Alike, EndpointSlice, SlicePort
from router.facts.meta import Fact, Meta
from router.facts.networking import (
    BackendPort,
    HTTPIngressPath,
    HTTPIngressRuleValue,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressClassSpec,
    IngressRule,
    IngressServiceBackend,
    IngressSpec,
    IngressTLS,
)
from router.facts.snapshot import Snapshot
from router.settings import Settings, TcpService
from router.translate import Memos, Translation, translate
from tests.support import certificates
from tests.support.certificates import DAY, NOW

NAMES, NAMESPACES, HOSTS = ("a", "b", "c"), ("red", "blue"), ("a.example", "b.example", "*.example", "x.b.example", "")
names, namespaces = st.sampled_from(NAMES), st.sampled_from(NAMESPACES)
created = st.sampled_from(["", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"])


def _meta(name: str, namespace: str, born: str = "", labels: Any = None, annotations: Any = None) -> Meta:
    return Meta(name=name, namespace=namespace, creation_timestamp=born, labels=labels or {}, annotations=annotations or {})


def _service(name: str, namespace: str, born: str, ports: list[int], app: str, more: dict[str, str]) -> Service:
    """``app``: its domains, empty for none."""
    annotations = {f"tidegate.dev/{key}": value for key, value in ({"domains": app} | more).items() if value}
    labels = {"tidegate.dev/routable": "true"} if app else {}
    made = tuple(ServicePort(port=port, name=f"p{port}") for port in ports)
    return Service(metadata=_meta(name, namespace, born, labels, annotations), spec=ServiceSpec(ports=made))


def _slice(name: str, namespace: str, service: str, addresses: list[str]) -> EndpointSlice:
    endpoints = (Alike(addresses=packed(addresses)),)
    ports = (SlicePort(name="p80", port=8080), SlicePort(name="p81", port=8081))
    return EndpointSlice(metadata=_meta(name, namespace), service=service, endpoints=endpoints, ports=ports)


def _ingress(
    name: str, namespace: str, born: str, rules: list[tuple[str, str, str, Any]], tls: list[tuple[str, str]], default: str,
    annotations: dict[str, str], class_: str | None,
) -> Ingress:  # fmt: skip
    def to(service: str, port: Any) -> IngressBackend:
        where = BackendPort(name=port) if isinstance(port, str) else BackendPort(number=port)
        return IngressBackend(service=IngressServiceBackend(name=service, port=where))

    made = tuple(
        IngressRule(
            host=host,
            http=HTTPIngressRuleValue(paths=(HTTPIngressPath(path=path, path_type="Prefix", backend=to(service, port)),)),
        )
        for host, path, service, port in rules
    )
    spec = IngressSpec(
        ingress_class_name=class_,
        default_backend=to(default, 80) if default else None,
        tls=tuple(IngressTLS(hosts=(host,) if host else (), secret_name=secret) for host, secret in tls),
        rules=made,
    )
    return Ingress(metadata=_meta(name, namespace, born, annotations=annotations), spec=spec)


@functools.cache
def _pair(hosts: tuple[str, ...], days: int, number: int) -> Secret:
    key = certificates.key("ed25519", number)
    chain = certificates.certificate(key, hosts, begin=NOW - DAY, end=NOW + days * DAY)
    return certificates.secret(certificates.pem(chain), certificates.pem(key))


def _secret(name: str, namespace: str, hosts: tuple[str, ...], days: int, number: int) -> Secret:
    """``days``: until it ends. 0: there is nothing in it."""
    data = _pair(hosts, days, number).data if days else {}
    return Secret(metadata=_meta(name, namespace), data=data)


rules = st.tuples(
    st.sampled_from(HOSTS), st.sampled_from(["/", "/a", "/a/b", "bad"]), names, st.sampled_from([80, 81, "p80", "no"])
)
objects: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        _service, names, namespaces, created, st.lists(st.sampled_from([80, 81]), unique=True, max_size=2),
        st.sampled_from(["", "", "a.example", "b.example,c.example"]),
        st.fixed_dictionaries({}, optional={
            "endpoints": st.sampled_from(["10.0.0.1:80", "p81=10.0.0.2:81"]), "proxyDomain": st.sampled_from(["a.example", "c.example"]),
            "proxyLocations": st.sampled_from(["/x,/y", "/x"]), "nonsense": st.just("1"), "whitelist": st.sampled_from(["10.0.0.0/8", "bad"]),
            "certificates": st.just("a.example:a"),
        }),
    ),
    st.builds(_slice, names, namespaces, names, st.lists(st.sampled_from(["10.9.0.1", "10.9.0.2"]), max_size=2)),
    st.builds(
        _ingress, names, namespaces, created, st.lists(rules, min_size=1, max_size=3),
        st.lists(st.tuples(st.sampled_from(["", *HOSTS]), st.sampled_from(["a", "a", "b", "c", ""])), max_size=2), st.sampled_from(["", "", "a"]),
        st.fixed_dictionaries({}, optional={"tidegate.dev/whitelist": st.sampled_from(["10.0.0.0/8", "bad"]), "tidegate.dev/hsts": st.just("true")}),
        st.sampled_from([None, None, None, "tidegate", "other"]),
    ),
    st.builds(
        _secret, st.sampled_from(["a", "a", "b", "a-cert"]), namespaces, st.sampled_from([("a.example",), ("*.example",), ("b.example", "*.example")]),
        st.sampled_from([0, 3, 30, 90]), st.integers(0, 1),
    ),
    st.builds(
        lambda name, controller: IngressClass(metadata=_meta(name, ""), spec=IngressClassSpec(controller=controller)),
        st.sampled_from(["tidegate", "other"]), st.sampled_from(["tidegate.dev/ingress", "example.com/other"]),
    ),
)  # fmt: skip
FIELDS = {Service: "services", EndpointSlice: "slices", Ingress: "ingresses", Secret: "secrets", IngressClass: "ingress_classes"}
puts = objects.map(lambda fact: ("put", fact))
steps = st.one_of(
    puts, puts, puts, puts, puts,
    st.tuples(st.just("drop"), st.integers(0, 1000)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 40, -5])),
    st.tuples(st.just("settings"), st.sampled_from([
        Settings(), Settings(host_ownership="path"), Settings(platform_domain="example", platform_certificate="red/a"),
        Settings(default_certificate="blue/b", tcp=(TcpService(listen=5432, namespace="red", service="a", port=80),)),
        Settings(namespaces=("red",), ssl_enforce=True),
    ])),
    st.tuples(st.just("shared"), st.booleans()),
    st.tuples(st.just("same"), st.none()),
)  # fmt: skip


class World:
    """Objects as a source keeps them: an unchanged one is the same object, each snapshot has mappings of its own."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[tuple[str, str], Fact]] = {field: {} for field in FIELDS.values()}
        self.settings, self.now, self.shared = Settings(), NOW, False

    def step(self, what: str, value: Any) -> None:
        if what == "put":
            self.facts[FIELDS[type(value)]][value.key] = value
        elif what == "drop":
            every = [(field, key) for field, found in self.facts.items() for key in found]
            if every:
                field, key = every[value % len(every)]
                del self.facts[field][key]
        elif what == "wait":
            self.now += datetime.timedelta(days=value)
        elif what == "settings":
            self.settings = value
        elif what == "shared":
            self.shared = value

    def snapshot(self) -> Snapshot:
        copies: dict[str, Any] = {field: dict(found) for field, found in self.facts.items()}
        places = {fact.ref: Location(file="all.yaml", line=1) for found in self.facts.values() for fact in found.values()}
        return Snapshot(**copies, shared=self.shared, locations=places)

    def translated(self, memos: Memos | None = None) -> Translation:
        return translate(self.snapshot(), self.settings, self.now, None, memos)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(steps, min_size=1, max_size=6), min_size=1, max_size=12))
def test_whatever_happened_before_the_translation_is_that_of_the_snapshot(history: list[list[tuple[str, Any]]]) -> None:
    world, memos = World(), Memos()
    for batch in history:
        for what, value in batch:
            world.step(what, value)
        made, fresh = world.translated(memos), world.translated()
        assert msgspec.json.encode(made.table, enc_hook=repr) == msgspec.json.encode(fresh.table, enc_hook=repr)
        assert made == fresh
        again = world.translated(memos)
        assert again.table is made.table
        assert again.findings is made.findings


def _large(hosts: int = 30) -> World:
    world = World()
    for number in range(hosts):
        name = f"i{number}"
        rule = (f"h{number}.example", "/", "abc"[number % 3], 80)
        world.step("put", _ingress(name, "red", "", [rule], [("", "a")], "", {}, None))
    for name in NAMES:
        world.step("put", _service(name, "red", "", [80], "", {"endpoints": "10.0.0.1:80"}))
    world.step("put", _secret("a", "red", ("*.example",), 90, 0))
    return world


def _new(before: tuple[Any, ...], after: tuple[Any, ...]) -> int:
    """How many of the objects are not those of before."""
    known = {id(one) for one in before}
    return sum(id(one) not in known for one in after)


def test_a_changed_object_makes_anew_what_depends_on_it_and_nothing_else() -> None:
    world, memos = _large(), Memos()
    before = world.translated(memos).table
    world.step("put", _ingress("i7", "red", "", [("h7.example", "/new", "b", 80)], [("", "a")], "", {}, None))
    changed = world.translated(memos).table
    assert (_new(before.hosts, changed.hosts), changed.backends, changed.sni, changed.certificates) == (
        1, before.backends, before.sni, before.certificates,
    )  # fmt: skip
    world.step("put", _service("a", "red", "", [80], "", {"endpoints": "10.0.0.9:80"}))
    moved = world.translated(memos).table
    assert moved.hosts is changed.hosts
    assert _new(changed.backends, moved.backends) == 1
    world.step("put", _secret("a", "red", ("*.example",), 90, 1))
    renewed = world.translated(memos).table
    assert (renewed.hosts is moved.hosts, renewed.backends is moved.backends) == (True, True)
    assert _new(moved.certificates, renewed.certificates) == 1


def test_the_time_alone_changes_what_is_said_when_a_certificate_nears_its_end() -> None:
    world, memos = _large(), Memos()
    first = world.translated(memos)
    world.step("wait", 60)
    assert world.translated(memos).table is first.table
    world.step("wait", 15)
    soon = world.translated(memos)
    assert soon.table is first.table
    assert {f.reason for f in soon.findings} == {"ExpiresSoon"}
    world.step("wait", 30)
    assert {f.reason for f in world.translated(memos).findings} == {"Expired"}


def _size(thing: object, seen: set[int]) -> int:
    """Objects of ours that can be reached: the memos' own and what they hold."""
    if id(thing) in seen or isinstance(thing, str | bytes | int | float | type(None)):
        return 0
    seen.add(id(thing))
    inner: list[object] = []
    if isinstance(thing, dict):
        inner = [*thing, *thing.values()]
    elif isinstance(thing, tuple | list | set | frozenset):
        inner = list(thing)
    elif isinstance(thing, msgspec.Struct):
        inner = [getattr(thing, field) for field in thing.__struct_fields__]
    elif type(thing).__module__.startswith("router."):
        inner = [getattr(thing, name) for name in getattr(thing, "__slots__", ()) if name != "__weakref__"]
        inner += vars(thing).values() if hasattr(thing, "__dict__") else ()
    return 1 + sum(_size(one, seen) for one in inner)


def test_memos_do_not_grow_with_what_is_gone() -> None:
    world, memos = _large(), Memos()
    world.translated(memos)
    world.translated(memos)
    before = _size(memos, set())
    for number in range(40):
        key = ("red", f"extra{number}")
        rule = (f"extra{number}.example", f"/{number}", f"gone{number}", 80)
        world.step("put", _ingress(key[1], "red", "", [rule], [("", f"s{number}")], "", {}, None))
        world.step("put", _service(f"gone{number}", "red", "", [80], f"app{number}.example", {}))
        world.step("put", _secret(f"s{number}", "red", ("*.example",), 90, number % 2))
        world.translated(memos)
        for field, name in (("ingresses", key[1]), ("services", f"gone{number}"), ("secrets", f"s{number}")):
            del world.facts[field]["red", name]
        world.translated(memos)
    world.translated(memos)
    assert _size(memos, set()) <= before + 20
