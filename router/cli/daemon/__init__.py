"""``tidegate daemon``: look at daemons before and while they run."""

import importlib

import click

VERBS = {
    "describe": "Describe an object: numbers, conditions, what is wrong where.",
    "explain": "Say why a pod is, or is not, on a node.",
    "plan": "Say what manifests would start, stop, replace and evict.",
    "history": "List the templates of before.",
    "rollback": "Bring a template of before back.",
}


class Verbs(click.Group):
    """Loads a verb's module when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(f"router.cli.daemon.{cmd_name}"), "command")  # noqa: B009 -- by name
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(name="daemon", cls=Verbs)
def command() -> None:
    """One pod on every node, or on a part of them: what a DaemonController does, why, and what it would do."""
