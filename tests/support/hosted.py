"""Controllers at work on a clock that tests turn, with an API server in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

from router.controllers.daemon.run import DaemonRunner
from router.controllers.diurnal.run import DiurnalRunner
from router.controllers.hosting import Hosting
from router.controllers.leader.run import LostError
from router.sources.kubernetes.client import ClientTransport
from tests.support.clock import FakeClock, settle
from tests.support.fake_cluster import DAEMONS, NODES, PODS, FakeCluster, Kubelets, Object

LABELS = {"app": "edge"}


class Hosted:
    """``leads``: whether it may write. ``answers``: URL -> status, of pods that are asked; none: nobody answers."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.api = FakeCluster(self.clock)
        self.kubelets = Kubelets(self.api)
        self.leads = True
        self.answers: dict[str, int] = {}
        self.asked: list[str] = []
        self.lost: BaseException | None = None

    async def ask(self, url: str, limit: float) -> int:
        self.asked.append(url)
        if url not in self.answers:
            raise OSError("refused")
        return self.answers[url]

    async def turn(self, seconds: float = 1.0) -> None:
        """Time passes; nodes do their work once a second."""
        for _ in range(int(seconds)):
            await self.clock.advance(0.5)
            self.kubelets.step()
            await self.clock.advance(0.5)
            await settle()

    def nodes(self, count: int, **labels: str) -> None:
        for n in range(count):
            self.api.put(NODES, {"metadata": {"name": f"n{n}", "labels": labels}})

    def daemon(self, name: str = "edge", spec: Object | None = None, image: str = "edge:1", **more: Any) -> None:
        """``spec``: replaces fields of the spec."""
        template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "a", "image": image}]}}
        made = {"selector": LABELS, "template": template} | (spec or {})
        known = self.api.objects.get(DAEMONS, {}).get(("shop", name))
        if known:
            self.api.change(DAEMONS, name, {"spec": made})
        else:
            self.api.put(DAEMONS, {"metadata": {"name": name, "namespace": "shop", **more}, "spec": made})

    def status(self, name: str = "edge") -> Object:
        return dict(self.api.objects[DAEMONS]["shop", name].get("status", {}))

    def pods(self) -> dict[str, list[str]]:
        """Node -> names of its pods, terminating ones too."""
        found: dict[str, list[str]] = {}
        for pod in self.api.items(PODS):
            terms = pod["spec"].get("affinity", {}).get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution")
            node = pod["spec"].get("nodeName") or terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]
            found.setdefault(node, []).append(pod["metadata"]["name"])
        return found

    def images(self) -> list[str]:
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.api.items(PODS))

    def events(self) -> set[str]:
        return {item["reason"] for item in self.api.items("/apis/events.k8s.io/v1/events")}


@contextlib.asynccontextmanager
async def hosted(made: Hosted | None = None, *, daemon: bool = True, diurnal: bool = False) -> AsyncIterator[Hosted]:
    """They work until the block ends. LostError, when it comes, is kept in ``lost``."""
    made = made or Hosted()
    runners = [*([DaemonRunner(made.ask)] if daemon else []), *([DiurnalRunner()] if diurnal else [])]
    transport = cast(ClientTransport, made.api)
    hosting = Hosting(runners, (transport, transport), ["shop"], made.clock, "me")

    async def work() -> None:
        try:
            await hosting.work(lambda: made.leads, 3.0)
        except* LostError as lost:
            made.lost = lost

    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
        await settle()
        try:
            yield made
        finally:
            task.cancel()
