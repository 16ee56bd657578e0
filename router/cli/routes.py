"""``tidegate routes``: the table in its written notation."""

from typing import Any

import click
import msgspec

from router.cli.options import Sectioned, needed_manifests, output, settings_from, settings_options


@click.command(name="routes", cls=Sectioned)
@needed_manifests
@output("text", "json", "yaml")
@settings_options()
def command(paths: tuple[str, ...], form: str, **values: Any) -> None:
    """Print the routing table that the manifests make.

    The text form is made to be read and compared; JSON and YAML have a versioned shape (docs/reference/table.md).
    Findings go to stderr; the exit code is 0 all the same: use `check` for a verdict.
    """
    from router.cli.inputs import translation  # noqa: PLC0415
    from router.cli.output import note_findings  # noqa: PLC0415
    from router.table import notation  # noqa: PLC0415

    settings, _ = settings_from(values)
    made = translation(paths, settings, None)
    if form == "text":
        click.echo(notation.to_text(made.table), nl=False)
    else:
        encode = msgspec.yaml.encode if form == "yaml" else _json
        click.echo(encode(notation.to_builtins(made.table)))
    note_findings(made.findings)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
