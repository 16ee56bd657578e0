"""``tidegate completion SHELL``: the script that makes a shell complete our verbs and options."""

import click
from click.shell_completion import get_completion_class


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
      bash:  eval "$(tidegate completion bash)"
      zsh:   eval "$(tidegate completion zsh)"
      fish:  tidegate completion fish | source
    """
    maker = get_completion_class(shell)
    assert maker is not None
    root = ctx.find_root().command
    click.echo(maker(root, {}, "tidegate", "_TIDEGATE_COMPLETE").source())
