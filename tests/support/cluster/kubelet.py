"""A stand-in for the kubelet: nodes that live, and pods on them that are real programs with real addresses."""

import asyncio
import datetime
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.cluster import network
from tests.support.cluster.api import APPLY, STRATEGIC, AsyncApi, Object, RefusedError
from tests.support.cluster.pod import PREFIX, Pod
from tests.support.cluster.programs import Ports

SILENT = f"{PREFIX}silent"
"""An annotation of a node: as long as it is there, the node tells nothing to the API server, as if its network was cut."""
HEARTBEAT = 2.0
LOW_PORTS = {"net.ipv4.ip_unprivileged_port_start": "0"}
"""Of nodes, so that pods in their network may listen there without being root. Pods with a network of their own ask for it."""
CAPACITY = {"cpu": "64", "memory": "64Gi", "pods": "500", "ephemeral-storage": "64Gi"}


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class StandInNode:
    """Its network is a namespace of its own, which its pods with ``hostNetwork`` share."""

    def __init__(self, name: str, zone: str, address: str) -> None:
        self.name, self.zone, self.address = name, zone, address
        self.holder, self.silent = 0, False

    def item(self) -> Object:
        labels = {
            "kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": self.zone,
        }  # fmt: skip
        return {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name, "labels": labels},
            "status": {
                "capacity": CAPACITY, "allocatable": CAPACITY, **self.alive(),
                "addresses": [{"type": "InternalIP", "address": self.address}, {"type": "Hostname", "address": self.name}],
                "nodeInfo": dict.fromkeys((
                    "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion",
                    "kubeProxyVersion", "operatingSystem", "architecture",
                ), "stand-in"),
            },
        }  # fmt: skip

    def alive(self) -> Object:
        when = now()[:19] + "Z"
        ready = {"type": "Ready", "status": "True", "reason": "StandIn", "message": "", "lastHeartbeatTime": when}
        return {"conditions": [ready | {"lastTransitionTime": when}]}


class Kubelet:
    """All nodes of the cluster."""

    def __init__(
        self, api: AsyncApi, work: Path, nodes: Mapping[str, str], addresses: network.Addresses, ports: Ports
    ) -> None:  # fmt: skip
        self.api, self.work, self.addresses, self.ports = api, work, addresses, ports
        self.nodes = {name: StandInNode(name, f"zone-{i}", address) for i, (name, address) in enumerate(nodes.items(), 1)}
        self.logs = work / "logs"
        self.logs.mkdir()
        self._pods: dict[str, tuple[Pod, asyncio.Task[None]]] = {}

    async def register(self) -> None:
        for node in self.nodes.values():
            held = await network.sandbox()
            node.holder = held.pid
            await network.plug(held.pid, node.address, self.addresses.length, LOW_PORTS)
            await self.api.call("POST", "/api/v1/nodes", node.item())

    async def run(self) -> None:
        """Until cancelled; then all pods are killed."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow_pods())
                group.create_task(self._follow_nodes())
                for node in self.nodes.values():
                    group.create_task(self._beat(node))
        finally:
            for _, task in self._pods.values():
                task.cancel()
            await asyncio.gather(*(task for _, task in self._pods.values()), return_exceptions=True)

    async def _beat(self, node: StandInNode) -> None:
        path = f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node.name}"
        lease: Object = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": node.name}}
        query = {"fieldManager": "kubelet", "force": "true"}
        while True:
            lease["spec"] = {"holderIdentity": node.name, "leaseDurationSeconds": 8, "renewTime": now()}
            try:
                if not node.silent:
                    await self.api.call("PATCH", path, lease, APPLY, **query)
                    await self.api.call("PATCH", f"/api/v1/nodes/{node.name}/status", {"status": node.alive()}, STRATEGIC)
            except (RefusedError, OSError, TimeoutError) as failure:
                print(f"{node.name}: {failure}", file=sys.stderr, flush=True)
            await asyncio.sleep(HEARTBEAT)

    async def _follow_nodes(self) -> None:
        async for kind, what in self.api.follow("/api/v1/nodes"):
            for item in what if kind == "LIST" else [what]:
                node = self.nodes.get(item["metadata"]["name"])
                silent = SILENT in item["metadata"].get("annotations", {})
                if node and node.silent is not silent:
                    node.silent = silent
                    for pod, _ in self._pods.values():
                        pod.changed.set()

    async def _follow_pods(self) -> None:
        async for kind, what in self.api.follow("/api/v1/pods"):
            if kind == "LIST":
                there = {item["metadata"]["uid"] for item in what}
                for uid in [uid for uid in self._pods if uid not in there]:
                    self._pods[uid][0].update(None)
            for item in what if kind == "LIST" else [what]:
                self._saw(item, deleted=kind == "DELETED")

    def _saw(self, item: Object, *, deleted: bool) -> None:
        uid, node = item["metadata"]["uid"], self.nodes.get(item["spec"].get("nodeName", ""))
        if uid in self._pods:
            self._pods[uid][0].update(None if deleted else item)
        elif node and not deleted:
            pod = Pod(self, node, item)
            self._pods[uid] = (pod, asyncio.ensure_future(self._look_after(pod)))

    async def _look_after(self, pod: Pod) -> None:
        try:
            await pod.run()
        except OSError as failure:
            print(f"pod {pod.item['metadata']['name']}: {failure}", file=sys.stderr, flush=True)
        while not pod.gone:
            if not pod.node.silent and await self._removed(pod):
                break
            await asyncio.sleep(0.2)
        self._pods.pop(pod.uid, None)

    async def _removed(self, pod: Pod) -> bool:
        meta = pod.item["metadata"]
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}}
        try:
            await self.api.call("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", body)
        except RefusedError as wrong:
            return wrong.status in (404, 409)
        except (OSError, TimeoutError):
            return False
        return True
