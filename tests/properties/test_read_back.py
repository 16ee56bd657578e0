"""P8: the finished text is read by a parser of its own and compared with what was meant. Whatever differs by one line or one word is noticed."""

import msgspec
import pytest

from router.planes.bundle import Bundle, File
from tests.support import tenants
from tests.support.properties import THOROUGH
from tests.support.tenants import PLANES

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
TABLE = tenants.made(tenants.documents()).translation.table
EVIL = {
    "nginx": ("load_module evil.so;", "include /etc/passwd;", "return 200;", "evil on;", "}", "{", "server { }", '"', "root /;"),
    "haproxy": (
        "server evil 192.0.2.1:80",
        "http-request return status 200",
        "lua-load evil",
        "backend evil",
        "'",
        "program evil",
    ),
}


def with_text(bundle: Bundle, path: str, text: str) -> Bundle:
    files = (File(path=f.path, content=text.encode(), mode=f.mode) if f.path == path else f for f in bundle.files)
    return msgspec.structs.replace(bundle, files=tuple(files))


def texts(bundle: Bundle) -> dict[str, list[str]]:
    """What is compared: every file but pages and private ones."""
    return {f.path: f.data.decode().split("\n")[:-1] for f in bundle.files if not f.private and not f.path.startswith("pages/")}


def says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


@pytest.mark.parametrize("name", PLANES)
def test_a_bundle_as_it_was_rendered_is_good(name: str) -> None:
    driver, binary = PLANES[name]
    assert driver.read_back(driver.render(TABLE, binary).bundle, TABLE, binary) == ()


@pytest.mark.parametrize("name", PLANES if THOROUGH else ["nginx 1.31", "haproxy 2.6"])
def test_every_line_that_is_missing_doubled_changed_or_new_is_noticed(name: str) -> None:
    """Comments say nothing to a plane, so they are not compared."""
    driver, binary = PLANES[name]
    bundle = driver.render(TABLE, binary).bundle
    evil, unnoticed, tried = EVIL[driver.name], [], 0
    for path, lines in texts(bundle).items():
        for number, line in enumerate(lines):
            if not says_something(line):
                continue
            for what, instead in _mutants(line, number, evil):
                tried += 1
                changed = with_text(bundle, path, "\n".join([*lines[:number], *instead, *lines[number + 1 :], ""]))
                if not driver.read_back(changed, TABLE, binary):
                    unnoticed.append(f"{path}:{number + 1} {what}: {line} -> {instead}")
    assert not unnoticed, "\n".join(unnoticed[:40])
    assert tried > 300


def _mutants(line: str, number: int, evil: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """All of them, or with few examples one way for each line, another one for the next."""
    words = line.strip().split(" ")
    found = [("missing", []), ("doubled", [line, line]), *(("new", [line, e]) for e in evil)]
    for at, word in enumerate(words):
        other = "x" if word in ("{", "}") else f"x{word}"
        found.append(("changed", [" ".join([*words[:at], other, *words[at + 1 :]])]))
    return found if THOROUGH else [found[number * 7 % len(found)], found[-1 - number % len(words)]]


@pytest.mark.parametrize("name", PLANES)
def test_files_that_are_missing_more_or_public_are_noticed(name: str) -> None:
    driver, binary = PLANES[name]
    bundle = driver.render(TABLE, binary).bundle
    for number, file in enumerate(bundle.files):
        rest = [*bundle.files[:number], *bundle.files[number + 1 :]]
        assert driver.read_back(msgspec.structs.replace(bundle, files=tuple(rest)), TABLE, binary), f"without {file.path}"
        more = File(path=f"{file.path}.more", content=b"", mode=0o644)
        assert driver.read_back(msgspec.structs.replace(bundle, files=(*bundle.files, more)), TABLE, binary), f"with {more.path}"
        if file.private:
            for other in (
                File(path=file.path, content=file.data, mode=0o600),
                File(path=file.path, content=file.content, mode=0o644),
            ):
                assert driver.read_back(msgspec.structs.replace(bundle, files=(*rest, other)), TABLE, binary), (
                    f"public {file.path}"
                )
