"""An API server in memory, with watches that can be late and calls that can fail: for what a real one does not do when asked.

It keeps the promises that controllers build on: names are unique, versions rise, preconditions hold, a pod that runs ends slowly.
It satisfies Transport and Sender.
"""

import asyncio
import contextlib
import copy
import datetime
import json
import urllib.parse
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from router.base.clock import Clock
from router.sources.kubernetes.transport import JSON, ApiError

Object = dict[str, Any]
Call = tuple[str, str]
"""(method, path)"""
STATUS = ("status", "scale", "eviction")


def split(path: str) -> tuple[str, str, str, str]:
    """(collection without namespace, namespace, name, subresource)."""
    words = path.strip("/").split("/")
    head = 2 if words[0] == "api" else 3
    base, rest, namespace = "/" + "/".join(words[:head]), words[head:], ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    return f"{base}/{rest[0]}", namespace, *[*rest[1:], "", ""][:2]  # type: ignore[return-value]


class _Answer:
    status = 200
    headers: Mapping[str, str] = {}

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def chunks(self) -> AsyncIterator[bytes]:
        return self._chunks


class FakeCluster:
    """``held``: collections whose watches tell nothing until ``release``. ``fails``: asked before each call, may raise.

    ``loses``: asked after each call was done, True loses its answer. ``calls``: what was asked for.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock, self.version, self.serial = clock, 100, 0
        self.objects: dict[str, dict[tuple[str, str], Object]] = {}
        self.held: set[str] = set()
        self.fails: Callable[[str, str], None] = lambda method, path: None
        self.loses: Callable[[str, str], bool] = lambda method, path: False
        self.resources: dict[str, list[Object]] = {}
        """what discovery tells, by path of a version"""
        self.calls: list[Call] = []
        self.sent: list[tuple[str, str, Any]] = []
        self._log: list[tuple[str, str, Object]] = []
        self._changed = asyncio.Condition()

    # -- what tests say ----------------------------------------------------------------------------------------------

    def put(self, collection: str, item: Object) -> Object:
        """As somebody else writes it."""
        key = (item["metadata"].get("namespace", ""), item["metadata"]["name"])
        known = self._of(collection).get(key)
        if known is None:
            self.serial += 1
            item["metadata"].setdefault("uid", f"uid-{self.serial}")
            item["metadata"].setdefault("creationTimestamp", self._stamp())
            item["metadata"].setdefault("generation", 1)
        self._write(collection, key, item, "ADDED" if known is None else "MODIFIED")
        return item

    def change(self, collection: str, name: str, patch: Object, namespace: str = "shop") -> None:
        item = merged(copy.deepcopy(self._of(collection)[namespace, name]), patch)
        if "spec" in patch:
            item["metadata"]["generation"] += 1
        self._write(collection, (namespace, name), item, "MODIFIED")

    def remove(self, collection: str, name: str, namespace: str = "shop") -> None:
        self._remove(collection, (namespace, name))

    def items(self, collection: str) -> list[Object]:
        return [item for _, item in sorted(self._of(collection).items())]

    async def release(self) -> None:
        self.held.clear()
        async with self._changed:
            self._changed.notify_all()

    def count(self, method: str, word: str) -> int:
        return sum(m == method and word in path for m, path in self.calls)

    # -- what controllers ask ----------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def get(self, path: str, query: Mapping[str, str], silence: float) -> AsyncIterator[_Answer]:
        collection, namespace, _, _ = split(path)
        yield _Answer(self._watch(collection, namespace, query))

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        self.calls.append((method, path))
        self.sent.append((method, path, copy.deepcopy(body)))
        await asyncio.sleep(0)
        self.fails(method, path)
        path, _, query_text = path.partition("?")
        made = self._done(method, path, json.loads(json.dumps(body or {})), urllib.parse.parse_qs(query_text))
        if self.loses(method, path):
            raise TimeoutError
        return json.dumps(made).encode()

    async def close(self) -> None: ...

    async def refresh(self) -> None: ...

    # -- how it is done ----------------------------------------------------------------------------------------------

    def _of(self, collection: str) -> dict[tuple[str, str], Object]:
        return self.objects.setdefault(collection, {})

    def _stamp(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _write(self, collection: str, key: tuple[str, str], item: Object, kind: str) -> None:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self._of(collection)[key] = item
        self._tell(collection, kind, item)

    def _remove(self, collection: str, key: tuple[str, str]) -> Object:
        self.version += 1
        item = self._of(collection).pop(key)
        item = item | {"metadata": item["metadata"] | {"resourceVersion": str(self.version)}}
        self._tell(collection, "DELETED", item)
        return item

    def _tell(self, collection: str, kind: str, item: Object) -> None:
        self._log.append((collection, kind, copy.deepcopy(item)))

        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        with contextlib.suppress(RuntimeError):
            self._notifier = asyncio.get_running_loop().create_task(notify())

    async def _watch(self, collection: str, namespace: str, query: Mapping[str, str]) -> AsyncIterator[bytes]:
        position = len(self._log)
        if "sendInitialEvents" in query:
            for key, item in sorted(self._of(collection).items()):
                if namespace in ("", key[0]):
                    yield _line("ADDED", item)
            meta = {"resourceVersion": str(self.version), "annotations": {"k8s.io/initial-events-end": "true"}}
            yield _line("BOOKMARK", {"metadata": meta})
        else:
            since = int(query["resourceVersion"])
            position = next(
                (n for n, (_, _, i) in enumerate(self._log) if int(i["metadata"]["resourceVersion"]) > since), position
            )
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda at=position: collection not in self.held and len(self._log) > at)
                fresh, position = self._log[position:], len(self._log)
            for where, kind, item in fresh:
                if where == collection and namespace in ("", item["metadata"].get("namespace", "")):
                    yield _line(kind, item)

    def _selected(self, collection: str, namespace: str, query: Mapping[str, list[str]]) -> list[Object]:
        wanted = [pair.split("=") for text in query.get("labelSelector", ()) for pair in text.split(",")]
        items = [item for key, item in sorted(self._of(collection).items()) if key[0] == namespace]
        return [i for i in items if all(i["metadata"].get("labels", {}).get(k) == v for k, v in wanted)]

    def _done(self, method: str, path: str, body: Object, query: Mapping[str, list[str]]) -> Object:
        if path in self.resources:
            return {"resources": self.resources[path]}
        collection, namespace, name, sub = split(path)
        if method == "POST" and sub == "eviction":
            return self._delete("/api/v1/pods", (namespace, name), body.get("deleteOptions", {}))
        if method == "GET" and not name:
            return {"items": self._selected(collection, namespace, query)}
        if method == "POST":
            return self._create(collection, namespace, body)
        key = (namespace, name)
        if key not in self._of(collection):
            raise ApiError(404, f"{name} not found")
        if sub == "scale":
            return self._scale(method, collection, key, body)
        if method == "GET":
            return self._of(collection)[key]
        if method == "DELETE":
            return self._delete(collection, key, body)
        return self._patch(collection, key, sub, body)

    def _create(self, collection: str, namespace: str, body: Object) -> Object:
        key = (namespace, body["metadata"]["name"])
        if key in self._of(collection):
            raise ApiError(409, f'{collection.rpartition("/")[2]} "{key[1]}" already exists')
        body["metadata"]["namespace"] = namespace
        return self.put(collection, body)

    def _scale(self, method: str, collection: str, key: tuple[str, str], body: Object) -> Object:
        item = self._of(collection)[key]
        if method == "PATCH":
            item = self._patch(collection, key, "", {"metadata": body.get("metadata", {}), "spec": body["spec"]})
        meta = {name: item["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
        return {"kind": "Scale", "metadata": meta, "spec": {"replicas": item["spec"].get("replicas", 0)}}

    def _patch(self, collection: str, key: tuple[str, str], sub: str, body: Object) -> Object:
        before = self._of(collection)[key]
        guard = body.get("metadata", {})
        for field in ("uid", "resourceVersion"):
            if field in guard and guard[field] != before["metadata"][field]:
                raise ApiError(409, f"the {field} is another one")
        if sub == "status":
            body = {"status": body.get("status", {})}
        after = merged(copy.deepcopy(before), body)
        if after == before:
            return before
        if after.get("spec") != before.get("spec"):
            after["metadata"]["generation"] += 1
        self._write(collection, key, after, "MODIFIED")
        if after["metadata"].get("deletionTimestamp") and not after["metadata"].get("finalizers"):
            self._remove(collection, key)
        return after

    def _delete(self, collection: str, key: tuple[str, str], body: Object) -> Object:
        item = self._of(collection).get(key)
        if item is None:
            raise ApiError(404, "not found")
        uid = body.get("preconditions", {}).get("uid")
        if uid and uid != item["metadata"]["uid"]:
            raise ApiError(409, "the uid is another one")
        slow = item.get("spec", {}).get("nodeName") and item.get("status", {}).get("phase") == "Running"
        if item["metadata"].get("finalizers") or (collection.endswith("/pods") and slow and body.get("gracePeriodSeconds") != 0):
            if "deletionTimestamp" not in item["metadata"]:
                self._write(
                    collection, key, merged(copy.deepcopy(item), {"metadata": {"deletionTimestamp": self._stamp()}}), "MODIFIED"
                )
            return self._of(collection)[key]
        return self._remove(collection, key)


def merged(target: Object, patch: Object) -> Object:
    """RFC 7396."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            known = target.get(key)
            target[key] = merged(known if isinstance(known, dict) else {}, value)
        else:
            target[key] = value
    return target


def _line(kind: str, item: Object) -> bytes:
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


NODES, PODS, DAEMONS = "/api/v1/nodes", "/api/v1/pods", "/apis/tidegate.dev/v1alpha1/daemoncontrollers"
REVISIONS, DIURNALS = "/apis/apps/v1/controllerrevisions", "/apis/tidegate.dev/v1alpha1/diurnalcontrollers"
DEPLOYMENTS, AUTOSCALERS = "/apis/apps/v1/deployments", "/apis/autoscaling/v2/horizontalpodautoscalers"


class Kubelets:
    """Schedulers and kubelets of all nodes, in one step: pods are bound, run, and end. ``starts``: whether a pod becomes ready."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self.starts: Callable[[Object], bool] = lambda pod: True
        self.ends: Callable[[Object], bool] = lambda pod: True

    def step(self) -> None:
        for pod in self.cluster.items(PODS):
            meta = pod["metadata"]
            if meta.get("deletionTimestamp"):
                if self.ends(pod):
                    self.cluster.remove(PODS, meta["name"])
            elif not pod["spec"].get("nodeName"):
                terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                node = terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]
                self.cluster.change(PODS, meta["name"], {"spec": {"nodeName": node}, "status": {"phase": "Pending"}})
            elif pod.get("status", {}).get("phase") in (None, "Pending"):
                self.cluster.change(PODS, meta["name"], {"status": {"phase": "Running", "podIP": "10.0.0.1"}})
            elif pod["status"]["phase"] == "Running" and self.starts(pod) and not pod["status"].get("conditions"):
                when = self.cluster.clock.now().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                ready = {"type": "Ready", "status": "True", "lastTransitionTime": when}
                self.cluster.change(PODS, meta["name"], {"status": {"conditions": [ready]}})
