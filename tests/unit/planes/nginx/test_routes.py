"""Routes as nginx looks them up."""

from router.base.findings import Finding, ObjectRef
from router.planes.nginx.routes import DEEPEST, lookups
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import Match, Origin, PathKind, PathMatch, Respond, Route
from router.table.types import VirtualHost

ORIGIN = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="a", name="b"))


def route(path: str, kind: PathKind = PathKind.PREFIX, *, fallback: bool = False) -> Route:
    match = Match(path=PathMatch(kind=kind, value=path))
    return Route(id=f"{kind}{path}{fallback}", origin=ORIGIN, match=match, action=Respond(status=404), fallback=fallback)


def found(*routes: Route, host: HostPattern | None = None) -> tuple[object, list[Finding]]:
    findings: list[Finding] = []
    virtual = VirtualHost(host=host or HostPattern(kind=HostKind.EXACT, name="x.test"), listeners=(), routes=routes)
    return lookups((virtual,), {r.id: "value" for r in routes}, findings, []), findings


def test_prefixes_are_kept_by_their_number_of_elements_deepest_first() -> None:
    made, _ = found(route("/"), route("/a"), route("/b"), route("/a/b/c"), route("/e", PathKind.EXACT), route("/", fallback=True))
    assert [(depth, len(entries)) for depth, entries in made.prefixes] == [(3, 1), (1, 2)]  # type: ignore[attr-defined]
    assert [len(getattr(made, name)) for name in ("exact", "roots", "fallbacks", "hosts")] == [1, 1, 1, 1]


def test_a_value_begins_with_its_path_because_maps_ignore_case() -> None:
    made, _ = found(route("/Api"))
    ((_, (entry,)),) = made.prefixes  # type: ignore[attr-defined]
    assert entry.value == '"/Api value"'


def test_paths_that_differ_in_case_only_are_told_apart() -> None:
    made, _ = found(route("/Api"), route("/api"), route("/other"))
    ((_, entries),) = made.prefixes  # type: ignore[attr-defined]
    assert [e.key.startswith('"~^') for e in entries] == [True, True, False]


def test_a_prefix_that_is_too_deep_is_told_and_left_out() -> None:
    made, findings = found(route("/a" * (DEEPEST + 1)), route("/a" * DEEPEST))
    assert [depth for depth, _ in made.prefixes] == [DEEPEST]  # type: ignore[attr-defined]
    assert [f.reason for f in findings] == ["PrefixTooDeep"]


def test_rules_without_a_host_are_known() -> None:
    assert found(route("/"), host=ANY_HOST)[0].any_host  # type: ignore[attr-defined]
