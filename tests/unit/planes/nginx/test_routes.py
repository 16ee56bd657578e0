"""Routes as nginx looks them up."""

from router.base.findings import Finding, ObjectRef
from router.planes.nginx.routes import DEEPEST, Entries, lookups
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import Match, Origin, PathKind, PathMatch, Respond, Route
from router.table.types import VirtualHost

ORIGIN = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="a", name="b"))


def route(path: str, kind: PathKind = PathKind.PREFIX, *, fallback: bool = False) -> Route:
    match = Match(path=PathMatch(kind=kind, value=path))
    return Route(id=f"{kind}{path}{fallback}", origin=ORIGIN, match=match, action=Respond(status=404), fallback=fallback)


def found(*routes: Route, host: HostPattern | None = None) -> tuple[Entries, frozenset[int], list[Finding]]:
    findings: list[Finding] = []
    virtual = VirtualHost(host=host or HostPattern(kind=HostKind.EXACT, name="x.test"), listeners=(), routes=routes)
    return (*lookups((virtual,), {r.id: "value" for r in routes}, findings, []), findings)


def test_prefixes_are_kept_by_their_number_of_elements() -> None:
    made, depths, _ = found(
        route("/"), route("/a"), route("/b"), route("/a/b/c"), route("/e", PathKind.EXACT), route("/", fallback=True)
    )
    assert {name: len(entries) for name, entries in made.items()} == {
        "hosts": 1, "roots": 1, "prefix1": 2, "prefix3": 1, "exact": 1, "defaults": 1,
    }  # fmt: skip
    assert depths == {1, 3}


def test_a_value_begins_with_its_path_because_maps_ignore_case() -> None:
    (entry,) = found(route("/Api"))[0]["prefix1"]
    assert entry.value == '"/Api value"'


def test_paths_that_differ_in_case_only_are_told_apart() -> None:
    entries = found(route("/Api"), route("/api"), route("/other"))[0]["prefix1"]
    assert [e.key.startswith('"~^') for e in entries] == [True, True, False]


def test_a_prefix_that_is_too_deep_is_told_and_left_out() -> None:
    _, depths, findings = found(route("/a" * (DEEPEST + 1)), route("/a" * DEEPEST))
    assert depths == {DEEPEST}
    assert [f.reason for f in findings] == ["PrefixTooDeep"]


def test_rules_without_a_host_need_no_name() -> None:
    assert set(found(route("/"), host=ANY_HOST)[0]) == {"roots"}
