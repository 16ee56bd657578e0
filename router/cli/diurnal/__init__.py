"""``tidegate diurnal``: look at schedules before and while they run."""

import importlib

import click

VERBS = {
    "simulate": "Say what manifests would do on a day: every change, and a curve.",
    "diff": "Say when two versions of manifests differ on a day.",
    "describe": "Describe an object: schedule, what holds now, what comes.",
    "next": "Say the next changes of an object; with --skip, skip the first.",
    "override": "Set a number until a time, with a reason.",
    "suspend": "Leave the targets alone, until --resume.",
}


class Verbs(click.Group):
    """Loads a verb's module when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(f"router.cli.diurnal.{cmd_name}"), "command")  # noqa: B009 -- by name
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(name="diurnal", cls=Verbs)
def command() -> None:
    """Numbers that follow the clock: what a DiurnalController would do, does, and should do for a while."""
