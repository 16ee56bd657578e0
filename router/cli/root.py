"""``tidegate``: the group of all verbs, and the page that ``tidegate --help`` prints."""

import importlib
import sys

import click

from router import __version__
from router.base.errors import TidegateError

VERBS = {
    "run": "Run the gateway on nginx or HAProxy.",
    "check": "Say what is wrong with manifests, before anything runs.",
    "routes": "Print the routing table.",
    "explain": "Say which route a request takes, and why.",
    "render": "Print or write the configuration of a plane.",
    "daemon": "One pod on each node: describe, explain, plan, roll back.",
    "diurnal": "Numbers that follow the clock: simulate, describe, override schedules.",
    "controllers": "Run the daemon and diurnal controllers, without a gateway.",
    "version": "Print our version and those of the planes found.",
    "completion": "Print the completion script of a shell.",
}

EPILOG = """\b
A first look, without a cluster:
  tidegate check   -f examples/shop
  tidegate routes  -f examples/shop
  tidegate explain http://shop.localhost/cart -f examples/shop
  tidegate run     -f examples/shop --plane haproxy

\b
Manifests (-f) are files, folders or - for stdin: Services, Ingresses, EndpointSlices,
Secrets, as YAML or JSON. Every option is also an environment variable:
--platform-domain is TIDEGATE_PLATFORM_DOMAIN. A flag wins over its variable.

\b
Exit codes: 0 fine, 1 findings or failure, 2 wrong usage.
Data goes to stdout, notes to stderr. NO_COLOR is obeyed."""


class Verbs(click.Group):
    """Loads a verb's module when it is named; the list and its sentences need no import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(f"router.cli.{cmd_name}"), "command")  # noqa: B009 -- by name
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in VERBS and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}{_nearest(name)}")
        return super().resolve_command(ctx, args)


def _nearest(name: str) -> str:
    import difflib  # noqa: PLC0415 -- rarely needed

    near = difflib.get_close_matches(name, VERBS, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@click.group(cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--no-color", is_flag=True, help="Print without colours.")
@click.version_option(__version__, prog_name="tidegate", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, no_color: bool) -> None:
    """Tidegate routes HTTP to the apps of a Kubernetes cluster, or of a folder of manifests, on nginx or HAProxy."""
    from router.cli.output import colour_wanted  # noqa: PLC0415 -- keeps --help quick

    ctx.color = colour_wanted(no_color)


def main() -> None:
    """Entry point. What the operator must change is one sentence and exit code 1."""
    try:
        cli.main(prog_name="tidegate", standalone_mode=True)
    except TidegateError as failure:
        click.echo(f"tidegate: {failure}", err=True)
        sys.exit(1)
