"""Which paths are followed, and how much was seen of each."""

import asyncio
from pathlib import Path

import pytest

from router.base.clock import SystemClock
from router.controllers.kit.following import Following, Kind, targets
from router.facts.core import Node, Service
from router.sources.kubernetes.client import ClientTransport
from tests.support.fake_api import FakeApi, serving

SERVICES = Kind(api_version="v1", plural="services", fact=Service)
NODES = Kind(api_version="v1", plural="nodes", fact=Node, everywhere=True)


@pytest.mark.parametrize(
    ("kind", "namespaces", "paths"),
    [
        (SERVICES, [], ["/api/v1/services"]),
        (SERVICES, ["a", "b"], ["/api/v1/namespaces/a/services", "/api/v1/namespaces/b/services"]),
        (NODES, ["a"], ["/api/v1/nodes"]),
    ],
)
def test_a_kind_is_followed_everywhere_or_in_the_namespaces_that_were_named(
    kind: Kind, namespaces: list[str], paths: list[str]
) -> None:
    assert [t.path for t in targets(kind, namespaces)] == paths


def service(namespace: str, name: str) -> dict[str, dict[str, str]]:
    return {"metadata": {"name": name, "namespace": namespace}}


async def until(test: object) -> None:
    async with asyncio.timeout(5):
        while not test():  # type: ignore[operator]
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("namespaces", [[], ["a", "b"]])
async def test_all_objects_are_there_with_the_version_that_was_seen(tmp_path: Path, namespaces: list[str]) -> None:
    api, poked = FakeApi(), list[Kind]()
    for path in ("/api/v1/services",):
        api.seed(path, service("a", "one"))
        api.seed(path, service("b", "two"))
    api.seed("/api/v1/nodes", {"metadata": {"name": "n1"}})
    async with serving(api, tmp_path) as file:
        transport = ClientTransport(file, "")
        made = Following([SERVICES, NODES, SERVICES], namespaces, transport, SystemClock())
        assert len(made.reflectors) == (3 if namespaces else 2)
        try:
            async with asyncio.TaskGroup() as group:
                task = group.create_task(made.run(poked.append))
                await until(lambda: made.seen([SERVICES, NODES]))
                assert sorted(made.of(SERVICES)) == [("a", "one"), ("b", "two")]
                assert sorted(made.of(NODES)) == [("", "n1")]
                before = made.read(SERVICES, "b")
                assert before.version == api.version
                await until(lambda: all(r.counts["watches"] for r in made.reflectors))
                await api.put("/api/v1/services", service("b", "three"))
                await until(lambda: made.read(SERVICES, "b").version == before.version + 1)
                assert made.read(SERVICES, "b").listed == before.listed
                assert set(poked) == {SERVICES, NODES}
                task.cancel()
        finally:
            await transport.close()
