"""``tidegate version``: our version and the planes found."""

import platform
import sys

import click

from router import __version__


@click.command(name="version")
def command() -> None:
    """Print our version, Python's, and which planes are found, with their versions."""
    from router.cli.inputs import find_plane  # noqa: PLC0415
    from router.settings import DEFAULTS  # noqa: PLC0415

    click.echo(f"tidegate {__version__}")
    click.echo(f"python   {platform.python_version()} ({sys.executable})")
    for name in ("nginx", "haproxy"):
        _, binary, there = find_plane(name, DEFAULTS)
        click.echo(f"{name:8} {binary.version_text} ({binary.path})" if there else f"{name:8} not found")
