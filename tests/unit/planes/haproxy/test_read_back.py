"""The independent reading finds what does not belong."""

import msgspec
import pytest

from router.planes.bundle import Bundle, File
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.haproxy.read_back import NotHaproxyError, parse, words
from tests.support import worlds

DRIVER = HaproxyDriver()
BINARY = DRIVER.assumed()


def changed(bundle: Bundle, path: str, old: str, new: str) -> Bundle:
    files = []
    for file in bundle.files:
        if file.path == path:
            text = file.data.decode()
            assert old in text
            file = File(path=path, content=text.replace(old, new, 1).encode())  # noqa: PLW2901
        files.append(file)
    return msgspec.structs.replace(bundle, files=tuple(files))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("haproxy.cfg", "defaults\n", "program evil\n    command x\ndefaults\n"), ("haproxy.cfg", "    mode http", "    external-check\n    mode http"),
        ("haproxy.cfg", "    server s2b 127.0.0.1:9002 backup\n", ""), ("haproxy.cfg", "backend nobody", "backend extra\nbackend nobody"),
        ("haproxy.cfg", "    mode http", "    http-request lua.evil\n    mode http"),
        ("haproxy.cfg", "    mode http", "    http-request use-service evil\n    mode http"), ("haproxy.cfg", "mode http", "mode 'http"),
        ("maps/hosts.map", "shop", "other.test x\nshop"), ("maps/prefixes.map", "|web|", "|evil|"), ("acl/trusted.lst", "", "0.0.0.0/0\n"),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_found(path: str, old: str, new: str) -> None:
    table = worlds.table()
    bundle = DRIVER.render(table, BINARY).bundle
    assert not DRIVER.read_back(bundle, table, BINARY)
    assert DRIVER.read_back(changed(bundle, path, old, new), table, BINARY)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a b  c", ("a", "b", "c")), ("a 'b c' # d", ("a", "b c")), ('a "b c"d', ("a", "b cd")), (r"a\ b", ("a b",)), (r"'a\'", ("a\\",)),
        ("a ''", ("a", "")), ("# a", ()),
    ],
)  # fmt: skip
def test_lines_are_split_as_haproxy_splits_them(line: str, expected: tuple[str, ...]) -> None:
    assert words(line) == expected


@pytest.mark.parametrize("text", ["global\n a 'b", "server x", "global\n a \\"])
def test_what_haproxy_would_not_read_is_refused(text: str) -> None:
    with pytest.raises(NotHaproxyError):
        parse(text)
