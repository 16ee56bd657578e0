"""The commands on a cluster: what is asked, what is patched, what is said when it refuses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.base.errors import TidegateError
from router.cli.diurnal import cluster
from router.cli.where import Where, asked
from router.controllers.diurnal.types import Said
from router.sources.kubernetes.transport import ApiError
from tests.unit.cli.conftest import Run

BASE = "/apis/tidegate.dev/v1alpha1/namespaces/shop/diurnalcontrollers"
SPEC = {
    "target": {"kind": "Deployment", "name": "web"}, "base": {"replicas": 2}, "timeZone": "Europe/Berlin",
    "calendars": [{"name": "de", "configMap": {"name": "holidays"}}], "schedule": [{"name": "off", "class": "holiday", "replicas": 1}],
}  # fmt: skip
STATUS = {"current": {"value": "2", "why": "base"}, "conditions": [{"type": "Ready", "status": "True", "reason": "AsScheduled"}]}
OBJECT = {"metadata": {"name": "web", "namespace": "shop", "uid": "u1"}, "spec": SPEC, "status": STATUS}
EVENTS = [
    {
        "type": "Normal",
        "reason": "Scaled",
        "message": "b",
        "lastTimestamp": "2026-01-02T00:00:00Z",
        "involvedObject": {"uid": "u1"},
    },
    {"type": "Normal", "reason": "Scaled", "message": "a", "eventTime": "2026-01-01T00:00:00Z", "involvedObject": {"uid": "u1"}},
    {"type": "Normal", "reason": "Scaled", "message": "of its predecessor", "involvedObject": {"uid": "u0"}},
]


class FakeApi:
    """A Sender that knows a few objects."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            BASE: {"items": [OBJECT]},
            "/api/v1/namespaces/shop/configmaps/holidays": {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "holidays", "namespace": "shop"}, "data": {"calendar.ics": "12-25\n"},
            },
            "/api/v1/namespaces/shop/events": {"items": EVENTS},
        }  # fmt: skip
        self.sent: list[tuple[str, str, Mapping[str, Any] | None]] = []

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = "", query: Mapping[str, str] = {}
    ) -> bytes:
        self.sent.append((method, path, body))
        if method == "PATCH":
            return b"{}"
        if path not in self.answers:
            raise ApiError(404, "not found")
        return msgspec.json.encode(self.answers[path])

    namespace = "default"

    async def load(self) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    made = FakeApi()
    monkeypatch.setattr("router.sources.kubernetes.client.ClientTransport", lambda kubeconfig, context: made)
    return made


def test_describe_shows_the_status_and_the_events_of_the_cluster(run: Run, api: FakeApi) -> None:
    result = run("diurnal", "describe", "web", "-n", "shop")
    assert result.exit_code == 0
    assert "Current:    2 (base)" in result.stdout
    assert [line.split()[-1] for line in result.stdout.splitlines()[-2:]] == ["a", "b"]


def test_next_reads_calendars_from_the_cluster(run: Run, api: FakeApi) -> None:
    assert "-12-25T00:00:00+01:00" in run("diurnal", "next", "web", "-n", "shop").stdout


def test_override_suspend_and_skip_patch_the_object(run: Run, api: FakeApi) -> None:
    assert (
        run("diurnal", "override", "web", "-n", "shop", "--replicas", 9, "--until", "2h").stdout
        == "diurnalcontroller shop/web patched\n"
    )
    run("diurnal", "suspend", "web", "-n", "shop")
    run("diurnal", "next", "web", "-n", "shop", "--skip")
    patches = [(path, body) for method, path, body in api.sent if method == "PATCH"]
    assert {path for path, _ in patches} == {f"{BASE}/web"}
    assert [list(body["spec"]) for _, body in patches if body] == [["override"], ["suspend"], ["skipNext"]]


def test_now_is_for_manifests_only(run: Run, api: FakeApi) -> None:
    assert run("diurnal", "next", "web", "--now", "2026-01-01T00:00:00Z").exit_code == 2


def test_a_cluster_without_the_kind_says_how_it_comes(run: Run, api: FakeApi) -> None:
    with pytest.raises(TidegateError, match="kubectl apply -f deploy/crds"):
        run("diurnal", "next", "web", "-n", "other")


def test_a_refusal_and_a_silence_are_one_sentence(tmp_path: Path, api: FakeApi) -> None:
    async def refuse(*_: Any) -> None:
        raise ApiError(403, "forbidden")

    async def silent(*_: Any) -> None:
        raise TimeoutError

    with pytest.raises(TidegateError, match="refuses: 403 forbidden"):
        asked(Where(), refuse)
    with pytest.raises(TidegateError, match="can not be reached: TimeoutError"):
        asked(Where(), silent)


async def test_events_of_another_object_of_that_name_are_not_its_own(api: FakeApi) -> None:
    assert await cluster.events(api, "shop", "web", "u1") == (
        Said(type="Normal", reason="Scaled", note="a"),
        Said(type="Normal", reason="Scaled", note="b"),
    )
