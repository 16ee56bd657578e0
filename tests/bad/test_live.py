"""All kinds, live: added and removed while the gateway runs, whole and in halves, with canaries asked all the time."""

import asyncio
import collections
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from router.facts.snapshot import KINDS
from router.sources.kubernetes.source import CLUSTER_SCOPED, PLURALS
from tests.bad import kinds
from tests.support.fake_api import FakeApi, serving
from tests.support.gateway import Gateway, gateway

pytestmark = pytest.mark.plane
NAMES = [name for name in kinds.NAMES if name != "a-file-larger-than-any-may-be"]
ASKED = (("canary.example.com", "/", 200), ("app.canary.example.com", "/", 200), ("canary.example.com", "/closed", 403))


OF_FOLDERS = {"UnknownField", "DuplicateObject", "DuplicateKey", "NotRead", "NotParsed", "EndpointIsRouter"}
"""Reasons that an API server, or its own checks, stand before."""


class Asking:
    """Asks for the canaries, one connection after the other, until told to stop. ``wrong``: what else was answered."""

    def __init__(self, target: Gateway) -> None:
        self._target, self._stop = target, threading.Event()
        self.wrong: collections.Counter[str] = collections.Counter()
        self.count = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            for host, path, wanted in ASKED:
                try:
                    status, _ = self._target.get(host, path)
                    if status != wanted:
                        self.wrong[f"{host}{path}: {status}"] += 1
                except OSError as failure:
                    self.wrong[f"{host}{path}: {failure!r}"] += 1
                self.count += 1
            time.sleep(0.02)

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


@pytest.fixture(params=["nginx", "haproxy"])
def running(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    with gateway(request.param) as made:
        (made.manifests / "shop.yaml").unlink()
        kinds.write_canaries(made.manifests, made.app_port)
        made.start("--log-format", "json")
        yield made


def findings(running: Gateway) -> set[str]:
    """All that the log says about objects and files, as ``severity reason object field``."""
    said = set()
    for text in running.log.read_text(errors="replace").splitlines():
        record: dict[str, Any] = json.loads(text) if text.startswith('{"ts"') else {}
        if "reason" in record and record["level"] in ("error", "warning"):
            about = "(file)" if record["object"] == "None" or not record["object"] else record["object"].replace(" ", ":")
            said.add(" ".join((record["level"], record["reason"], about, record["field"])).rstrip())
    return said


def wanted(names: list[str], plane: str) -> set[str]:
    lines = {line for name in names for line in kinds.expected(name)}
    return {line for line in lines if plane == "nginx" or "PrefixTooDeep" not in line}


def calm(running: Gateway) -> bool:
    """Everything that was said is served: no change is pending, and nothing failed."""
    metrics = running.ask_admin("/metrics").decode()
    assert 'check_failed"} 0.0' in metrics, running.log.read_text()[-3000:]
    return "tidegate_change_pending_seconds 0.0" in metrics


def test_bad_files_come_and_go_and_the_canaries_are_answered(running: Gateway) -> None:
    with Asking(running) as asking:
        for name in NAMES:
            data = kinds.data(name).replace(b"@HTTP@", b"%d" % running.http)
            with (running.manifests / f"{name}.yaml").open("wb", buffering=0) as file:  # seen in halves, as editors write
                file.write(data[: len(data) // 2])
                file.write(data[len(data) // 2 :])
        running.until(lambda: wanted(NAMES, running.plane) <= findings(running), 60)
        running.until(lambda: calm(running))
        assert running.process is not None
        assert running.process.poll() is None
        for name in NAMES:
            (running.manifests / f"{name}.yaml").unlink()
        running.until(lambda: b"tidegate_findings{" not in running.ask_admin("/metrics"), 30)
        running.until(lambda: calm(running))
    assert dict(asking.wrong) == {}
    assert asking.count > 10
    assert 'tidegate_faults_total{step="pass"} 0.0' in running.ask_admin("/metrics").decode()


def canaries(app_port: int) -> list[tuple[str, dict[str, Any]]]:
    """The canaries as a cluster has them: endpoints come from slices."""
    text = (kinds.FOLDER / "canaries" / "canaries.yaml").read_bytes()
    made = deliverable(text)
    for path, item in list(made):
        if item["kind"] == "Service":
            del item["metadata"]["annotations"]["tidegate.dev/endpoints"]
            labels = {"kubernetes.io/service-name": item["metadata"]["name"]}
            slice_: dict[str, Any] = {
                "metadata": {**item["metadata"], "annotations": {}, "labels": labels},
                "addressType": "IPv4",
            }
            slice_ |= {"endpoints": [{"addresses": ["127.0.0.1"]}], "ports": [{"name": "", "port": app_port}]}
            made.append((path.replace("/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices"), slice_))
    return made


def deliverable(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    """(path of the collection, object) of what an API server could send: named objects of kinds that are read."""
    try:
        documents = [d for d in yaml.load_all(data.decode(), yaml.CSafeLoader) if isinstance(d, dict)]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return []
    made = []
    for item in (i for d in documents for i in (d.get("items") or [d]) if isinstance(i, dict)):
        known, meta = KINDS.get((item.get("apiVersion"), item.get("kind"))), item.get("metadata")  # type: ignore[arg-type]
        if known and isinstance(meta, dict) and isinstance(meta.get("name"), str):
            version, kind = str(item["apiVersion"]), str(item["kind"])
            base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
            scope = {} if kind in CLUSTER_SCOPED else {"namespace": meta.get("namespace", "default")}
            path = f"{base}/{PLURALS.get(kind, kind.lower() + 's')}"
            made.append((path, {**item, "metadata": {**meta, **scope}}))
    return made


def spoken(item: object) -> bool:
    """JSON can say it."""
    try:
        msgspec.json.encode(item)
    except (TypeError, UnicodeError, RecursionError, ValueError):
        return False
    return True


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
async def test_bad_objects_of_a_cluster_come_and_go_and_the_canaries_are_answered(plane: str, tmp_path: Path) -> None:
    api = FakeApi()
    with gateway(plane) as made:
        for path, item in canaries(made.app_port):
            api.seed(path, item)
        bad = {
            (path, f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"): item
            for name in NAMES
            for path, item in deliverable(kinds.data(name))
            if "alias" not in name and spoken(item)
        }
        delivered = {f"{item['kind']}:{key}" for (_, key), item in bad.items()}
        told = {line.split()[2] for line in wanted(NAMES, plane) if line.split()[1] not in OF_FOLDERS} & delivered
        assert len(told) > 70
        async with serving(api, tmp_path) as kubeconfig:
            made.source = ["--kubeconfig", str(kubeconfig)]
            await asyncio.to_thread(made.start, "--log-format", "json")
            with Asking(made) as asking:
                for (path, _), item in bad.items():
                    await api.put(path, item)
                await asyncio.to_thread(made.until, lambda: told <= {line.split()[2] for line in findings(made)}, 60)
                await asyncio.to_thread(made.until, lambda: calm(made))
                for path, key in bad:
                    await api.delete(path, key)
                await asyncio.to_thread(made.until, lambda: b"tidegate_findings{" not in made.ask_admin("/metrics"), 30)
            assert dict(asking.wrong) == {}
            assert asking.count > 30
            assert await asyncio.to_thread(made.stop) == 0
