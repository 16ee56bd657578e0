"""The daemon controller at work, with watches that are late, answers that are lost, quotas that are full."""

import copy
import random
from typing import Any

import pytest

from router.sources.kubernetes.transport import ApiError
from tests.support.fake_cluster import DAEMONS, NODES, PODS, REVISIONS
from tests.support.hosted import LABELS, Hosted, hosted


async def test_each_node_gets_one_pod_and_the_status_says_so() -> None:
    async with hosted() as h:
        h.nodes(5)
        h.daemon()
        await h.turn(8)
        assert {node: len(pods) for node, pods in h.pods().items()} == {f"n{n}": 1 for n in range(5)}
        status = h.status()
        assert (status["desiredNumberScheduled"], status["numberAvailable"], status["observedGeneration"]) == (5, 5, 1)
        assert h.api.count("POST", "/pods") == 5
        assert "SuccessfulCreate" in h.events()


async def test_a_world_that_does_not_change_costs_no_call() -> None:
    async with hosted() as h:
        h.nodes(3)
        h.daemon()
        await h.turn(10)
        before = len(h.api.calls)
        for n in range(600):
            h.api.put(NODES, {"metadata": {"name": f"n{n % 3}", "labels": {}, "uid": f"u{n % 3}"}})  # heartbeats
            await h.clock.advance(1)
        assert h.api.calls[before:] == []


async def test_a_watch_of_pods_that_is_late_doubles_nothing() -> None:
    async with hosted() as h:
        h.nodes(4)
        await h.turn(2)
        h.api.held.add(PODS)
        h.daemon()
        for _ in range(30):
            h.api.change(NODES, "n0", {"metadata": {"labels": {"step": str(h.api.version)}}}, "")  # a reason to look anew
            await h.clock.advance(1)
        assert h.api.count("POST", "/pods") == 4
        await h.api.release()
        await h.turn(8)
        assert h.status()["numberAvailable"] == 4
        assert h.api.count("POST", "/pods") == 4


async def test_while_a_watch_is_late_the_status_is_written_but_not_that_the_spec_was_seen() -> None:
    async with hosted() as h:
        h.nodes(2)
        await h.turn(2)
        h.api.held.add(PODS)
        h.daemon()
        await h.clock.advance(5)
        assert h.status()["desiredNumberScheduled"] == 2
        before = h.api.count("PATCH", "/status")
        h.api.change(DAEMONS, "edge", {"spec": {"minReadySeconds": 1}})
        await h.clock.advance(5)
        assert h.status()["observedGeneration"] == 1
        await h.api.release()
        await h.turn(5)
        assert h.status()["observedGeneration"] == 2
        assert h.api.count("PATCH", "/status") > before


async def test_a_late_watch_of_revisions_makes_no_second_revision() -> None:
    async with hosted() as h:
        h.nodes(2)
        await h.turn(2)
        h.api.held.add(REVISIONS)
        h.daemon()
        await h.turn(10)
        assert h.api.count("POST", "/controllerrevisions") == 1
        await h.api.release()
        await h.turn(5)
        assert h.api.count("POST", "/controllerrevisions") == 1
        assert h.status()["numberAvailable"] == 2


async def test_a_late_watch_does_not_widen_what_may_be_unavailable() -> None:
    """Whoever deletes from a sight in which the last delete is missing deletes one more."""
    async with hosted() as h:
        h.nodes(6)
        h.daemon()
        await h.turn(10)
        h.api.held.add(PODS)
        h.daemon(image="edge:2")
        for _ in range(20):
            await h.clock.advance(1)
        gone = [p for p in h.api.items(PODS) if "deletionTimestamp" in p["metadata"]]
        assert (len(gone), h.api.count("DELETE", "/pods")) == (1, 1)
        await h.api.release()
        await h.turn(60)
        assert h.images() == ["edge:2"] * 6


async def test_an_answer_that_is_lost_does_not_double_a_pod() -> None:
    async with hosted() as h:
        h.nodes(3)
        lost = iter([True, True, True])
        h.api.loses = lambda method, path: method == "POST" and path.endswith("/pods") and next(lost, False)
        h.daemon()
        await h.turn(30)
        assert {node: len(pods) for node, pods in h.pods().items()} == {"n0": 1, "n1": 1, "n2": 1}
        assert h.status()["numberAvailable"] == 3


async def test_a_quota_costs_few_calls_is_told_and_is_tried_again() -> None:
    async with hosted() as h:
        h.nodes(100)
        allowed = 10

        def full(method: str, path: str) -> None:
            if method == "POST" and path.endswith("/pods") and len(h.api.items(PODS)) >= allowed:
                raise ApiError(403, "pods is forbidden: exceeded quota: few")

        h.api.fails = full
        h.daemon()
        await h.clock.advance(0.6)
        assert len(h.api.items(PODS)) == 10
        assert h.api.count("POST", "/pods") <= 15
        for _ in range(120):
            await h.turn(1)
        assert h.api.count("POST", "/pods") <= 30, "pods change all the time, but a full quota is asked seldom"
        assert "FailedCreate" in h.events()
        assert "exceeded quota" in str(h.status())
        allowed = 1000
        await h.turn(70)
        assert h.status()["numberAvailable"] == 100


async def test_a_revision_that_is_refused_is_told_and_made_good() -> None:
    async with hosted() as h:
        h.nodes(2)
        refusing = True

        def refuse(method: str, path: str) -> None:
            if refusing and method == "POST" and path.endswith("/controllerrevisions"):
                raise ApiError(403, "no revisions here")

        h.api.fails = refuse
        h.daemon()
        await h.turn(10)
        assert "FailedCreate" in h.events() and h.api.count("POST", "/pods") == 0
        assert [(n["reason"], n["names"]) for n in h.status()["nodes"]] == [("CreateRefused", ["n0", "n1"])]
        assert "no revisions here" in str(h.status()["conditions"])
        refusing = False
        await h.turn(70)
        assert h.status()["numberAvailable"] == 2 and "CreateRefused" not in str(h.status())


async def test_a_namespace_that_ends_is_left_alone() -> None:
    async with hosted() as h:
        h.nodes(9)

        def ending(method: str, path: str) -> None:
            if method == "POST" and path.endswith("/pods"):
                raise ApiError(403, "unable to create new content in namespace shop because it is being terminated")

        h.api.fails = ending
        h.daemon()
        await h.turn(300)
        assert h.api.count("POST", "/pods") == 1
        assert "FailedCreate" not in h.events()


async def test_an_orphan_is_adopted_only_by_who_is_alive() -> None:
    async with hosted() as h:
        h.nodes(1)
        pod = {
            "metadata": {"name": "orphan", "namespace": "shop", "labels": LABELS},
            "spec": {"nodeName": "n0", "containers": [{"name": "a", "image": "edge:1"}]},
            "status": {"phase": "Running"},
        }
        h.api.put(PODS, pod)
        await h.turn(1)
        h.api.held.add(DAEMONS)
        h.daemon(finalizers=["foregroundDeletion"])
        h.api.change(DAEMONS, "edge", {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
        first = h.api._log[-2][2]
        h.api.held.clear()
        h.api._log[-1] = (DAEMONS, "MODIFIED", first)  # the cache believes that it lives
        await h.api.release()
        await h.turn(5)
        assert h.api.count("GET", "/daemoncontrollers/edge") > 0
        assert "ownerReferences" not in h.api.objects[PODS]["shop", "orphan"]["metadata"]
        assert h.api.count("POST", "/pods") == 0


async def test_a_status_that_is_refused_is_tried_once_more_and_then_with_pauses() -> None:
    async with hosted() as h:
        h.nodes(1)
        wrong, times = [ApiError(500, "no")] * 3, list[float]()

        def fails(method: str, path: str) -> None:
            if path.endswith("/status"):
                times.append(h.clock.monotonic())
                if wrong:
                    raise wrong.pop()

        h.api.fails = fails
        h.daemon()
        await h.turn(10)
        assert times[0] == times[1] < times[2] == times[3]
        assert h.status()["numberAvailable"] == 1


async def test_another_object_of_the_same_name_begins_anew() -> None:
    async with hosted() as h:
        h.nodes(2)
        h.daemon()
        await h.turn(8)
        h.api.held.add(PODS)
        h.api.remove(DAEMONS, "edge")
        for pod in h.api.items(PODS):
            h.api.remove(PODS, pod["metadata"]["name"])
        await h.turn(2)
        await h.api.release()
        h.daemon()
        await h.turn(10)
        assert h.status()["numberAvailable"] == 2
        assert h.api.count("POST", "/pods") == 4


async def test_a_drained_pod_goes_when_it_says_so_and_not_before() -> None:
    async with hosted() as h:
        h.nodes(2)
        h.daemon(spec={"preDelete": {"http": {"port": 9090, "path": "/drained"}, "timeoutSeconds": 600}})
        await h.turn(8)
        url = "http://10.0.0.1:9090/drained"
        h.api.remove(NODES, "n1", "")
        h.api.put(NODES, {"metadata": {"name": "n1", "labels": {}}, "spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}})
        await h.turn(20)
        assert h.api.count("DELETE", "/pods") == 0
        assert len(h.asked) > 10
        [pod] = [p for p in h.api.items(PODS) if p["spec"]["nodeName"] == "n1"]
        assert "tidegate.dev/drain-since" in pod["metadata"]["annotations"]
        h.answers[url] = 503
        await h.turn(5)
        assert h.api.count("DELETE", "/pods") == 0
        h.answers[url] = 200
        await h.turn(5)
        assert list(h.pods()) == ["n0"]
        assert h.api.count("DELETE", "/pods") == 1
        asked = len(h.asked)
        await h.turn(10)
        assert len(h.asked) == asked, "who is gone is asked no more"
        assert {"Draining", "SuccessfulDelete"} <= h.events()


async def test_a_create_that_arrives_when_another_one_leads_is_refused_or_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped between its last look at the clock and the call wakes, and the call goes out. Of the same template its
    name is taken; of an older one the pod is one too many, and goes."""
    h, late = Hosted(), list[dict[str, Any]]()
    send = h.api.send

    async def stopped(method: str, path: str, body: Any = None, **more: Any) -> bytes:
        if method == "POST" and path.endswith("/pods"):
            late.append(copy.deepcopy(body))
            raise TimeoutError
        return await send(method, path, body, **more)

    monkeypatch.setattr(h.api, "send", stopped)
    async with hosted(h):
        h.nodes(1)
        h.daemon()
        await h.turn(2)
    monkeypatch.setattr(h.api, "send", send)
    names = {body["metadata"]["name"]: body for body in late}
    assert len(names) == 1 and h.pods() == {}
    async with hosted(h):
        await h.turn(8)
        assert h.status()["numberAvailable"] == 1
        for body in names.values():
            with pytest.raises(ApiError, match="already exists"):
                await send("POST", "/api/v1/namespaces/shop/pods", copy.deepcopy(body))
        h.daemon(image="edge:2")
        await h.turn(20)
        assert h.images() == ["edge:2"]
        for body in names.values():
            await send("POST", "/api/v1/namespaces/shop/pods", copy.deepcopy(body))
        assert len(h.images()) == 2
        await h.turn(8)
        assert h.images() == ["edge:2"] and h.status()["numberAvailable"] == 1


async def test_who_leads_no_longer_writes_nothing_and_ends() -> None:
    async with hosted() as h:
        h.nodes(2)
        await h.turn(1)
        h.leads = False
        before = len(h.api.calls)
        h.daemon()
        await h.turn(5)
        assert h.lost is not None
        assert [call for call in h.api.calls[before:] if call[0] != "GET"] == []


@pytest.mark.parametrize("seed", range(6))
async def test_with_random_faults_there_are_never_two_pods_on_a_node_and_at_the_end_one_on_each(seed: int) -> None:
    """Calls fail before or after they are done, watches stall, pods die, nodes come and go, the template changes."""
    rand = random.Random(seed)
    h = Hosted()

    def fails(method: str, path: str) -> None:
        if rand.random() < 0.15:
            raise rand.choice([ApiError(500, "no"), ApiError(409, "conflict"), ApiError(429, "slow"), ConnectionResetError()])

    async with hosted(h):
        h.nodes(5)
        h.daemon()
        h.api.fails, h.api.loses = fails, lambda method, path: rand.random() < 0.1
        for step in range(120):
            if rand.random() < 0.2:
                h.api.held.add(rand.choice([PODS, REVISIONS, DAEMONS, NODES]))
            if rand.random() < 0.2:
                await h.api.release()
            if pods := h.api.items(PODS):
                victim = rand.choice(pods)["metadata"]["name"]
                if rand.random() < 0.1:
                    h.api.change(PODS, victim, {"status": {"phase": "Failed"}})
            if step % 40 == 39:
                h.daemon(image=f"edge:{step}")
            await h.turn(1)
            doubled = {node: pods for node, pods in h.pods().items() if len(pods) > 1}
            assert not doubled, f"step {step}: {doubled}"
        h.api.fails, h.api.loses = lambda method, path: None, lambda method, path: False
        await h.api.release()
        for _ in range(40):
            await h.turn(30)
            if h.status().get("numberAvailable") == 5 and h.images() == ["edge:119"] * 5:
                break
        assert h.images() == ["edge:119"] * 5
        assert h.status()["numberAvailable"] == 5
