"""The parts of a bundle where the text around them wants them. Every line is in tests/properties."""

import msgspec
import pytest

from router.planes.bundle import Bundle, File
from router.planes.nginx.driver import NginxDriver
from tests.support import worlds

DRIVER = NginxDriver()
BINARY = DRIVER.assumed()
TABLE = worlds.table()


def moved(bundle: Bundle, path: str, begin: str, end: str, before: str) -> Bundle:
    """The text from ``begin`` to the end of ``end``, put before ``before``."""
    (file,) = (f for f in bundle.files if f.path == path)
    text = file.data.decode()
    start = text.index(begin)
    stop = text.index(end, start) + len(end)
    rest = text[:start] + text[stop:]
    at = rest.index(before)
    new = File(path=path, content=(rest[:at] + text[start:stop] + rest[at:]).encode())
    return msgspec.structs.replace(bundle, files=tuple(new if f.path == path else f for f in bundle.files))


@pytest.mark.parametrize(
    "before",
    ["events {", "    server {\n        listen", "        listen", "tidegate escape=json", "    # Which host", "\nhttp {"],
)
def test_upstreams_in_another_place_are_noticed(before: str) -> None:
    """Only where they are directives of http they are right: not outside, not in a server, not in a quote, not in a comment."""
    bundle = DRIVER.render(TABLE, BINARY).bundle
    other = moved(bundle, "nginx.conf", "    upstream u", "keepalive 32;\n    }\n", before)
    right = before in ("    server {\n        listen", "    # Which host")
    assert (DRIVER.read_back(other, TABLE, BINARY) == ()) == right
    assert DRIVER.read_back(bundle, TABLE, BINARY) == ()


def test_another_generation_than_the_bundle_says_is_noticed() -> None:
    bundle = DRIVER.render(TABLE, BINARY).bundle
    assert DRIVER.read_back(msgspec.structs.replace(bundle, generation="0" * 12), TABLE, BINARY)
