"""The independent reading: it agrees with another parser, and it finds what does not belong."""

from pathlib import Path

import crossplane
import msgspec
import pytest

from router.planes.bundle import Bundle, File
from router.planes.nginx.driver import NginxDriver
from router.planes.nginx.read_back import NotNginxError, parse, walk
from tests.support import worlds

DRIVER = NginxDriver()
BINARY = DRIVER.assumed()


def changed(bundle: Bundle, path: str, old: str, new: str) -> Bundle:
    files = []
    for file in bundle.files:
        text = file.data.decode() if not file.private else ""
        if file.path == path:
            assert old in text
            file = File(path=path, content=text.replace(old, new, 1).encode())  # noqa: PLW2901
        files.append(file)
    return msgspec.structs.replace(bundle, files=tuple(files))


def test_it_reads_what_crossplane_reads(tmp_path: Path) -> None:
    for file in DRIVER.render(worlds.table(), BINARY).bundle.files:
        target = tmp_path / file.path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.data)
    theirs = crossplane.parse(str(tmp_path / "nginx.conf"), single=True, strict=False, check_ctx=False, check_args=False)

    def names(block: list[dict]) -> list[str]:  # type: ignore[type-arg]
        return [name for d in block for name in [d["directive"], *names(d.get("block", []))]]

    ours = [d.name for d in walk(parse((tmp_path / "nginx.conf").read_text()))]
    assert ours == names(theirs["config"][0]["parsed"])


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("nginx.conf", "events {", "load_module evil.so;\nevents {"), ("nginx.conf", "access_log", "include /etc/passwd;\naccess_log"),
        ("nginx.conf", "events {", "user root;\nevents {"), ("nginx.conf", "        server 127.0.0.1:9002 max_fails=0 backup;\n", ""),
        ("server.conf", "return 404;", "alias /etc/;"), ("server.conf", "return 404;", "content_by_lua 'x';"),
        ("server.conf", "location @nobody {", "location /evil { return 200; }\nlocation @nobody {"),
        ("maps/hosts.map", '"shop', '"other" "x";\n"shop'), ("maps/hosts.map", '"shop.example.com";', '"shop.example.com'),
        ("maps/roots.map", ";", "; evil on;"), ("server.conf", "}", ""),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_found(path: str, old: str, new: str) -> None:
    table = worlds.table()
    bundle = DRIVER.render(table, BINARY).bundle
    assert not DRIVER.read_back(bundle, table, BINARY)
    assert DRIVER.read_back(changed(bundle, path, old, new), table, BINARY)


@pytest.mark.parametrize("text", ['a "b', "a {", "a; }", ";", 'a "b"c;', "a ${b;", "a"])
def test_what_nginx_would_not_read_is_refused(text: str) -> None:
    with pytest.raises(NotNginxError):
        parse(text)
