"""The structure of a rendered configuration, read by parsers that are not ours: which directives, in which blocks, of how many words.

nginx: crossplane. HAProxy: ``haproxy_words`` below, written from section 2.2 of its configuration manual, and knowing nothing of
router/planes/haproxy/read_back.py. Map files, lists and certificate lists: as each plane's manual says they are read.
"""

import functools
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import crossplane

from router.planes.bundle import Bundle

Structure = Counter[tuple[str, ...]]
"""(file kind, blocks, directive, number of words) -> how often"""


def structure(bundle: Bundle) -> Structure:
    """Raises if the parser does not understand the text. Private files and pages are no configuration."""
    found: Structure = Counter()
    for file in bundle.files:
        if not file.private and not file.path.startswith("pages/"):
            text = file.data.decode().replace(bundle.generation, "GENERATION")
            found.update((_nginx if bundle.plane == "nginx" else _haproxy)(file.path, text))
    return found


@functools.lru_cache(5_000)
def _nginx(path: str, text: str) -> Structure:
    found: Structure = Counter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.conf"
        file.write_bytes(text.encode())
        read = crossplane.parse(str(file), onerror=_raise, strict=False, check_ctx=False, check_args=False, single=True)
    assert read["status"] == "ok", read["errors"]
    _directives(read["config"][0]["parsed"], (path,), found)
    return found


def _raise(failure: Exception) -> None:
    raise failure


def _directives(block: list[dict[str, Any]], around: tuple[str, ...], found: Structure) -> None:
    table = around[-1] in ("map", "geo") or around[0].endswith(".map")
    for d in block:
        name = "entry" if table and d["directive"] not in ("include", "default", "hostnames") else d["directive"]
        found[(*around, name, str(len(d["args"])))] += 1
        if "block" in d:
            _directives(d["block"], (*around, name), found)


@functools.lru_cache(5_000)
def _haproxy(path: str, text: str) -> Structure:
    found: Structure = Counter()
    section = "?"
    for line in text.split("\n"):
        if path != "haproxy.cfg":
            # Maps and lists (7.1.1): lines that begin with # and empty ones are left out; a key ends at the first blank.
            if line.strip() and not line.startswith("#"):
                found[_kind(path), str(len(line.split() if path == "certs/list.txt" else line.split(None, 1)))] += 1
            continue
        words = haproxy_words(line)
        if words and not line[0].isspace():
            section = words[0]
            found["section", section, str(len(words))] += 1
        elif words:
            found[section, words[0], words[1].partition("(")[0] if "request" in words[0] else "", str(len(words))] += 1
    return found


def _kind(path: str) -> str:
    return "acl" if path.startswith("acl/") else path


_WORD = re.compile(
    r"""(?:\\.               # 2.2: a backslash takes the next character as it is
        |'[^']*'             # strong quotes: nothing is special in them
        |"(?:\\.|[^"\\])*"   # weak quotes: a backslash still is
        |[^\s\\'"\#]
        |(?<=\S)\#)+         # in the middle of a word it is no comment for us: 2.2 says it is, so it is refused below
    """,
    re.VERBOSE | re.ASCII,
)


def haproxy_words(line: str) -> list[str]:
    """The raw words of a line, quotes still on. ValueError if something can not be a part of a word."""
    found, at = [], 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] == "#":
            break
        elif word := _WORD.match(line, at):
            weak = re.sub(r"\\.|'[^']*'", "", word[0])
            bare = re.sub(r"\"[^\"]*\"", "", weak)
            if "#" in bare or ("$" in weak and '"' in weak):
                raise ValueError(f"a comment or a variable in {word[0]!r}")
            found.append(word[0])
            at = word.end()
        else:
            raise ValueError(f"{line!r} has no word at {at}")
    return found
