"""``tidegate render``: the configuration of a plane, printed or written."""

from pathlib import Path
from typing import Any

import click

from router.base.findings import printable
from router.cli.options import PLANES, Sectioned, needed_manifests, settings_from, settings_options, strict
from router.planes.bundle import Bundle


@click.command(name="render", cls=Sectioned)
@needed_manifests
@click.option("--plane", type=PLANES, required=True, envvar="TIDEGATE_PLANE", help="Which plane.")
@click.option("-o", "--output", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Write the bundle to this folder.")
@strict
@settings_options(also=("state",))
def command(paths: tuple[str, ...], plane: str, folder: Path | None, strict: bool, **values: Any) -> None:
    """Print the configuration that the manifests make, private keys left out; or write it with -o.

    Needs neither a cluster nor the plane's program (without it, the oldest supported version is assumed). What is good
    is rendered even if there are findings. A written bundle works wherever it is put:

    \b
      nginx -t -p DIR -c nginx.conf          haproxy -c -f haproxy.cfg   (in DIR)
    """
    from router.cli.inputs import effective_settings, find_plane, kept_default, placeholder, translation  # noqa: PLC0415
    from router.cli.output import exit_code, note_findings  # noqa: PLC0415

    settings = effective_settings(*settings_from(values))
    made = translation(paths, settings, kept_default(settings) if folder else None)
    driver, binary, _ = find_plane(plane, settings)
    rendered = driver.render(placeholder(made.table), binary)
    if folder:
        write(rendered.bundle, folder)
        click.echo(f"{len(rendered.bundle.files)} files, generation {rendered.bundle.generation}, in {folder}", err=True)
    else:
        show(rendered.bundle)
    findings = [*made.findings, *rendered.findings]
    note_findings(findings)
    raise SystemExit(exit_code(findings, strict))


def show(bundle: Bundle) -> None:
    """All files after a line each with name and mode; main file first; private ones only named. What a terminal would act on
    (a map may hold such letters in a path) is escaped; what -o writes is exact."""
    for file in sorted(bundle.files, key=lambda f: (f.path != bundle.main, f.path)):
        click.echo(f"##### {file.path} (mode {file.mode:04o})")
        text = "[private]" if file.private else file.data.decode("utf-8", "replace")
        click.echo("\n".join(line if line.isprintable() else printable(line, len(line)) for line in text.split("\n")))


def write(bundle: Bundle, folder: Path) -> None:
    """The bundle as a folder; an existing one is replaced only if it is a bundle or empty."""
    from router.planes.store import replace_folder  # noqa: PLC0415

    replace_folder(bundle, folder)
