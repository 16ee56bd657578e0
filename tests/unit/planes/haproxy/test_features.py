"""What a version can do."""

from router.planes.haproxy.features import features_of
from router.planes.plane import Binary


def test_features_follow_from_the_version_and_the_build() -> None:
    old = features_of(Binary(plane="haproxy", path="x", version=(2, 6, 12)))
    new = features_of(Binary(plane="haproxy", path="x", version=(2, 8, 25), features=frozenset({"prometheus"})))
    assert (old.prometheus, old.reload_answers) == (False, False)
    assert (new.prometheus, new.reload_answers) == (True, True)
