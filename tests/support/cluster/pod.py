"""One pod on a stand-in node, from binding to removal."""

import asyncio
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.cluster import network
from tests.support.cluster.api import STRATEGIC, Object, RefusedError
from tests.support.cluster.keeper import Keeper, now
from tests.support.cluster.volumes import MissingError, Volumes

if TYPE_CHECKING:
    from tests.support.cluster.kubelet import Kubelet, StandInNode

PREFIX = "stand-in.tidegate.test/"
UNREADY = f"{PREFIX}unready"
"""An annotation of a pod: as long as it is there, the pod is not ready, whatever its probes say."""
KILL = f"{PREFIX}kill"
"""An annotation of a pod: each new value kills its containers once, as the kernel would when memory is short."""
REFRESH = 1.0
"""Seconds between looks at what volumes are made of; the real kubelet takes up to a minute."""


class Pod:
    """``address`` is empty until there is one. ``holder``: process whose network namespace the pod has."""

    def __init__(self, kubelet: "Kubelet", node: "StandInNode", item: Object) -> None:
        self.kubelet, self.node, self.item = kubelet, node, item
        self.api, self.uid = kubelet.api, str(item["metadata"]["uid"])
        self.folder = kubelet.work / "pods" / self.uid
        self.changed = asyncio.Event()
        self.address, self.node_address, self.holder = "", node.address, 0
        self.begin = now()
        self.keepers = [Keeper(self, c) for c in item["spec"]["containers"]]
        self.before = [Keeper(self, c, init=True) for c in item["spec"].get("initContainers", ())]
        self.gone = False
        self.volumes: Volumes
        self._sandbox: asyncio.subprocess.Process | None = None
        self._said: Object = {}
        self._since: dict[str, tuple[str, str]] = {}
        self._killed = item["metadata"].get("annotations", {}).get(KILL)

    @property
    def grace(self) -> float:
        meta = self.item["metadata"]
        return float(meta.get("deletionGracePeriodSeconds", self.item["spec"].get("terminationGracePeriodSeconds", 30)))

    @property
    def ending(self) -> bool:
        return self.gone or "deletionTimestamp" in self.item["metadata"]

    def log(self, container: str) -> Path:
        meta = self.item["metadata"]
        return self.kubelet.logs / f"{meta['namespace']}.{meta['name']}.{container}.log"

    def update(self, item: Object | None) -> None:
        """The newest version; None: it was removed from the API server."""
        self.gone = item is None
        self.item = item or self.item
        wanted = self.item["metadata"].get("annotations", {}).get(KILL)
        if wanted != self._killed:
            self._killed = wanted
            for keeper in self.keepers:
                keeper.signal(signal.SIGKILL)
        self.changed.set()

    def _differs(self) -> bool:
        """Whether somebody else has changed our conditions: a controller that thinks the node is dead. Asked at each report, since
        that may come while we report."""
        kept = {c["type"]: c["status"] for c in self.item["status"].get("conditions", ())}
        return any(kept.get(kind) != text for kind, (text, _) in self._since.items())

    def api_environment(self) -> dict[str, str]:
        """There is no kube-proxy: the API server is told by its own address."""
        ports = self.kubelet.ports
        return {"KUBERNETES_SERVICE_HOST": ports.host, "KUBERNETES_SERVICE_PORT": str(ports.api)}

    async def run(self) -> None:
        """Until the pod is gone from the API server, or done for good and deleted."""
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._set_up()
            tasks = [asyncio.ensure_future(self._refresh()), asyncio.ensure_future(self._containers())]
            while not self.ending:
                self.changed.clear()
                await self._report()
                await self.changed.wait()
            grace = 0.0 if self.gone else self.grace
            ends = [asyncio.ensure_future(keeper.end(grace)) for keeper in (*self.before, *self.keepers)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*ends)
        finally:
            for task in tasks:
                task.cancel()
            await self._take_down()

    async def _containers(self) -> None:
        for keeper in self.before:
            await keeper.run()
        async with asyncio.TaskGroup() as group:
            for keeper in self.keepers:
                group.create_task(keeper.run())

    async def _refresh(self) -> None:
        while self.item["spec"].get("volumes"):
            await asyncio.sleep(REFRESH)
            try:
                await self.volumes.refresh(self.item)
            except (MissingError, RefusedError, OSError, TimeoutError):
                continue  # what is mounted stays

    async def _set_up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.item["spec"].get("hostNetwork"):
            self.address, self.holder = self.node.address, self.node.holder
        else:
            self.address = self.kubelet.addresses.take()
            self._sandbox = await network.sandbox()
            self.holder = self._sandbox.pid
            asked = self.item["spec"].get("securityContext", {}).get("sysctls", ())
            sysctls = {item["name"]: item["value"] for item in asked}
            await network.plug(self.holder, self.address, self.kubelet.addresses.length, sysctls)
        self.volumes = Volumes(self.api, self.folder / "volumes", self.address, self.node.address)

    async def _take_down(self) -> None:
        for keeper in (*self.before, *self.keepers):
            keeper.signal(signal.SIGKILL)
        if self._sandbox:
            self._sandbox.kill()
            await self._sandbox.wait()
            self.kubelet.addresses.give(self.address)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _report(self) -> None:
        """Tell the API server if there is something new. A server that is away is told later."""
        status = self._status()
        if self.node.silent or (status == self._said and not self._differs()):
            return
        meta = self.item["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status"
        try:
            await self.api.call("PATCH", path, {"metadata": {"uid": self.uid}, "status": status}, STRATEGIC)
            self._said = status
        except RefusedError as wrong:
            if wrong.status not in (404, 409):
                asyncio.get_running_loop().call_later(0.5, self.changed.set)
        except (OSError, TimeoutError):
            asyncio.get_running_loop().call_later(0.5, self.changed.set)

    def _status(self) -> Object:
        initialized = all(keeper.finished for keeper in self.before)
        unready = UNREADY in self.item["metadata"].get("annotations", {})
        ready = initialized and not unready and all(keeper.ready for keeper in self.keepers)
        conditions = {"PodReadyToStartContainers": True, "Initialized": initialized, "ContainersReady": ready, "Ready": ready}
        made: Object = {
            "phase": self._phase(),
            "conditions": [self._condition(kind, good) for kind, good in conditions.items()],
            "hostIP": self.node.address,
            "hostIPs": [{"ip": self.node.address}],
            "podIP": self.address,
            "podIPs": [{"ip": self.address}],
            "startTime": self.begin,
            "containerStatuses": [keeper.status() for keeper in self.keepers],
        }
        return made | ({"initContainerStatuses": [keeper.status() for keeper in self.before]} if self.before else {})

    def _phase(self) -> str:
        if all(keeper.finished for keeper in self.keepers):
            bad = any(keeper.state["terminated"]["exitCode"] for keeper in self.keepers)
            return "Failed" if bad else "Succeeded"
        return "Running" if any(keeper.running or keeper.restarts for keeper in self.keepers) else "Pending"

    def _condition(self, kind: str, good: bool) -> Object:
        text = str(good)
        if self._since.get(kind, ("", ""))[0] != text:
            self._since[kind] = (text, now())
        return {"type": kind, "status": text, "lastTransitionTime": self._since[kind][1]}
