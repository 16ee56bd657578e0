"""An explanation as one screen of plain words."""

from collections.abc import Iterator

from router.base.findings import printable
from router.table import notation
from router.table.explain import Explanation
from router.table.matching import LOST, NO_MATCH, WON
from router.table.routes import Match, Origin

SHOWN = 12
"""Candidates that are printed; a host may have thousands."""
LINE_LIMIT = 2000


def render_text(found: Explanation) -> str:
    return "".join(f"{printable(line, LINE_LIMIT)}\n" for line in _lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    yield _headline(found)
    yield f" listener   {found.listener or 'none'}{_tls(found)}"
    yield f" client     {found.client}"
    if found.host:
        yield f" host       {found.host} ({found.host_why})"
    yield from _candidates(found)
    if found.route:
        yield from _labelled("policy", notation.policy_texts(found.route.policy))
    if found.endpoints:
        yield f" backend    {', '.join(found.backends)}"
        yield f" endpoints  {' '.join(found.endpoints)}"
        sends = (f"{name}: {value}" for name, value in found.upstream)
        yield from _labelled("sends", [f"{found.request.method} {found.url}", *sends])
    yield from _labelled("answer", (f"{name}: {value}" for name, value in found.answer))


def _headline(found: Explanation) -> str:
    by = f"   by {found.route.origin}" if found.route else ""
    if not found.status:
        return f"-> {', '.join(found.backends)}{by}"
    where = f" to {found.location}" if found.location else ""
    why = f": {found.steps[-1]}" if found.steps else ""
    return f"{found.status}{where}{why}{by}"


def _tls(found: Explanation) -> str:
    if not found.certificate:
        return ""
    asked = f", server name {found.request.sni}" if found.request.sni else ", no server name"
    return f"{asked}, certificate: {found.certificate}"


def _labelled(label: str, texts: Iterator[str] | list[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield f" {'' if number else label:10} {text}"


def _candidates(found: Explanation) -> Iterator[str]:
    """Those that match first, then what was refused, then the others as far as there is room."""
    matching = [
        _line(c.verdict, c.route.origin, c.route.match, c.route.fallback, c.why)
        for v in (WON, LOST)
        for c in found.candidates
        if c.verdict == v
    ]
    matching += [_line("refused", r.origin, r.match, r.fallback, r.why) for r in found.refused]
    others = [c for c in found.candidates if c.verdict == NO_MATCH]
    shown = [
        _line(c.verdict, c.route.origin, c.route.match, c.route.fallback, c.why) for c in others[: max(0, SHOWN - len(matching))]
    ]
    if matching or others:
        yield " candidates"
    yield from (f"   {line}" for line in [*matching, *shown])
    if len(others) > len(shown):
        yield f"   ... and {len(others) - len(shown)} more that do not match"


def _line(verdict: str, origin: Origin, match: Match, fallback: bool, why: str) -> str:
    return f"{verdict:8} {notation.match_text(match, fallback):24} {origin}: {why}"
