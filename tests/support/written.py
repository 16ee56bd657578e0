"""The written requests of tests/planes/requests: what each file says, as requests."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from router.table.explain import Request
from tests.support.asking import Asked

FOLDER = Path(__file__).parents[1] / "planes" / "requests"
FIELDS = {"name", "each", "expect", "host", "path", "method", "scheme", "client", "sni", "authority", "protocol", "headers", "means",
    "many", "body", "bare", "raw", "only", "differs"}  # fmt: skip
_MADE = {"long": "x", "slashes": "/", "escapes": "%61", "elements": "/e"}
_LONG = re.compile(r"\{(long|slashes|escapes|elements) ([0-9]+)\}")


@dataclass(frozen=True)
class Written:
    """``expect``: the app that answers or the status, where nobody is trusted. ``routed``: it is a request that explain knows how to
    read. ``only``: the one kind of router that is asked. ``differs``: what a plane does otherwise, by its
    name or its driver's, as docs/planes.md says: pieces of what ``complaints`` says, all of it."""

    name: str
    asked: Asked
    expect: str
    routed: bool = True
    only: str = ""
    differs: dict[str, list[str]] = field(default_factory=dict)


@functools.cache
def written() -> tuple[Written, ...]:
    return tuple(made for file in sorted(FOLDER.glob("*.yaml")) for made in _of(file))


def _of(file: Path) -> Iterator[Written]:
    for entry in yaml.safe_load(file.read_text()):
        assert entry.keys() <= FIELDS, f"{file.name}: {entry.keys() - FIELDS}"
        items = [str(item) for item in entry.get("each", [""])]
        for item in items:
            exception = entry.get("differs", {}).get(item, {}) if "each" in entry else {}
            expect = str(exception.get("status", entry["expect"]))
            differs = {k: v for k, v in entry.get("differs", {}).items() if k not in items} | exception
            differs.pop("status", None)
            name = f"{file.stem}: {entry['name']}" + (f" [{item[:60]!r}]" if "each" in entry else "")
            yield Written(
                name, _asked(entry, item), expect, "raw" not in entry or "means" in entry, entry.get("only", ""), differs
            )


def _asked(entry: dict[str, Any], item: str) -> Asked:
    def text(value: str) -> str:
        return _LONG.sub(_long, value.replace("{each}", item))

    pairs = [text(line).partition(":") for line in (*entry.get("headers", ()), *entry.get("means", ()))]
    pairs += [(f"X-Many-{n}", ":", str(n)) for n in range(entry.get("many", 0))]
    plain = {name: text(entry.get(name, default)) for name, default in _DEFAULTS.items()}
    plain["host"] = "" if entry.get("bare") else plain["host"].strip(" \t")
    request = Request(**plain, headers=tuple((name.lower(), value.strip(" \t")) for name, _, value in pairs))
    body = text(entry["body"]).encode() if "body" in entry else None
    return Asked(request, body, entry.get("bare", False), text(entry.get("raw", "")).encode("latin-1"))


_DEFAULTS = {
    "host": "plain.test", "path": "/", "method": "GET", "scheme": "http", "client": "127.0.0.1", "sni": "", "authority": "", "protocol": "HTTP/1.1",
}  # fmt: skip


def _long(found: re.Match[str]) -> str:
    return _MADE[found[1]] * int(found[2])
