"""Click options made from the declarations of router.settings, and the options that several verbs share."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import msgspec

from router.base.parse import Bad
from router.settings import BY_FIELD, DEFAULTS, OPTIONS, SECTIONS, Option, Settings

Command = TypeVar("Command", bound=Callable[..., Any])
REPEATABLE = frozenset({"namespaces", "tcp"})


class Parsed(click.ParamType[Any]):
    """The text of an option, read by its declaration; what it does not understand is wrong usage (exit code 2)."""

    name = "value"

    def __init__(self, option: Option) -> None:
        self.option = option

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        parsed = self.option.parse(value)
        if isinstance(parsed, Bad):
            self.fail(parsed.why, param, ctx)
        return parsed


def _is_switch(option: Option) -> bool:
    return isinstance(getattr(DEFAULTS, option.field), bool)


def shown_default(option: Option) -> str:
    """The default as people write it; empty if there is none, or if the sentence of the option says it."""
    value = getattr(DEFAULTS, option.field)
    if isinstance(value, tuple) or value == "" or "default" in option.help:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else _with_unit(option, value)


def _with_unit(option: Option, value: object) -> str:
    if option.metavar == "DURATION" and isinstance(value, int):
        seconds = value if option.field.startswith("ssl_") else value / 1000
        return f"{seconds:g}s"
    if option.metavar == "SIZE" and isinstance(value, int) and value >= 1024:
        return f"{value // 1024**2}m" if value % 1024**2 == 0 else f"{value // 1024}k"
    return str(value)


def _click_option(option: Option) -> Callable[[Command], Command]:
    if _is_switch(option):
        names = f"{option.flag}/--no-{option.flag[2:]}"
        return click.option(names, option.field, default=None, envvar=option.environment, help=option.help)
    return click.option(
        option.flag,
        option.field,
        type=Parsed(option),
        multiple=option.field in REPEATABLE,
        metavar=option.metavar or None,
        envvar=option.environment,
        help=option.help + (f" [{shown}]" if (shown := shown_default(option)) else ""),
    )


class Sectioned(click.Command):
    """A command whose settings are listed under the headings of their declarations."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [(p.name, p.get_help_record(ctx)) for p in self.get_params(ctx)]
        plain = [record for name, record in records if record and name not in BY_FIELD]
        with formatter.section("Options"):
            formatter.write_dl(plain)
        for heading, options in SECTIONS.items():
            fields = {option.field for option in options}
            rows = [record for name, record in records if record and name in fields]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def settings_options(*, run: bool = False, also: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """All options that matter to a verb: those of ``serve`` scope, ``also``, and with ``run`` every one."""

    def decorate(command: Command) -> Command:
        for option in reversed(OPTIONS):
            if run or option.scope == "serve" or option.field in also:
                command = _click_option(option)(command)
        return command

    return decorate


def some_settings(*fields: str) -> Callable[[Command], Command]:
    """Only these options."""

    def decorate(command: Command) -> Command:
        for option in reversed(OPTIONS):
            if option.field in fields:
                command = _click_option(option)(command)
        return command

    return decorate


def settings_from(values: Mapping[str, Any]) -> tuple[Settings, frozenset[str]]:
    """(settings, the fields that a flag or the environment set). Removes nothing from ``values``."""
    explicit: dict[str, Any] = {}
    for field in BY_FIELD.keys() & values.keys():
        value = values[field]
        if field in REPEATABLE:
            value = tuple(item for group in value for item in group)
        if value is None or (field in REPEATABLE and not value):
            continue
        explicit[field] = value
    return msgspec.structs.replace(DEFAULTS, **explicit), frozenset(explicit)


manifests = click.option(
    "-f", "--filename", "paths", multiple=True, metavar="PATH", envvar="TIDEGATE_FILENAME",
    help="Manifests: a file, a folder, or - for stdin. Repeatable.",
)  # fmt: skip
needed_manifests = click.option(
    "-f", "--filename", "paths", multiple=True, required=True, metavar="PATH", envvar="TIDEGATE_FILENAME",
    help="Manifests: a file, a folder, or - for stdin. Repeatable.",
)  # fmt: skip
PLANES = click.Choice(["nginx", "haproxy"])
strict = click.option("--strict", is_flag=True, help="Warnings fail the command too.")


def output(*formats: str) -> Callable[[Command], Command]:
    return click.option(
        "-o", "--output", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="Form of the output."
    )
