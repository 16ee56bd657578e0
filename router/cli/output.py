"""What people see: findings as text or JSON, colour only where it is wanted."""

import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from router.base.findings import Finding, Severity, printable

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def colour_wanted(no_color: bool) -> bool | None:
    """None lets click decide by the terminal (no-color.org, bixense.com/clicolors)."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return None if sys.stdout.isatty() else False


def finding_text(finding: Finding) -> str:
    """Two to four lines: severity, object, field, reason; the sentence; the fix; the place."""
    where = " ".join(part for part in (printable(str(finding.object or "")), printable(finding.field)) if part)
    word = click.style(f"{finding.severity:7}", fg=_COLOURS[finding.severity], bold=True)
    head = f"{word} {where or 'manifest'}  {finding.reason}"
    lines = [head, f"        {printable(finding.message, 1000)}"]
    if finding.fix:
        lines.append(f"        fix: {printable(finding.fix, 1000)}")
    if finding.location:
        lines.append(f"        at {printable(str(finding.location))}")
    return "\n".join(lines)


def finding_builtins(finding: Finding) -> dict[str, Any]:
    """The JSON form; keys are stable."""
    ref, place = finding.object, finding.location
    return {
        "severity": finding.severity.value,
        "reason": finding.reason,
        "kind": ref.kind if ref else None,
        "namespace": ref.namespace if ref else None,
        "name": ref.name if ref else None,
        "field": _unicode(finding.field),
        "message": _unicode(finding.message),
        "fix": _unicode(finding.fix),
        "file": _unicode(place.file) if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
    }


def _unicode(text: str) -> str:
    """File names may hold bytes that are no UTF-8, which JSON has no words for."""
    return text.encode("utf-8", "backslashreplace").decode()


def counts(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning``"""
    said = list(findings)
    numbers = {s: sum(1 for f in said if f.severity is s) for s in Severity}
    return ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in numbers.items())


def note_findings(findings: Iterable[Finding]) -> None:
    """All findings on stderr."""
    for finding in findings:
        click.echo(finding_text(finding), err=True)


def exit_code(findings: Iterable[Finding], strict: bool) -> int:
    """1 if there is an error (``strict``: or a warning)."""
    return int(any(strict or f.severity is Severity.ERROR for f in findings))
