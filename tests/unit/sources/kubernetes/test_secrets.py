"""Only Secrets that somebody refers to are read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from router.base.clock import SystemClock
from router.facts.meta import Key
from router.sources.kubernetes import secrets
from router.sources.kubernetes.client import ClientTransport
from router.sources.kubernetes.source import KubernetesSource
from tests.support.clock import FakeClock, settle
from tests.support.fake_api import FakeApi, serving
from tests.unit.sources.kubernetes.conftest import QuickClock, until

ALL = "/api/v1/secrets"
SHOP = "/api/v1/namespaces/shop/secrets"
A, B, C = ("shop", "a"), ("shop", "b"), ("shop", "c")


def secret(name: str, kind: str = "kubernetes.io/tls", namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "type": kind, "data": {"tls.crt": "eA=="}}


class Followed:
    def __init__(self, api: FakeApi, source: KubernetesSource) -> None:
        self.api, self.source, self.pokes = api, source, 0

    def poke(self) -> None:
        self.pokes += 1

    @property
    def known(self) -> set[Key]:
        snapshot = self.source.snapshot()
        return set(snapshot.secrets) if snapshot else set()

    @property
    def selectors(self) -> list[str]:
        """Of all requests for Secrets."""
        return [query.get("fieldSelector", "") for path, query in self.api.requests if path.endswith("/secrets")]


@contextlib.asynccontextmanager
async def following(api: FakeApi, folder: Path, namespaces: tuple[str, ...] = ()) -> AsyncIterator[Followed]:
    async with serving(api, folder) as kubeconfig, asyncio.TaskGroup() as group:
        made = Followed(api, KubernetesSource(ClientTransport(kubeconfig, ""), QuickClock(), namespaces))
        task = group.create_task(made.source.run(made.poke))
        await until(lambda: made.source.synced)
        yield made
        task.cancel()


async def test_every_request_selects_a_type_or_a_name(tmp_path: Path) -> None:
    api = FakeApi()
    for item in (secret("a"), secret("b", "Opaque"), secret("c", "Opaque"), secret("d", "helm.sh/release.v1")):
        api.seed(ALL, item)
    async with following(api, tmp_path) as followed:
        await until(lambda: followed.source.want({A, B, ("shop", "missing")}))
        assert followed.known == {A, B}
        names = [check.name for check in followed.source.health()]
        assert len(names) == len(set(names)), "each is a label of metrics"
        assert set(followed.selectors) == {"type=kubernetes.io/tls", "metadata.name=b", "metadata.name=missing"}


async def test_a_change_of_a_secret_that_is_named_is_followed(tmp_path: Path) -> None:
    api = FakeApi()
    async with following(api, tmp_path) as followed:
        await until(lambda: followed.source.want({B}))
        assert followed.known == set()
        await api.put(ALL, secret("b", "Opaque"))
        await until(lambda: followed.known == {B})
        await api.delete(ALL, "shop/b")
        await until(lambda: followed.known == set())


async def test_what_is_no_longer_named_is_let_go(tmp_path: Path) -> None:
    api = FakeApi()
    for name in "bc":
        api.seed(ALL, secret(name, "Opaque"))
    async with following(api, tmp_path) as followed:
        await until(lambda: followed.source.want({B, C}))
        assert followed.known == {B, C}
        assert followed.source.want({C})
        assert followed.known == {C}
        assert followed.source.secrets.named.keys() == {C}


async def test_where_a_list_is_not_allowed_each_is_read_by_its_name(tmp_path: Path) -> None:
    """RBAC with ``resourceNames`` admits a list that selects the name, and no other."""
    api = FakeApi()
    for name in "ab":
        api.seed(ALL, secret(name))

    async def strict(request: web.Request) -> web.StreamResponse:
        selector = request.query.get("fieldSelector", "")
        refused = request.path.endswith("/secrets") and not selector.startswith("metadata.name=")
        return web.Response(status=403) if refused else await api.handle(request)

    async with serving(api, tmp_path, strict) as kubeconfig, asyncio.TaskGroup() as group:
        source = KubernetesSource(ClientTransport(kubeconfig, ""), QuickClock(), ("shop",))
        task = group.create_task(source.run(lambda: None))
        await until(lambda: source.synced and source.want({A}))
        snapshot = source.snapshot()
        assert snapshot is not None
        assert set(snapshot.secrets) == {A}
        task.cancel()


async def test_a_poke_says_when_what_is_wanted_was_looked_for(tmp_path: Path) -> None:
    """Of the clocks this one alone takes its time, so that no other poke comes in between."""
    states: list[bool] = []
    async with serving(FakeApi(), tmp_path) as kubeconfig, asyncio.TaskGroup() as group:
        source = KubernetesSource(ClientTransport(kubeconfig, ""), SystemClock())
        task = group.create_task(source.run(lambda: states.append(bool(source.secrets.named) and source.want({B}))))
        await until(lambda: source.synced)
        assert not source.want({B})
        await until(lambda: states[-1])
        task.cancel()


async def test_nobody_waits_for_ever_for_one_secret() -> None:
    clock, pokes = FakeClock(), []

    class Silent:
        synced, known = False, dict[Key, Any]()

        async def run(self, poke: Any) -> None:
            await asyncio.Event().wait()

    made = secrets.Secrets((), lambda _: Silent(), clock)  # type: ignore[arg-type,return-value]
    async with asyncio.TaskGroup() as group:
        assert not made.want({A}, group, lambda: pokes.append(1))
        await settle()
        await clock.advance(secrets.PATIENCE)
        assert pokes
        assert made.want({A}, group, lambda: None)
        assert made.want((), group, lambda: None)
        assert not made.named


def test_scopes_are_the_namespaces_that_are_served() -> None:
    assert [t.path for t in secrets.scopes(())] == [ALL]
    assert [t.path for t in secrets.scopes(("shop", "blog"))] == [SHOP, "/api/v1/namespaces/blog/secrets"]
    assert {t.fields for t in (*secrets.scopes(()), *secrets.scopes(("shop",)))} == {"type=kubernetes.io/tls"}
