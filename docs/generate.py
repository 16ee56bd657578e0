"""Reference pages from the declarations. ``make bless`` writes them; a test fails when they are stale."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from docs import chart
from router.cli.options import shown_default
from router.cli.root import VERBS, cli
from router.dialects import ingress, service
from router.facts.annotations import Field
from router.settings import SECTIONS, Option
from router.table.backends import SERVICE_FIELDS

FOLDER = Path(__file__).parent / "reference"
NAMES = ["-h", "--help"]
NOTE = "<!-- Made by docs/generate.py from the declarations; `make bless` rewrites it. -->\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return _row(*heads) + _row(*("---" for _ in heads)) + "".join(_row(*row) for row in rows)


def commands() -> str:
    """``--help`` of every verb, as it prints."""
    parts = [NOTE, "# Commands\n\n", _block(cli, "tidegate", None)]
    root = click.Context(cli, info_name="tidegate", color=False, **cli.context_settings)
    for verb in VERBS:
        command = cli.get_command(root, verb)
        assert command is not None
        parts.append(f"\n## tidegate {verb}\n\n" + _block(command, verb, root))
        if isinstance(command, click.Group):
            parts += _inner(command, verb, root)
    return "".join(parts)


def _inner(group: click.Group, verb: str, root: click.Context) -> list[str]:
    """The verbs of a verb."""
    above = click.Context(group, info_name=verb, parent=root, color=False)
    names = group.list_commands(above)
    found = [(name, group.get_command(above, name)) for name in names]
    return [f"\n### tidegate {verb} {name}\n\n" + _block(command, name, above) for name, command in found if command]


def _block(command: click.Command, name: str, parent: click.Context | None) -> str:
    context = click.Context(command, info_name=name, parent=parent, color=False, terminal_width=100, help_option_names=NAMES)
    return f"```text\n{command.get_help(context)}\n```\n"


def settings() -> str:
    """Every setting: flag, variable, default, annotation of the router's own Deployment."""
    text = NOTE + (
        "# Settings\n\nA flag wins over its environment variable, that over an annotation on the router's own Deployment, that\n"
        "over the default. The annotation is `tidegate.dev/` and the flag's name; Deis' spelling is `router.deis.io/` and the\n"
        "name shown. Sizes: `512k`, `10m`, `1g`. Durations: `500ms`, `30s`, `5m`; a plain number is seconds.\n"
    )
    for heading, options in SECTIONS.items():
        text += f"\n## {heading}\n\n" + _table(("flag", "variable", "default", "what", "Deis"), [_setting(o) for o in options])
    return text


def _setting(option: Option) -> tuple[str, ...]:
    value = f"`{option.flag}`" if not option.metavar else f"`{option.flag} {option.metavar}`"
    deis = f"`{option.deis}`" if option.deis else ""
    return value, f"`{option.environment}`", shown_default(option), option.help, deis


def annotations() -> str:
    """Every annotation that is read, by the kind of object that it stands on."""
    text = NOTE + (
        '# Annotations\n\nValues are text: quote `"true"` and numbers. `tidegate.dev/` is the native spelling; where Deis\'\n'
        "stands beside it, both are read and the native one wins. **closes** means: a value that is not understood never\n"
        "opens what it was meant to close.\n"
    )
    kinds = (
        ("Ingress", "They hold for all paths of the Ingress.", ingress.FIELDS),
        ('Apps: Services with the label `tidegate.dev/routable: "true"`', "Or `router.deis.io/routable`.", service.FIELDS),
        ("Any Service that a route leads to", "Whichever object names it.", SERVICE_FIELDS),
    )
    for heading, sentence, fields in kinds:
        rows = [_annotation(field) for field in fields]
        text += f"\n## {heading}\n\n{sentence}\n\n" + _table(("annotation", "what", "default", ""), rows)
    return text


def _annotation(field: Field) -> tuple[str, ...]:
    names = "<br>".join(f"`{name}`" for name in field.names)
    return names, field.help, field.default, "closes" if field.security else ""


def values() -> str:
    """Every value of the Helm chart."""
    text = (
        "# Values of the Helm chart\n\n`helm install tidegate deploy/helm/tidegate` needs none of them\n"
        "([how](../how-to/install.md)). Helm refuses names and values that are not of this list.\n\n"
    )
    return NOTE + text + _table(("value", "default", "what"), list(chart.rows()))


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": settings,
    "annotations.md": annotations,
    "chart.md": values,
}


def write() -> None:
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())


if __name__ == "__main__":
    write()
