"""Where the objects come from: manifests (``-f``) or a cluster. And the options that the verbs share."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.controllers.daemon.manifests import Document, Objects
from router.controllers.daemon.types import API_VERSION, DaemonController
from router.controllers.kit.calls import path_of
from router.sources.directory import documents, tree
from router.sources.kubernetes.transport import JSON, ApiError, Sender

Command = TypeVar("Command", bound=Callable[..., Any])
JSON_PATCH = "application/json-patch+json"
HOME = Path("~/.kube/config")
EVERYWHERE = (
    (API_VERSION, "daemoncontrollers", "DaemonController"),
    ("v1", "nodes", "Node"),
    ("v1", "pods", "Pod"),
    ("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass"),
)
IN_NAMESPACE = (
    ("apps/v1", "controllerrevisions", "ControllerRevision"),
    ("v1", "replicationcontrollers", "ReplicationController"),
    ("apps/v1", "replicasets", "ReplicaSet"),
    ("apps/v1", "deployments", "Deployment"),
    ("apps/v1", "statefulsets", "StatefulSet"),
    ("apps/v1", "daemonsets", "DaemonSet"),
    ("v1", "events", "Event"),
)


class Cluster(Frozen):
    """``kubeconfig``: None for the one in the home folder. ``context``: empty for its current one."""

    kubeconfig: Path | None = None
    context: str = ""


def world_options(command: Command) -> Command:
    """``-n``, ``-f``, ``--kubeconfig``, ``--context``."""
    for option in (
        click.option("--context", metavar="NAME", default="", help="Context of the kubeconfig, if not its current one."),
        click.option("--kubeconfig", metavar="FILE", type=click.Path(path_type=Path), envvar="KUBECONFIG",
                     help="The cluster of this kubeconfig. [~/.kube/config]"),
        click.option("-f", "--filename", "paths", multiple=True, metavar="PATH", envvar="TIDEGATE_FILENAME",
                     help="Manifests instead of a cluster: a file, a folder, or - for stdin. Repeatable."),
        click.option("-n", "--namespace", default="", metavar="NAMESPACE", help="Of the object, if the name is in several."),
    ):  # fmt: skip
        command = option(command)
    return command


def now() -> float:
    return SystemClock().now().timestamp()


def from_manifests(paths: Sequence[str]) -> tuple[list[Document], list[Finding]]:
    """All objects under the given paths, lists taken apart, and what could not be parsed."""
    found: list[Document] = []
    findings: list[Finding] = []
    for name, data in _files(paths):
        reading = documents.read(name, data)
        findings += reading.findings
        found += [item for document in reading.documents for item in _items(document.value)]
    return found, findings


def _files(paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    found = tree.scan(paths)
    for path, why in found.lost.items():
        raise TidegateError(f"{path} can not be read: {why}")
    for path, name in found.streams.items():
        yield name, sys.stdin.buffer.read() if path == tree.STDIN else Path(path).read_bytes()
    for name, path in found.files:
        yield name, Path(path).read_bytes()


def _items(value: Mapping[str, object]) -> Iterator[Document]:
    """A list's items inherit its version and kind, if it is a list of one kind."""
    kind, items = value.get("kind"), value.get("items")
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        yield value
        return
    inherited = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")}
    for item in items:
        if isinstance(item, Mapping):
            yield from _items({**inherited, **item})


def from_cluster(cluster: Cluster, name: str, namespace: str) -> list[Document]:
    """What matters to the objects of this name: nodes and pods of the whole cluster, the rest of the object's namespace."""
    return asyncio.run(_with_api(_filled(cluster), lambda api: _read(api, name, namespace)))


def send(cluster: Cluster, method: str, path: str, body: Any, content: str) -> None:
    async def sent(api: Sender) -> None:
        await api.send(method, path, body, content=content)

    asyncio.run(_with_api(_filled(cluster), sent))


def _filled(cluster: Cluster) -> Cluster:
    return Cluster(kubeconfig=cluster.kubeconfig or HOME.expanduser(), context=cluster.context)


async def _with_api(cluster: Cluster, use: Callable[[Sender], Any]) -> Any:
    from router.sources.kubernetes.client import ClientTransport  # noqa: PLC0415 -- the client library only where needed

    api = ClientTransport(cluster.kubeconfig, cluster.context)
    try:
        return await use(api)
    except ApiError as wrong:
        raise TidegateError(f"the API server says: {wrong}") from None
    except (OSError, TimeoutError) as wrong:
        raise TidegateError(f"the API server can not be reached: {wrong or type(wrong).__name__}") from None
    finally:
        await api.close()


async def _read(api: Sender, name: str, namespace: str) -> list[Document]:
    found: list[Document] = []
    for version, plural, kind in EVERYWHERE:
        found += await _list(api, version, plural, kind, "")
    spaces = {
        meta.get("namespace", "")
        for document in found
        if document["kind"] == "DaemonController" and (meta := document["metadata"]).get("name") == name
    }
    for space in sorted(spaces & ({namespace} if namespace else spaces)):
        for version, plural, kind in IN_NAMESPACE:
            found += await _list(api, version, plural, kind, space)
    return found


async def _list(api: Sender, version: str, plural: str, kind: str, namespace: str) -> list[Document]:
    """Nothing of a kind that we may not list, or that is not installed, except of our own."""
    found: list[Document] = []
    query = {"limit": "500"}
    while True:
        try:
            answer = await api.send("GET", path_of(version, plural, namespace), content=JSON, query=query)
        except ApiError as wrong:
            if wrong.status in (403, 404) and plural not in ("daemoncontrollers", "nodes"):
                return []
            raise
        page = msgspec.json.decode(answer)
        found += [{**item, "apiVersion": version, "kind": kind} for item in page.get("items") or ()]
        rest = page.get("metadata", {}).get("continue")
        if not rest:
            return found
        query = {"limit": "500", "continue": rest}


def looked_at(paths: Sequence[str], cluster: Cluster, name: str, namespace: str) -> tuple[Objects, DaemonController]:
    """All objects, and the one of this name. TidegateError if there is none, or more than one; findings go to stderr."""
    from router.cli.output import note_findings  # noqa: PLC0415

    found, findings = from_manifests(paths) if paths else (from_cluster(cluster, name, namespace), [])
    objects = Objects(found)
    named = [d for d in objects.daemons if d.metadata.name == name and namespace in ("", d.metadata.namespace)]
    note_findings([*findings, *(f for f in objects.findings if f.object is None or any(f.object == d.ref for d in named))])
    if len(named) != 1:
        where = "in the manifests" if paths else "in the cluster"
        wrong = "is in several namespaces: name one with -n" if named else f"is not {where}"
        raise TidegateError(f"DaemonController {name} {wrong}")
    return objects, named[0]


def print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
