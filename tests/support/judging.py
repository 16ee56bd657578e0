"""Whether a plane did what `explain` says."""

import re
from collections.abc import Iterator

from router.table.explain import Explanation
from router.table.request import refusals
from tests.support.asking import Asked, Seen

ADDED = ("strict-transport-security", "retry-after", "referrer-policy", "location", "x-request-id")
FRESH = {"<32 hex digits>": re.compile("[0-9a-f]{32}"), "t=<seconds.ms>": re.compile(r"t=[0-9]{10}\.[0-9]{3}")}
EARLY = (400, 405, 414, 431)
"""Where planes may give up before they have read everything that the log speaks of."""


def complaints(asked: Asked, said: Explanation, seen: Seen) -> Iterator[str]:
    """What differs, in words."""
    wrong = {status for status, _ in refusals(asked.request)}
    if wrong and seen.status == 0 and asked.request.protocol == "HTTP/2.0":
        return  # a stream may be broken off instead (RFC 9113, 8.1.1)
    if seen.answer is None or seen.status not in (wrong or {said.status or 200}):
        yield f"status {seen.status} instead of {said.status or 200}"
        return
    if not said.status and not seen.app:
        yield "the backend did not answer"
        return
    yield from _answer(said, seen)
    if not said.status and asked.request.method != "HEAD":
        yield from _upstream(asked, said, seen)
    if seen.line:
        yield from _line(asked, said, seen)
    elif said.route and not seen.identity:
        yield "the answer has no X-Request-Id"
    elif FRESH["<32 hex digits>"].fullmatch(seen.identity):
        yield f"no line in the log for {seen.identity}"


def _answer(said: Explanation, seen: Seen) -> Iterator[str]:
    assert seen.answer
    wanted = {name.lower(): value for name, value in said.answer}
    wanted |= {"location": said.location} if said.location else {}
    for name in ADDED[:-1]:
        if seen.answer.all(name) != ([wanted[name]] if name in wanted else []):
            yield f"the answer says {name} {seen.answer.all(name)} instead of {wanted.get(name, 'nothing')}"
    if len(seen.answer.all("x-request-id")) > 1:
        yield "the answer has two X-Request-Id"
    if said.status >= 400 and said.request.method != "HEAD" and b"<h1>" not in seen.answer.body:
        yield "the answer is not our page"


def _upstream(asked: Asked, said: Explanation, seen: Seen) -> Iterator[str]:
    app = seen.app
    for name, right in (
        ("target", said.url),
        ("method", asked.request.method),
        ("protocol", "HTTP/1.1"),
        ("body", len(asked.body or b"")),
    ):
        if app.get(name) != right:
            yield f"the backend sees the {name} {app.get(name)!r} instead of {right!r}"
    wanted = joined((n, v) for n, v in said.upstream)
    if asked.body is not None:
        wanted["content-length"] = str(len(asked.body))
    came = joined(app["headers"])
    for name in sorted({*wanted, *came}):
        if not _same(came.get(name), wanted.get(name)):
            yield f"the backend sees {name}: {came.get(name)!r} instead of {wanted.get(name)!r}"
    if came.get("x-request-id") != seen.identity:
        yield f"the backend sees X-Request-Id {came.get('x-request-id')}, the client {seen.identity}"


def joined(headers: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Values of one name joined, as RFC 9110, 5.3 allows."""
    made: dict[str, str] = {}
    for name, value in headers:
        low = name.lower()
        made[low] = f"{made[low]}, {value}" if low in made else value
    return made


def _same(came: str | None, wanted: str | None) -> bool:
    return came == wanted or bool(came and wanted in FRESH and FRESH[wanted].fullmatch(came))


def _line(asked: Asked, said: Explanation, seen: Seen) -> Iterator[str]:
    origin = said.route.origin if said.route else None
    request = asked.request
    where = ("dialect", "kind", "namespace", "name", "rule")
    parts = (
        [
            origin.dialect,
            origin.object.kind,
            origin.object.namespace or "-",
            origin.object.name,
            origin.rule.replace(" ", "_") or "-",
        ]
        if origin
        else [""] * 5
    )
    told = {"host": utf8(request.host), "method": request.method, "path": utf8(request.target), "client": said.client}
    wanted = dict(zip(where, parts, strict=True)) | {"status": seen.status} | ({} if said.status in EARLY else told)
    for name, right in wanted.items():
        if seen.line[name] != right and not (right in ("", "-") and seen.line[name] in ("", "-")):
            yield f"the log says {name} {seen.line[name]!r} instead of {right!r}"
    if not said.status and seen.line["upstream"].split(", ")[-1] not in said.endpoints:
        yield f"the log says upstream {seen.line['upstream']} instead of {' or '.join(said.endpoints)}"


def utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "ignore")


def unlike(seen: list[Seen]) -> Iterator[str]:
    """What differs between planes, beyond what explain speaks of: the page of our own answers. Without a request id it is the
    answer of a parser, which knows no pages."""
    ours = {(s.status, s.answer.body) for s in seen if s.identity and s.answer and not s.app and s.status >= 400}
    if len(ours) > len({status for status, _ in ours}):
        yield "different pages"
