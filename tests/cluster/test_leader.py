"""Two routers and one Lease on a real API server: one writes, whatever happens. The audit log is the witness."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import groupby

import pytest

from tests.support.cluster import manifests
from tests.support.cluster.api import Object
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.gateway import RIGHTS
from tests.support.cluster.leading import LEADER_RIGHTS, LEASE, WRITE_RIGHTS, events, lease, shown
from tests.support.gateway import Gateway, gateway

ADDRESS = "192.0.2.1"
DURATION, LONGER, LONG = 4, 12, 30
"""Seconds of a Lease: the longer, the slower a machine may be where time counts."""


class World:
    """Two routers with an account each, so that the audit log tells them apart."""

    def __init__(self, cluster: Cluster, namespace: str, routers: dict[str, Gateway]) -> None:
        self.cluster, self.namespace, self.routers = cluster, namespace, routers
        self._count = 0

    def leads(self, name: str) -> bool:
        return b"\ntidegate_leader 1.0" in self.routers[name].ask_admin("/metrics")

    @property
    def leaders(self) -> list[str]:
        return [name for name in self.routers if self.leads(name)]

    def leader(self) -> str:
        return str(until(lambda: len(self.leaders) == 1 and self.leaders[0], 30, self.logs))

    def other(self, name: str) -> str:
        return next(n for n in self.routers if n != name)

    def pid(self, name: str) -> int:
        process = self.routers[name].process
        assert process
        return process.pid

    def another(self, **spec: object) -> str:
        """A new Ingress; its name."""
        self._count += 1
        name = f"i{self._count}"
        item = manifests.ingress(self.namespace, name, f"{name}.example.com", backend="web")
        item["spec"] |= spec
        self.cluster.api.apply(item)
        return name

    def shown(self, name: str) -> list[dict[str, str]]:
        return shown(self.cluster, self.namespace, name)

    def until_shown(self, name: str) -> None:
        until(lambda: self.shown(name) == [{"ip": ADDRESS}], 30, self.logs)

    def writers(self) -> list[str]:
        """Who wrote, in order, each turn once; leases aside."""
        return [name for name, _ in self.turns()]

    def turns(self) -> list[tuple[str, int]]:
        """Who wrote, in order, and how often before the next one did; leases aside."""
        wrote = []
        for name in self.routers:
            for event in self.cluster.audit(f"system:serviceaccount:{self.namespace}:{name}"):
                if event["verb"] in {"create", "patch", "update"} and event["objectRef"]["resource"] != "leases":
                    wrote.append((event["requestReceivedTimestamp"], name))
        return [(name, len(list(group))) for name, group in groupby(name for _, name in sorted(wrote))]

    def logs(self) -> str:
        return "\n".join(f"{name}:\n{g.log.read_text()[-1500:]}" for name, g in self.routers.items())


@pytest.fixture
def world(request: pytest.FixtureRequest, cluster: Cluster, namespace: str) -> Iterator[World]:
    duration = getattr(request, "param", DURATION)
    with contextlib.ExitStack() as stack:
        routers = {name: stack.enter_context(gateway("haproxy")) for name in ("a", "b")}
        cluster.api.apply(manifests.service(namespace, "web"), manifests.ingress(namespace, "web", "web.example.com"))
        made = World(cluster, namespace, routers)
        for name, router in routers.items():
            account = cluster.account(namespace, name, [*RIGHTS, *LEADER_RIGHTS, *WRITE_RIGHTS])
            router.source = ["--kubeconfig", str(account), "--namespace", namespace]
            router.start(
                "--leader-lease", f"{namespace}/{LEASE}", "--lease-duration", str(duration), "--publish-address", ADDRESS
            )
        made.leader()
        yield made
        for router in routers.values():
            if router.process:
                router.process.send_signal(signal.SIGCONT)


def test_one_of_two_writes_what_users_want_to_know_and_no_call_is_denied_and_no_right_unused(world: World) -> None:
    first = world.leader()
    world.until_shown("web")
    bad = world.another(rules=leading_to("absent"))
    until(lambda: ("Warning", "ServiceNotFound", bad, 1) in events(world.cluster, world.namespace), 60, world.logs)
    until(lambda: ("Normal", "Programmed", bad, 1) in events(world.cluster, world.namespace), 60, world.logs)
    said = world.cluster.kubectl("describe", "ingress", "-n", world.namespace, bad)
    assert "ServiceNotFound" in said
    assert "Served by haproxy" in said
    world.until_shown(bad)
    assert world.writers() == [first]
    users = [f"system:serviceaccount:{world.namespace}:{name}" for name in world.routers]
    world.cluster.api.apply(manifests.service(world.namespace, "absent"))
    until(lambda: b'reason="ServiceNotFound"' not in world.routers[first].ask_admin("/metrics"), 60, world.logs)
    worse = world.another(rules=leading_to("nowhere"))
    until(lambda: ("Warning", "ServiceNotFound", worse, 1) in events(world.cluster, world.namespace), 60, world.logs)
    # Now the writer has looked at a cluster in which nothing is wrong with the other one.
    world.cluster.api.delete(manifests.service(world.namespace, "absent"))
    until(lambda: ("Warning", "ServiceNotFound", bad, 2) in events(world.cluster, world.namespace), 60, world.logs)
    calls = [event for user in users for event in world.cluster.audit(user)]
    denied = {e["requestURI"] for e in calls if e["responseStatus"]["code"] == 403 and "ingressclasses" not in e["requestURI"]}
    assert denied == set()
    used = {(_resource(e["objectRef"]), e["verb"]) for e in calls}
    granted = {
        (resource, verb) for rule in (*LEADER_RIGHTS, *WRITE_RIGHTS) for resource in rule["resources"] for verb in rule["verbs"]
    }
    assert granted <= used


def leading_to(service: str) -> list[Object]:
    """Rules of an Ingress."""
    backend = {"service": {"name": service, "port": {"number": 80}}}
    return [{"host": f"{service}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]


def _resource(ref: dict[str, str]) -> str:
    return f"{ref['resource']}/{ref['subresource']}" if "subresource" in ref else ref["resource"]


@pytest.mark.parametrize("world", [LONG], indirect=True)
def test_a_leader_that_ends_gives_the_lease_to_the_other_at_once(world: World) -> None:
    first = world.leader()
    world.until_shown("web")
    assert world.routers[first].stop() == 0
    begin = time.monotonic()
    until(lambda: world.leads(world.other(first)), LONG, world.logs)
    assert time.monotonic() - begin < LONG
    world.until_shown(world.another())
    assert world.writers() == [first, world.other(first)]


def test_a_leader_that_is_frozen_is_followed_by_the_other_and_writes_nothing_when_it_wakes(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    """But for one call, if it was stopped between its last look at the clock and the first byte, which follow each other: no
    process can tell. Such a call does no harm: it names the resourceVersion that it was decided on, or an Event that has the same name whoever says it."""
    first = world.leader()
    second = world.other(first)
    world.until_shown("web")
    made = [world.another() for _ in range(80)]
    until(lambda: any(world.shown(name) for name in made), 60, world.logs)
    os.kill(world.pid(first), signal.SIGSTOP)  # in the middle of its writes
    begin = time.monotonic()
    late = world.another()
    until(lambda: world.leads(second), 60, world.logs)
    world.until_shown(late)
    record_property("recovery_seconds", round(time.monotonic() - begin, 1))
    made += [late, *(world.another() for _ in range(5))]
    os.kill(world.pid(first), signal.SIGCONT)
    made += [world.another() for _ in range(5)]
    for name in made:
        world.until_shown(name)
    until(lambda: world.leaders == [second], 60, world.logs)
    turns = world.turns()
    late_calls = sum(count for name, count in turns[1:] if name == first)
    assert turns[0][0] == first
    assert turns[-1][0] == second
    assert late_calls <= 1, turns


@pytest.mark.parametrize("world", [LONGER], indirect=True)
def test_while_the_api_server_is_frozen_nobody_leads_and_afterwards_one_does(world: World) -> None:
    first = world.leader()
    world.until_shown("web")
    server = world.cluster.pids["kube-apiserver"]
    os.kill(server, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        until(lambda: not world.leaders, 60, world.logs)
        assert time.monotonic() - begin < LONGER
        end = begin + LONGER * 1.5
        while time.monotonic() < end:
            assert world.leaders == []
            time.sleep(0.2)
        assert all(b"ready\n" in router.ask_admin("/readyz") for router in world.routers.values())
    finally:
        os.kill(server, signal.SIGCONT)
    end = time.monotonic() + LONGER
    while time.monotonic() < end:
        assert len(world.leaders) <= 1
        time.sleep(0.05)
    world.until_shown(world.another())
    now = world.leader()
    assert world.writers() == ([first] if now == first else [first, now])


def test_addresses_of_others_are_left_and_ours_go_when_an_ingress_is_not_ours_any_more(world: World) -> None:
    world.until_shown("web")
    path = f"/apis/networking.k8s.io/v1/namespaces/{world.namespace}/ingresses"
    theirs = {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.5"}]}}}
    merge = "application/merge-patch+json"
    world.cluster.api.call("PATCH", f"{path}/web/status", theirs, merge)
    until(lambda: ("Warning", "AddressOfAnother", "web", 1) in events(world.cluster, world.namespace), 60, world.logs)
    assert world.shown("web") == [{"ip": "203.0.113.5"}]
    world.cluster.api.call("PATCH", f"{path}/web/status", {"status": {"loadBalancer": None}}, merge)
    world.until_shown("web")
    world.cluster.api.call("PATCH", f"{path}/web", {"spec": {"ingressClassName": "of-somebody-else"}}, merge)
    until(lambda: world.shown("web") == [], 60, world.logs)
    foreign = world.another(ingressClassName="of-somebody-else")
    world.cluster.api.call(
        "PATCH", f"{path}/{foreign}/status", {"status": {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}}, merge
    )
    world.until_shown(world.another())
    assert world.shown(foreign) == [{"ip": ADDRESS}], "what somebody else wrote is theirs, even if it is our address"
    assert lease(world.cluster, world.namespace)["holderIdentity"]
