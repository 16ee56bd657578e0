"""Which host and which route a request takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.matching import LOST, NO_MATCH, WON, candidates, find_host, unmet
from router.table.request import Request
from router.table.routes import Match, Origin, PathKind, PathMatch, Respond, Route, ValueMatch
from router.table.types import Table, VirtualHost

ORIGIN = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="shop", name="web"))


def route(match: Match, *, fallback: bool = False) -> Route:
    return Route(id=str(match), origin=ORIGIN, match=match, action=Respond(status=200), fallback=fallback)


def value(text: str) -> ValueMatch:
    name, _, wanted = text.partition("=")
    return ValueMatch(name=name, value=wanted)


def match(path: str = "/", kind: PathKind = PathKind.PREFIX, method: str = "", header: str = "", query: str = "") -> Match:
    return Match(
        path=PathMatch(kind=kind, value=path),
        method=method,
        headers=(value(header),) if header else (),
        query=(value(query),) if query else (),
    )


@pytest.mark.parametrize(
    ("wanted", "request_", "holds"),
    [
        (match("/a", PathKind.EXACT), Request(path="/a?b"), True), (match("/a", PathKind.EXACT), Request(path="/a/"), False),
        (match("/a"), Request(path="/a/b"), True), (match("/a"), Request(path="/ab"), False), (match("/a"), Request(path="/A"), False),
        (match("/a"), Request(path="/a%2Fb"), True), (match("/a/b"), Request(path="//%61%2fb/c"), True),
        (match("/a%20b"), Request(path="/a%20b/c"), True), (match("/a"), Request(path="/a%252Fb"), False), (match("/.*", PathKind.REGEX), Request(path="/x"), False),
        (match(method="GET"), Request(), True), (match(method="GET"), Request(method="get"), False),
        (match(header="x=1"), Request(headers=(("x", "1"),)), True), (match(header="x=1"), Request(headers=(("x", "12"),)), False),
        (match(header="x=1"), Request(), False), (match(query="x=1"), Request(path="/?y&x=1"), True),
        (match(query="x=1"), Request(path="/?x=12"), False), (match(query="x=1"), Request(path="/"), False),
    ],
)  # fmt: skip
def test_all_parts_of_a_match_must_hold(wanted: Match, request_: Request, holds: bool) -> None:
    assert (unmet(wanted, request_) == "") is holds


paths = st.lists(st.sampled_from(["a", "b", "ab", "%20"]), max_size=4).map(lambda parts: "/" + "/".join(parts))
prefixes = paths.filter(lambda path: path == "/" or not path.endswith("/"))
matches = st.one_of(st.builds(match, paths, st.just(PathKind.EXACT)), st.builds(match, prefixes))


@given(st.lists(matches, max_size=6), paths)
def test_the_first_that_matches_by_element_wins_and_the_others_lose(wanted: list[Match], path: str) -> None:
    virtual = VirtualHost(host=ANY_HOST, listeners=("http",), routes=tuple(map(route, wanted)))
    found = candidates(virtual, Request(path=path))
    naive = [m for m in wanted if _naive(m, path)]
    assert [c.route.match for c in found] == wanted
    assert [c.route.match for c in found if c.verdict == WON] == naive[:1]
    assert [c.route.match for c in found if c.verdict == LOST] == naive[1:]


def _naive(wanted: Match, path: str) -> bool:
    """Element by element, as the Ingress documentation says it."""
    ours, theirs = wanted.path.value.split("/"), path.split("/")
    if wanted.path.kind is PathKind.EXACT:
        return ours == theirs
    return ours == ["", ""] or ours == theirs[: len(ours)]


@pytest.mark.parametrize(
    ("loser", "why"),
    [
        (route(Match(), fallback=True), "default backend"),
        (route(match("/a", method="GET", header="x=1", query="y=1")), "exact paths come before"),
    ],
)
def test_a_loser_hears_the_rule_it_lost_by(loser: Route, why: str) -> None:
    _reason(route(match("/a", PathKind.EXACT)), loser, why)


@pytest.mark.parametrize(
    ("winner", "loser", "why"),
    [
        (match("/a/b"), match("/a"), "shorter"),
        (match("/a", method="GET"), match("/a", header="x=1"), "no method"),
        (match("/a", header="x=1"), match("/a", query="y=1"), "fewer headers"),
        (match("/a", query="y=1"), match("/a"), "fewer query"),
        (match("/a", query="y=1"), match("/a", query="z=1"), "younger"),
    ],
)
def test_a_loser_hears_the_first_rule_in_which_they_differ(winner: Match, loser: Match, why: str) -> None:
    _reason(route(winner), route(loser), why)


def _reason(winner: Route, loser: Route, why: str) -> None:
    request = Request(path="/a/b?y=1&z=1" if winner.match.path.value == "/a/b" else "/a?y=1&z=1", headers=(("x", "1"),))
    found = candidates(VirtualHost(host=ANY_HOST, listeners=("http",), routes=(winner, loser)), request)
    assert [c.verdict for c in found] == [WON, LOST]
    assert why in found[1].why


def test_a_route_that_does_not_match_says_why() -> None:
    virtual = VirtualHost(host=ANY_HOST, listeners=("http",), routes=(route(match("/a", method="POST")),))
    (found,) = candidates(virtual, Request(path="/a"))
    assert (found.verdict, found.why) == (NO_MATCH, "the method is not POST")


@pytest.mark.parametrize(
    ("host", "listener", "found"),
    [
        ("a.b.example", "http", "a.b.example"),
        ("x.b.example", "http", "*.b.example"),
        ("x.y.b.example", "http", "*"),
        ("other", "http", "*"),
        ("a.b.example", "tcp-1", None),
    ],
)
def test_the_most_specific_host_of_the_listener_counts(host: str, listener: str, found: str | None) -> None:
    patterns = (
        HostPattern(kind=HostKind.EXACT, name="a.b.example"),
        HostPattern(kind=HostKind.ONE_LABEL, name="b.example"),
        ANY_HOST,
    )
    table = Table(hosts=tuple(VirtualHost(host=p, listeners=("http",), routes=()) for p in patterns))
    virtual = find_host(table, host, listener)
    assert (str(virtual.host) if virtual else None) == found
