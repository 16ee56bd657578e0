"""Who owns what."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef, Severity
from router.table.claims import BackendRef, ForwardTo, RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.merge import match_order, merge
from router.table.routes import Match, Origin, PathKind, PathMatch

HOST = HostPattern(kind=HostKind.EXACT, name="shop.example.com")


def claim(
    name: str, namespace: str = "shop", path: str = "/", created: str = "", host: HostPattern = HOST, *, fallback: bool = False,
    kind: PathKind = PathKind.PREFIX, dialect: str = "ingress",
) -> RouteClaim:  # fmt: skip
    return RouteClaim(
        origin=Origin(dialect=dialect, object=ObjectRef(kind="Ingress", namespace=namespace, name=name), rule="rules[0]"),
        age=(created, namespace, name),
        action=ForwardTo(backends=((BackendRef(namespace=namespace, service="web", port=80), 1),)),
        host=host,
        match=Match(path=PathMatch(kind=kind, value=path)),
        fallback=fallback,
    )


names = st.sampled_from("abcd")
claims = st.lists(
    st.builds(
        claim, names, names, st.sampled_from(["/", "/a", "/a/b"]), st.sampled_from(["", "2026-01-01", "2026-02-01"]),
        st.sampled_from([HOST, ANY_HOST]), fallback=st.booleans(), kind=st.sampled_from([PathKind.EXACT, PathKind.PREFIX]),
    ),
    max_size=8,
)  # fmt: skip


@given(claims, st.randoms(), st.sampled_from(["namespace", "path"]))
def test_the_order_of_claims_changes_nothing(given_claims: list[RouteClaim], random: object, ownership: str) -> None:
    shuffled = list(given_claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = merge(given_claims, ownership), merge(shuffled, ownership)
    assert one.hosts == two.hosts
    assert sorted(one.findings, key=lambda f: f.sort_key()) == sorted(two.findings, key=lambda f: f.sort_key())


@given(claims, st.sampled_from(["namespace", "path"]))
def test_no_match_of_a_host_is_granted_twice_and_every_loser_is_told(given_claims: list[RouteClaim], ownership: str) -> None:
    granted = merge(given_claims, ownership)
    kept = [c for found in granted.hosts.values() for c in found] + ([granted.default] if granted.default else [])
    identities = [(c.host, c.fallback, c.match) for c in kept]
    assert len(identities) == len(set(identities))
    told = {f.object for f in granted.findings}
    assert {c.origin.object for c in given_claims if c not in kept} <= told


@given(claims)
def test_a_host_has_routes_of_one_namespace_only(given_claims: list[RouteClaim]) -> None:
    for host, found in merge(given_claims, "namespace").hosts.items():
        if host != ANY_HOST:
            assert len({c.origin.object.namespace for c in found}) == 1


@given(claims, names)
def test_another_namespace_changes_mine_only_where_i_had_lost_to_it(given_claims: list[RouteClaim], other: str) -> None:
    mine = [c for c in given_claims if c.origin.object.namespace != other]
    with_other = {c for found in merge(given_claims, "namespace").hosts.values() for c in found}
    alone = {c for found in merge(mine, "namespace").hosts.values() for c in found}
    lost = {f.object for f in merge(given_claims, "namespace").findings}
    assert {c for c in with_other if c in mine} <= alone
    assert {c.origin.object for c in alone - with_other} <= lost


def test_the_loser_of_a_host_hears_of_the_winner_and_the_remedy() -> None:
    granted = merge([claim("late", "evil", created="2026-02-01"), claim("early", created="2026-01-01")], "namespace")
    (finding,) = granted.findings
    assert (finding.severity, finding.reason) == (Severity.ERROR, "HostOwned")
    assert "Ingress shop/early" in finding.message
    assert "--host-ownership path" in finding.fix


def test_two_dialects_on_one_host_are_served_with_a_warning() -> None:
    granted = merge([claim("a"), claim("b", path="/b", dialect="service")], "namespace")
    assert len(granted.hosts[HOST]) == 2
    assert [f.reason for f in granted.findings] == ["SharedHost"]


def test_routes_are_tried_in_the_order_of_the_gateway_api() -> None:
    exact = claim("exact", path="/a", kind=PathKind.EXACT)
    order = [exact, claim("long", path="/a/b"), claim("short", path="/a"), claim("root"), claim("rest", fallback=True)]
    for permutation in itertools.permutations(order):
        assert sorted(permutation, key=match_order) == order
