"""Which cluster, and which namespace of it, a command asks; or which manifests instead. The same for all who look at objects."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from router.base.errors import TidegateError
from router.base.frozen import Frozen
from router.base.parse import is_dns_label
from router.sources.kubernetes.transport import ApiError, Sender

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])
HOME = Path("~/.kube/config")


class Where(Frozen):
    """``kubeconfig``: None for the one in the home folder. ``context``: empty for its current one. ``namespace``: empty for that
    of the context, or ``everywhere``."""

    kubeconfig: Path | None = None
    context: str = ""
    namespace: str = ""
    everywhere: bool = False


class _Namespace(click.ParamType[str]):
    name = "namespace"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value) if not value or is_dns_label(value) else self.fail(f"{value!r} is no name of a namespace", param, ctx)


_CONTEXT = click.option("--context", metavar="NAME", default="", help="Context of the kubeconfig, if not its current one.")
_KUBECONFIG = click.option(
    "--kubeconfig", metavar="FILE", type=click.Path(path_type=Path), envvar="KUBECONFIG",
    help="The cluster of this kubeconfig. [~/.kube/config]",
)  # fmt: skip
_PATHS = click.option(
    "-f", "--filename", "paths", multiple=True, metavar="PATH", envvar="TIDEGATE_FILENAME",
    help="Manifests instead of a cluster: a file, a folder, or - for stdin. Repeatable.",
)  # fmt: skip
_EVERYWHERE = click.option(
    "-A", "--all-namespaces", "everywhere", is_flag=True, help="Look for the name in all namespaces; it must be in one only."
)
_OF_OBJECT = "Of the object. Default: that of the kubeconfig's context; with -f, where it is."
_OF_MANIFESTS = "Of manifests that name none. Default: that of the kubeconfig's context."


def _taken(command: Callable[..., None]) -> Callable[..., None]:
    """The options as one argument ``where``."""

    @functools.wraps(command)
    def taken(**values: Any) -> None:
        where = Where(**{name: values.pop(name) for name in Where.__struct_fields__ if name in values})
        if where.everywhere and where.namespace:
            raise click.UsageError("--namespace names one, --all-namespaces all: write one of them")
        command(where=where, **values)

    return taken


def _with(command: Callable[..., None], *options: Callable[[Any], Any]) -> Callable[..., None]:
    made = _taken(command)
    for option in options:
        made = option(made)
    return made


def _namespace(text: str) -> Callable[[Any], Any]:
    return click.option("-n", "--namespace", type=_Namespace(), default="", metavar="NAMESPACE", help=text)


def looking(command: Callable[..., None]) -> Callable[..., None]:
    """``-n``, ``-A``, ``-f``, ``--kubeconfig``, ``--context``, as ``where`` and ``paths``: for what reads one object."""
    return _with(command, _CONTEXT, _KUBECONFIG, _PATHS, _EVERYWHERE, _namespace(_OF_OBJECT))


def writing(command: Callable[..., None]) -> Callable[..., None]:
    """The same without ``-A``: nothing is changed in a namespace that nobody named."""
    return _with(command, _CONTEXT, _KUBECONFIG, _PATHS, _namespace(_OF_OBJECT))


def against(command: Callable[..., None]) -> Callable[..., None]:
    """Without ``-f`` and ``-A``: for what compares manifests with a cluster."""
    return _with(command, _CONTEXT, _KUBECONFIG, _namespace(_OF_MANIFESTS))


def asked(where: Where, what: Callable[[Sender, str], Awaitable[T]]) -> T:
    """Runs ``what`` with a connection and the namespace, empty for all. TidegateError for whatever the cluster refuses, or does
    not answer."""
    kubeconfig = where.kubeconfig or HOME.expanduser()

    async def run() -> T:
        from router.sources.kubernetes.client import ClientTransport  # noqa: PLC0415 -- half a second, only where needed

        api = ClientTransport(kubeconfig, where.context)
        try:
            await api.load()
            return await what(api, "" if where.everywhere else where.namespace or api.namespace)
        finally:
            await api.close()

    try:
        return asyncio.run(run())
    except ApiError as wrong:
        raise TidegateError(f"the API server refuses: {wrong}") from None
    except (OSError, TimeoutError) as wrong:
        raise TidegateError(f"the API server can not be reached: {str(wrong) or type(wrong).__name__}") from None


def chosen(kind: str, name: str, spaces: list[str], where: Where, asked_in: str | None) -> str:
    """The one of the namespaces in which an object of this name is. ``asked_in``: the namespace of the cluster that was asked,
    empty for all; None for manifests. TidegateError if there is none or are several."""
    if len(spaces) == 1:
        return spaces[0]
    if spaces:
        wrong = f"is in several namespaces ({', '.join(sorted(spaces))}): name one with -n"
    elif asked_in is None:
        wrong = f"is not in the manifests{f', in namespace {where.namespace}' if where.namespace else ''}"
    else:
        wrong = f"is not in namespace {asked_in}: -n names another, -A looks in all" if asked_in else "is in no namespace"
    raise TidegateError(f"{kind} {name} {wrong}")
