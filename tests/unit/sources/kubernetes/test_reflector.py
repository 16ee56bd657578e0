"""The rules of list and watch, each against a server that breaks them."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from router.base.tasks import Turns
from router.sources.kubernetes import reflector as rules
from router.sources.kubernetes.known import Draft
from tests.support.fake_api import FakeApi
from tests.unit.sources.kubernetes.conftest import SERVICES, QuickClock, following, service, until


def names(reflector: object) -> list[str]:
    return sorted(name for _, name in reflector.state[0])  # type: ignore[attr-defined]


@pytest.mark.parametrize("streaming", [True, False])
async def test_objects_are_listed_and_then_followed(tmp_path: Path, clock: QuickClock, streaming: bool) -> None:
    api = FakeApi(streaming=streaming)
    for name in "abcde":
        api.seed(SERVICES, service(name))
    async with following(api, tmp_path, clock) as (reflector, pokes):
        await until(lambda: reflector.synced and reflector.counts["watches"] == 1)
        assert names(reflector) == list("abcde")
        assert len(pokes) == 1
        await api.put(SERVICES, service("f"))
        await api.delete(SERVICES, "shop/a")
        await until(lambda: names(reflector) == list("bcdef"))


async def test_an_unchanged_object_stays_the_same_through_a_new_list(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    async with following(api, tmp_path, clock) as (reflector, pokes):
        await until(lambda: reflector.counts["watches"] == 1)
        before, state = reflector.state[0][("shop", "a")], reflector.state
        api.oldest = api.version + 1
        await api.break_watches()
        await until(lambda: reflector.counts["relists"] >= 1 and reflector.counts["lists"] >= 2)
        assert reflector.state[0][("shop", "a")] is before
        assert reflector.state is state
        assert len(pokes) == 1


async def test_after_410_what_vanished_meanwhile_is_gone(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    api.seed(SERVICES, service("b"))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        del api.objects[SERVICES]["shop/a"]
        api.version += 10
        api.oldest = api.version
        await api.break_watches()
        await until(lambda: names(reflector) == ["b"])


async def test_a_broken_connection_goes_on_where_it_was(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        lists = reflector.counts["lists"]
        api.faults.append((SERVICES, '{"type":"ADDED","object":{"metadata":{"na RESET'))
        await api.break_watches()
        await api.put(SERVICES, service("b"))
        await until(lambda: names(reflector) == ["a", "b"])
        assert reflector.counts["lists"] == lists


async def test_a_server_that_hangs_up_is_not_asked_without_a_pause(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        for _ in range(4):
            api.faults.append((SERVICES, ""))
        await api.break_watches()
        await until(lambda: reflector.counts["watches"] >= 5)
        assert len(clock.pauses) >= 4
        assert all(pause > 0 for pause in clock.pauses)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500, text=""),
        web.Response(status=503, text="<html>bad gateway</html>", content_type="text/html"),
        web.json_response({"kind": "Status", "code": 429, "message": "slow down"}, status=429, headers={"Retry-After": "7"}),
    ],
    ids=["empty-500", "html-503", "429"],
)
async def test_an_error_is_a_pause_and_a_problem_not_an_end(tmp_path: Path, clock: QuickClock, answer: web.Response) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    api.faults.append((SERVICES, answer))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.synced and reflector.counts["watches"] == 1)
        assert reflector.counts["errors"] == 1
        assert names(reflector) == ["a"]
        assert clock.pauses[0] >= (7 if answer.status == 429 else 0.05)
        assert reflector.check.ok


async def test_401_is_asked_again(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.faults.append((SERVICES, web.Response(status=401)))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.synced)


async def test_an_optional_kind_that_is_not_installed_counts_as_read_and_is_looked_for_again(
    tmp_path: Path, clock: QuickClock
) -> None:
    api = FakeApi()
    api.absent.add(SERVICES)
    async with following(api, tmp_path, clock, optional=True) as (reflector, _):
        await until(lambda: reflector.synced)
        assert "not installed" in reflector.check.message
        assert reflector.check.ok
        api.seed(SERVICES, service("a"))
        api.absent.clear()
        await until(lambda: names(reflector) == ["a"])


@pytest.mark.parametrize("status", [403, 404])
async def test_a_kind_that_may_not_be_missing_is_waited_for_and_does_not_count_as_empty(
    tmp_path: Path, clock: QuickClock, status: int
) -> None:
    """403 is what a router meets that starts with its own roles, which take a moment to hold."""
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    api.faults += [(SERVICES, web.Response(status=status)) for _ in range(3)]
    async with following(api, tmp_path, clock) as (reflector, pokes):
        await until(lambda: reflector.counts["errors"] >= 2)
        assert not reflector.synced
        assert not reflector.check.ok
        await until(lambda: reflector.synced)
        assert (names(reflector), len(pokes)) == (["a"], 1)
    assert clock.pauses[0] <= 0.8


async def test_what_may_no_longer_be_read_stays_as_it_was(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    async with following(api, tmp_path, clock, optional=True) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        api.faults += [(SERVICES, web.Response(status=403)) for _ in range(3)]
        await api.break_watches()
        await until(lambda: reflector.counts["errors"] >= 3)
        assert names(reflector) == ["a"]


async def test_an_object_that_goes_during_the_streaming_list_is_gone(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    said = [
        ("ADDED", {"metadata": {"name": "a", "namespace": "shop"}}),
        ("ADDED", {"metadata": {"name": "b", "namespace": "shop"}}),
        ("DELETED", {"metadata": {"name": "a", "namespace": "shop"}}),
        ("BOOKMARK", {"metadata": {"resourceVersion": "100", "annotations": {"k8s.io/initial-events-end": "true"}}}),
    ]
    api.faults.append((SERVICES, "".join(json.dumps({"type": kind, "object": item}) + "\n" for kind, item in said)))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.synced)
        assert names(reflector) == ["b"]


async def test_a_server_that_says_410_to_every_version_is_not_asked_without_a_pause(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.oldest = 10**9
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["relists"] >= 4)
        assert len(clock.pauses) >= 3


async def test_an_object_that_does_not_decode_keeps_its_last_good_version(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        before = reflector.state[0][("shop", "a")]
        await api.put(SERVICES, service("a", port="eighty"))
        await until(lambda: bool(reflector.state[1]))
        assert reflector.state[0][("shop", "a")] is before
        (finding,) = reflector.state[1].values()
        assert finding.field == "spec.ports[0].port"
        assert "last good version" in finding.message
        await api.put(SERVICES, service("a", port=81))
        await until(lambda: not reflector.state[1])


async def test_an_event_of_many_megabytes_is_read(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.counts["watches"] == 1)
        huge = service("huge")
        huge["status"] = {"filler": "x" * (6 * 1024 * 1024)}  # a field that nobody reads
        await api.put(SERVICES, huge)
        await until(lambda: names(reflector) == ["huge"])


async def test_a_streaming_list_without_its_bookmark_falls_back_to_pages(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi()
    api.seed(SERVICES, service("a"))
    api.faults.append((SERVICES, '{"type":"ADDED","object":{"metadata":{"name":"ghost","namespace":"shop"}}}\n'))
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.synced)
        assert names(reflector) == ["a"]
        assert any("limit" in query for _, query in api.requests)


async def test_the_version_to_resume_from_is_the_lists_not_an_objects(tmp_path: Path, clock: QuickClock) -> None:
    api = FakeApi(streaming=False)
    api.seed(SERVICES, service("a"))
    api.version += 50
    async with following(api, tmp_path, clock) as (reflector, _):
        plain = lambda: [q for _, q in api.requests if q.get("watch") and "sendInitialEvents" not in q]  # noqa: E731
        await until(lambda: bool(plain()))  # counted by the reflector a moment before the server sees it
        watches = plain()
        assert reflector.counts["watches"] == 1
        assert watches[0]["resourceVersion"] == str(api.version)
        assert 300 <= int(watches[0]["timeoutSeconds"]) <= 600


async def test_the_pauses_begin_anew_after_a_time_that_was_good(
    tmp_path: Path, clock: QuickClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "HEALTHY", 0.0)
    api = FakeApi()
    api.faults += [(SERVICES, web.Response(status=500)) for _ in range(20)]
    async with following(api, tmp_path, clock) as (reflector, _):
        await until(lambda: reflector.synced)
    assert len(clock.pauses) >= 20
    assert max(clock.pauses) <= 1.6, "else they grow to half a minute"


async def test_others_go_on_while_a_large_list_is_decoded(
    tmp_path: Path, clock: QuickClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi(streaming=False)
    api.page = 10_000
    for number in range(200):
        api.seed(SERVICES, service(f"s{number}"))
    turns, seen = 0, list[int]()
    async with following(api, tmp_path, clock) as (reflector, _):
        reflector._turns = Turns(clock, most=0.0)
        take = reflector._known.take

        def noted(raw: msgspec.Raw, draft: Draft) -> None:
            seen.append(turns)
            take(raw, draft)

        monkeypatch.setattr(reflector._known, "take", noted)
        while not reflector.synced:
            turns += 1
            await asyncio.sleep(0)
    assert len(set(seen)) == 200, "somebody else had a turn between any two objects"
