"""What a version can do."""

from router.planes.nginx.driver import NginxDriver
from router.planes.nginx.features import features_of
from router.planes.plane import Binary


def test_features_follow_from_the_version_and_the_modules() -> None:
    old = features_of(Binary(plane="nginx", path="x", version=(1, 22, 1), features=frozenset({"stream_module=/m.so"})))
    new = features_of(Binary(plane="nginx", path="x", version=(1, 31, 3), features=frozenset({"stream"})))
    assert (old.http2_directive, old.keepalive_min_timeout, old.certificate_cache, old.proxy_http2) == (False,) * 4
    assert (new.http2_directive, new.keepalive_min_timeout, new.certificate_cache, new.proxy_http2) == (True,) * 4
    assert (old.stream, old.stream_module, new.stream, new.stream_module) == (True, "/m.so", True, "")
    assert not features_of(Binary(plane="nginx", path="x", version=(1, 22, 0))).stream
    assert features_of(NginxDriver().assumed()).stream
