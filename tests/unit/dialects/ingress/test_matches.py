"""What a path matches."""

import pytest

from router.dialects.ingress.matches import Wrong, match_of
from router.facts.networking import HTTPIngressPath, IngressBackend
from router.table.routes import Match, PathKind, PathMatch


def read(path: str, kind: str = "Prefix") -> Match | Wrong:
    return match_of(HTTPIngressPath(path=path, path_type=kind, backend=IngressBackend()))


@pytest.mark.parametrize(
    ("path", "kind", "wanted"),
    [
        ("/a", "Exact", PathMatch(kind=PathKind.EXACT, value="/a")),
        ("/a/", "Prefix", PathMatch(kind=PathKind.PREFIX, value="/a")),
        ("/a/", "Exact", PathMatch(kind=PathKind.EXACT, value="/a/")),
        ("", "ImplementationSpecific", PathMatch()),
    ],
)
def test_path_and_type_make_a_match(path: str, kind: str, wanted: PathMatch) -> None:
    assert read(path, kind) == Match(path=wanted)


@pytest.mark.parametrize(("path", "kind", "field"), [("/", "Regex", "pathType"), ("a", "Prefix", "path")])
def test_what_is_wrong_has_its_field(path: str, kind: str, field: str) -> None:
    found = read(path, kind)
    assert isinstance(found, Wrong)
    assert found.field == field
