"""Where the objects come from: manifests (``-f``) or a cluster."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding
from router.cli.where import Where, asked, chosen
from router.controllers.daemon.manifests import Document, Objects
from router.controllers.daemon.types import API_VERSION, KIND, DaemonController
from router.controllers.kit.calls import path_of
from router.sources.directory import documents, tree
from router.sources.kubernetes.transport import JSON, ApiError, Sender

JSON_PATCH = "application/json-patch+json"
OWN = (API_VERSION, "daemoncontrollers", KIND)
CLUSTER = (("v1", "nodes", "Node"), ("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass"))
_UNBOUND = frozenset({"Node", "PriorityClass", "Namespace"})
"""Kinds of ours that have no namespace."""
EVERYWHERE = (("v1", "pods", "Pod"), ("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"))
IN_NAMESPACE = (
    ("apps/v1", "controllerrevisions", "ControllerRevision"),
    ("v1", "replicationcontrollers", "ReplicationController"),
    ("apps/v1", "replicasets", "ReplicaSet"),
    ("apps/v1", "deployments", "Deployment"),
    ("apps/v1", "statefulsets", "StatefulSet"),
    ("apps/v1", "daemonsets", "DaemonSet"),
    ("v1", "events", "Event"),
)


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


def in_namespace(documents: Iterable[Document], namespace: str) -> list[Document]:
    """Those that name none get one, as ``kubectl apply`` gives it."""
    return [document if document.get("kind") in _UNBOUND else _bound(document, namespace) for document in documents]


def _bound(document: Document, namespace: str) -> Document:
    meta = document.get("metadata")
    if not isinstance(meta, Mapping) or meta.get("namespace"):
        return document
    return {**document, "metadata": {**meta, "namespace": namespace}}


def context_namespace(where: Where) -> str:
    """Nothing is asked of the cluster for it."""

    async def found(_: Sender, namespace: str) -> str:
        return namespace

    return asked(where, found)


def from_cluster(where: Where, name: str) -> tuple[list[Document], str]:
    """(what matters to the objects of this name, the namespace that was asked): nodes and pods of the whole cluster, the rest of
    their namespaces. If the pods of all namespaces may not be listed, those of their own, and a line on stderr."""
    return asked(where, lambda api, namespace: _read(api, name, namespace))


async def _read(api: Sender, name: str, namespace: str) -> tuple[list[Document], str]:
    found = await _list(api, *OWN, namespace) or []
    for collection in CLUSTER:
        found += await _list(api, *collection, "", needed=collection[1] == "nodes") or []
    spaces = sorted({d["metadata"].get("namespace", "") for d in found if d["kind"] == KIND and d["metadata"]["name"] == name})
    for collection in EVERYWHERE:
        there = await _list(api, *collection, "", needed=False)
        if there is None and collection[1] == "pods":
            click.echo("The pods of other namespaces may not be listed: the room that they take is not counted.", err=True)
        found += there or []
        for space in spaces if there is None else ():
            found += await _list(api, *collection, space, needed=False) or []
    for space in spaces:
        for collection in IN_NAMESPACE:
            found += await _list(api, *collection, space, needed=False) or []
    return found, namespace


def send(where: Where, method: str, path: str, body: Any, content: str) -> None:
    asked(where, lambda api, _: api.send(method, path, body, content=content))


async def _list(  # noqa: PLR0917 -- a kind, as the tables above have it, and where
    api: Sender, version: str, plural: str, kind: str, namespace: str, needed: bool = True
) -> list[Document] | None:
    """None of a kind that we may not list, or that is not installed, unless it is needed."""
    found: list[Document] = []
    query = {"limit": "500"}
    while True:
        try:
            answer = await api.send("GET", path_of(version, plural, namespace), content=JSON, query=query)
        except ApiError as wrong:
            if wrong.status == 404 and kind == KIND:
                raise TidegateError(f"this cluster knows no {KIND}: kubectl apply -f deploy/crds") from None
            if wrong.status in (403, 404) and not needed:
                return None
            raise
        page = msgspec.json.decode(answer)
        found += [{**item, "apiVersion": version, "kind": kind} for item in page.get("items") or ()]
        rest = page.get("metadata", {}).get("continue")
        if not rest:
            return found
        query = {"limit": "500", "continue": rest}


def looked_at(paths: Sequence[str], where: Where, name: str) -> tuple[Objects, DaemonController]:
    """All objects, and the one of this name. TidegateError if there is none, or more than one; findings go to stderr."""
    from router.cli.output import note_findings  # noqa: PLC0415

    asked_in: str | None = None
    findings: list[Finding] = []
    if paths:
        found, findings = from_manifests(paths)
    else:
        found, asked_in = from_cluster(where, name)
    objects = Objects(found)
    named = {d.metadata.namespace: d for d in objects.daemons if d.metadata.name == name}
    spaces = [space for space in named if where.namespace in ("", space)]
    mine = {named[space].ref for space in spaces}
    note_findings([*findings, *(f for f in objects.findings if f.object is None or f.object in mine)])
    return objects, named[chosen(KIND, name, spaces, where, asked_in)]


def print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
