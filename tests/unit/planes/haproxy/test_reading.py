"""The parts of a bundle where the text around them wants them. Every line is in tests/properties."""

import msgspec
import pytest

from router.planes.bundle import Bundle, File
from router.planes.haproxy import reading
from router.planes.haproxy.driver import HaproxyDriver
from tests.support import worlds

DRIVER = HaproxyDriver()
BINARY = DRIVER.assumed()
TABLE = worlds.table()


def moved(bundle: Bundle, before: str) -> Bundle:
    """The first section of a route, put before ``before``."""
    (file,) = (f for f in bundle.files if f.path == DRIVER.main)
    text = file.data.decode()
    start = text.index("\nbackend b")
    stop = text.index("\nbackend b", start + 1)
    rest = text[:start] + text[stop:]
    at = rest.index(before)
    new = File(path=file.path, content=(rest[:at] + text[start:stop] + rest[at:]).encode())
    return msgspec.structs.replace(bundle, files=tuple(new if f.path == file.path else f for f in bundle.files))


@pytest.mark.parametrize("before", ["    mode http\n", "defaults\n", "# For Tidegate only", "    bind 127.0.0.1:9091"])
def test_a_section_in_another_place_is_noticed_where_it_takes_lines_of_another(before: str) -> None:
    bundle = DRIVER.render(TABLE, BINARY).bundle
    assert DRIVER.read_back(moved(bundle, before), TABLE, BINARY)
    assert DRIVER.read_back(bundle, TABLE, BINARY) == ()


@pytest.mark.parametrize(("lines", "good"), [([".a.b c", ".a c"], True), ([".a c", ".a.b c"], False), ([], True)])
def test_the_longest_suffix_must_stand_first(lines: list[str], good: bool) -> None:
    file = File(path="maps/suffixes.map", content="".join(f"{line}\n" for line in lines).encode())
    assert reading._longest_first(file) == good


@pytest.mark.parametrize(
    ("lines", "good"), [(["a/b/ c", "a/ c", "b/c/ d"], True), (["a/ c", "a/b/ c"], False), (["a/ c", "b/b/ c"], True)]
)
def test_the_longest_prefix_of_a_host_must_stand_first(lines: list[str], good: bool) -> None:
    assert reading.longest_of_host_first("".join(f"{line}\n" for line in lines)) == good
