"""An explanation as one screen of plain words."""

from collections.abc import Iterator

from router.base.findings import printable
from router.table import notation
from router.table.explain import Candidate, Explanation

SHOWN = 12
"""Candidates that are printed; a host may have thousands."""


def render_text(found: Explanation) -> str:
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    yield _headline(found)
    sni = f", TLS server name {printable(found.request.sni)}" if found.request.sni and found.certificate else ""
    yield f" listener   {found.listener or 'none'}{sni}" + (f", certificate of {found.certificate}" if found.certificate else "")
    yield f" client     {found.client}"
    if found.host:
        yield f" host       {found.host}"
    yield from _candidates(found)
    if found.route:
        for text in notation.policy_texts(found.route.policy):
            yield f" policy     {text}"
    if found.backends:
        yield f" backend    {', '.join(found.backends)}"
    if found.endpoints:
        yield f" endpoints  {' '.join(found.endpoints)}"
        yield f" sends      {found.request.method} {printable(found.url)}"
        for name, value in found.upstream:
            yield f"            {name}: {printable(value)}"


def _headline(found: Explanation) -> str:
    by = f"   by {found.route.origin}" if found.route else ""
    if found.status:
        why = f"   {'; '.join(found.steps)}" if found.steps else ""
        where = f" to {printable(found.location)}" if found.location else ""
        return f"{found.status}{where}{by}{why}"
    return f"-> {', '.join(found.backends)}{by}"


def _candidates(found: Explanation) -> Iterator[str]:
    if not found.candidates:
        return
    matching = [c for c in found.candidates if c.verdict != "no match"]
    others = [c for c in found.candidates if c.verdict == "no match"]
    yield " candidates"
    shown = (matching + others)[:SHOWN]
    for candidate in shown:
        yield f"   {_candidate(candidate)}"
    if len(found.candidates) > len(shown):
        yield f"   ... and {len(found.candidates) - len(shown)} more that do not match"


def _candidate(candidate: Candidate) -> str:
    route = candidate.route
    what = "default backend" if route.fallback else f"{route.match.path.kind.value} {route.match.path.value}"
    return f"{candidate.verdict:8} {what:24} {route.origin}: {candidate.why}"
