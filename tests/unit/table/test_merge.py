"""Who owns what."""

import itertools
import random
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef, Severity
from router.table.claims import BackendRef, Claims, ForwardTo, RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.merge import Merged, Merging, match_order
from router.table.routes import Match, Origin, PathKind, PathMatch, ValueMatch

HOST = HostPattern(kind=HostKind.EXACT, name="shop.example.com")


def claim(
    name: str, namespace: str = "shop", path: str = "/", created: str = "", host: HostPattern = HOST, *, fallback: bool = False,
    kind: PathKind = PathKind.PREFIX, dialect: str = "ingress", rule: str = "rules[0]",
) -> RouteClaim:  # fmt: skip
    return RouteClaim(
        origin=Origin(dialect=dialect, object=ObjectRef(kind="Ingress", namespace=namespace, name=name), rule=rule),
        age=(created, namespace, name),
        action=ForwardTo(backends=((BackendRef(namespace=namespace, service="web", port=80), 1),)),
        host=host,
        match=Match(path=PathMatch(kind=kind, value=path)),
        fallback=fallback,
        everywhere=fallback and host == ANY_HOST,
    )


class Granted:
    """What claims came to, of all hosts."""

    def __init__(self, by_host: Mapping[HostPattern, Merged]) -> None:
        self.by_host, rows = by_host, by_host.values()
        self.hosts = {m.host: m.claims for m in rows}
        self.owners = {m.host: m.owner for m in rows if m.owner}
        self.defaults = by_host[ANY_HOST].defaults if ANY_HOST in by_host else {}
        self.refused = sorted(r for m in rows for r in m.refused)
        self.findings = [f for m in rows for f in m.findings]

    def default_of(self, host: HostPattern) -> RouteClaim | None:
        return self.defaults.get(self.owners.get(host, ""))


def merge(given_claims: list[RouteClaim], ownership: str) -> Granted:
    """The claims of each object together, as dialects give them."""
    objects: dict[ObjectRef, list[RouteClaim]] = {}
    for one in given_claims:
        objects.setdefault(one.origin.object, []).append(one)
    found = {ref: Claims(routes=tuple(routes)) for ref, routes in objects.items()}
    return Granted(Merging[ObjectRef]().of([found], ownership))


names = st.sampled_from("abcd")
claims = st.lists(
    st.builds(
        claim, names, names, st.sampled_from(["/", "/a", "/a/b"]), st.sampled_from(["", "2026-01-01", "2026-02-01"]),
        st.sampled_from([HOST, ANY_HOST]), fallback=st.booleans(), kind=st.sampled_from([PathKind.EXACT, PathKind.PREFIX]),
        rule=st.sampled_from(["rules[0]", "rules[2]", "rules[10]"]),
    ),
    max_size=8,
)  # fmt: skip
ownerships = st.sampled_from(["namespace", "path"])


@given(claims, st.randoms(), ownerships)
def test_the_order_of_claims_changes_nothing(given_claims: list[RouteClaim], rng: random.Random, ownership: str) -> None:
    shuffled = list(given_claims)
    rng.shuffle(shuffled)
    one, two = merge(given_claims, ownership), merge(shuffled, ownership)
    assert (one.hosts, one.defaults, one.refused) == (two.hosts, two.defaults, two.refused)
    assert sorted(one.findings, key=lambda f: f.sort_key()) == sorted(two.findings, key=lambda f: f.sort_key())


@given(claims, ownerships)
def test_every_claim_is_granted_or_refused_and_every_loser_is_told(given_claims: list[RouteClaim], ownership: str) -> None:
    granted = merge(given_claims, ownership)
    kept = [c for found in granted.hosts.values() for c in found]
    identities = [(c.host, c.fallback, Match() if c.fallback else c.match) for c in kept]
    assert len(identities) == len(set(identities))
    assert len(kept) + len(granted.refused) == len(given_claims)
    assert {r.origin.object for r in granted.refused} <= {f.object for f in granted.findings}


@given(claims)
def test_a_host_has_routes_of_one_namespace_only(given_claims: list[RouteClaim]) -> None:
    granted = merge(given_claims, "namespace")
    for host, found in granted.hosts.items():
        if host != ANY_HOST:
            assert {c.origin.object.namespace for c in found} == {granted.owners[host]} == granted.by_host[host].namespaces


@given(claims, names)
def test_another_namespace_changes_mine_only_where_i_had_lost_to_it(given_claims: list[RouteClaim], other: str) -> None:
    mine = [c for c in given_claims if c.origin.object.namespace != other]
    with_other = {c for found in merge(given_claims, "namespace").hosts.values() for c in found}
    alone = {c for found in merge(mine, "namespace").hosts.values() for c in found}
    lost = {r.origin for r in merge(given_claims, "namespace").refused}
    assert {c for c in with_other if c in mine} <= alone
    assert {c.origin for c in alone - with_other} <= lost


def test_the_loser_of_a_host_hears_of_the_winner_and_the_remedy_once() -> None:
    late = [claim("late", "evil", path, created="2026-02-01") for path in ("/", "/a")]
    granted = merge([*late, claim("early", created="2026-01-01")], "namespace")
    (finding,) = granted.findings
    assert (finding.severity, finding.reason) == (Severity.ERROR, "HostOwned")
    assert "Ingress shop/early" in finding.message
    assert "--host-ownership path" in finding.fix
    assert len(granted.refused) == 2


@pytest.mark.parametrize(("ownership", "admitted"), [("namespace", False), ("path", True)])
def test_ownership_by_path_admits_whoever_has_a_route(ownership: str, admitted: bool) -> None:
    later = claim("b", "other", path="/b", created="2026-02-01")
    granted = merge([claim("a", created="2026-01-01"), later], ownership)
    assert granted.by_host[HOST].admits(later.origin.object) is admitted
    assert (later in granted.hosts[HOST]) is admitted
    assert not granted.by_host[HOST].admits(ObjectRef(kind="Ingress", namespace="third", name="x"))


def test_two_dialects_on_one_host_are_served_with_a_warning() -> None:
    granted = merge([claim("a"), claim("b", path="/b", dialect="service")], "namespace")
    assert len(granted.hosts[HOST]) == 2
    assert [f.reason for f in granted.findings] == ["SharedHost"]


def test_the_first_of_equal_paths_counts_as_it_was_written() -> None:
    granted = merge([claim("a", rule=f"rules[0].paths[{n}]") for n in (10, 2)], "namespace")
    assert [c.origin.rule for c in granted.hosts[HOST]] == ["rules[0].paths[2]"]
    assert [f.reason for f in granted.findings] == ["DuplicatePath"]


def test_of_two_global_default_backends_the_older_wins() -> None:
    old, young = (claim(name, name, created=name, host=ANY_HOST, fallback=True) for name in "ab")
    granted = merge([young, old], "namespace")
    assert granted.hosts == {ANY_HOST: (old,)}
    assert [(f.object and f.object.name, f.reason) for f in granted.findings] == [("b", "DefaultBackendOwned")]


def test_a_default_backend_for_everything_serves_no_host_of_another_namespace() -> None:
    mine, theirs = claim("mine", "a", host=HOST), claim("all", "b", host=ANY_HOST, fallback=True)
    granted = merge([mine, theirs], "namespace")
    assert granted.default_of(HOST) is None
    assert merge([mine, theirs], "path").default_of(HOST) == theirs
    assert merge([mine, claim("all", "a", host=ANY_HOST, fallback=True), theirs], "namespace").default_of(HOST) is not None


def test_of_default_backends_for_hosts_that_nobody_names_the_older_wins_however_it_is_written() -> None:
    with_rules = msgspec.structs.replace(claim("young", "b", created="2", host=ANY_HOST, fallback=True), everywhere=False)
    old = claim("old", "a", created="1", host=ANY_HOST, fallback=True)
    granted = merge([with_rules, old], "namespace")
    assert granted.hosts == {ANY_HOST: (old,)}
    assert [(f.object and f.object.name, f.reason) for f in granted.findings] == [("young", "DefaultBackendOwned")]


def test_a_host_that_is_only_named_is_owned_and_has_no_routes() -> None:
    named = RouteClaim(origin=claim("a").origin, age=claim("a").age, action=None, host=HOST)
    granted = merge([named, claim("b", "other", created="2026-01-01")], "namespace")
    assert granted.hosts == {HOST: ()}
    assert granted.owners == {HOST: "shop"}
    assert [f.reason for f in granted.findings] == ["HostOwned"]


def test_routes_are_tried_in_the_order_of_the_gateway_api() -> None:
    def of(match: Match, name: str = "x", created: str = "", *, fallback: bool = False) -> RouteClaim:
        made = claim(name, created=created, fallback=fallback)
        return RouteClaim(origin=made.origin, age=made.age, action=made.action, host=HOST, match=match, fallback=fallback)

    prefix, header = PathMatch(value="/a"), ValueMatch(name="x", value="1")
    order = [
        of(Match(path=PathMatch(kind=PathKind.EXACT, value="/a"))), of(Match(path=PathMatch(value="/a/b"))),
        of(Match(path=prefix, method="GET")), of(Match(path=prefix, headers=(header,))), of(Match(path=prefix, query=(header,))),
        of(Match(path=prefix), created="2026-01-01"), of(Match(), created="2026-02-01"), of(Match(), fallback=True),
    ]  # fmt: skip
    for permutation in itertools.islice(itertools.permutations(order), 0, None, 7):
        assert sorted(permutation, key=match_order) == order
