"""``tidegate check``: what is wrong with manifests, with the place and the fix."""

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from router.base.findings import Finding, error
from router.cli.options import PLANES, Sectioned, needed_manifests, output, settings_from, settings_options, strict

REPORT = "The manifests should not be able to do that: please report it with them."


@click.command(name="check", cls=Sectioned)
@needed_manifests
@click.option("--plane", type=PLANES, help="Check for this plane only, with its own test if the program is there.")
@output("text", "json")
@strict
@settings_options()
def command(paths: tuple[str, ...], plane: str | None, form: str, strict: bool, **values: Any) -> None:
    """Say what is wrong with manifests: object, field, reason, fix.

    Of DaemonControllers and DiurnalControllers too; also what is between them: one target, one label.

    Exit code 1 if something that was asked for would not be served (with --strict: or if there is a warning).
    """
    from router.cli.inputs import translation  # noqa: PLC0415
    from router.cli.output import counts, exit_code, finding_builtins, finding_text  # noqa: PLC0415

    settings, _ = settings_from(values)
    made = translation(paths, settings, None, controllers=True)
    findings, notes = [*made.findings], []
    for name in [plane] if plane else ["nginx", "haproxy"]:
        more, note = _plane(name, settings, made.table)
        findings += [f for f in more if f not in findings]
        notes.append(note)
    summary = f"{len(made.table.hosts)} hosts, {sum(len(h.routes) for h in made.table.hosts)} routes; {counts(findings)}"
    if form == "json":
        report = {"version": 1, "summary": summary, "planes": notes, "findings": [finding_builtins(f) for f in findings]}
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        for finding in findings:
            click.echo(finding_text(finding))
        click.echo(summary)
        for note in notes:
            click.echo(note, err=True)
    raise SystemExit(exit_code(findings, strict))


def _plane(name: str, settings: Any, table: Any) -> tuple[Sequence[Finding], str]:
    """(what this plane says, one line about the test that was run)."""
    from router.cli.inputs import find_plane, plane_check, with_default  # noqa: PLC0415

    driver, binary, there = find_plane(name, settings)
    table = with_default(table)
    rendered = driver.render(table, binary)
    if not there:
        return rendered.findings, f"{name}: not installed here; its own test was left out"
    verdict = plane_check(driver, binary, rendered, table)
    problems = [] if verdict.ok else [error(None, name, "RefusedByPlane", "; ".join(verdict.problems), REPORT)]
    word = "accepts" if verdict.ok else "REFUSES"
    return [*rendered.findings, *problems], f"{name} {binary.version_text} {word} the configuration"
