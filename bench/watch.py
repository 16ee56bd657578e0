"""A real API server full of objects: ``python bench/watch.py [--objects N] [--plane NAME] [--changes N]``.

N Services, N Ingresses and N EndpointSlices of ten endpoints each. Prints the time to the first table that serves, memory, the
longest stalls of the event loop, and what a change costs. The cluster is the one of the tests (docs/how-to/test-cluster.md).
"""

import argparse
import asyncio
import contextlib
import datetime
import ipaddress
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import process  # noqa: E402

from tests.support.cluster.api import AsyncApi, Object, path_of  # noqa: E402
from tests.support.cluster.cluster import Cluster, cluster, until  # noqa: E402
from tests.support.cluster.gateway import CLUSTER_RIGHTS  # noqa: E402
from tests.support.gateway import Gateway, gateway  # noqa: E402

AT_ONCE = 24
ENDPOINTS = 10
FIRST = int(ipaddress.ip_address("10.0.0.0"))
SETTLED = 3.0
"""Seconds after the first table in which what is done only once is over."""


def objects(number: int) -> tuple[Object, Object, Object]:
    """A Service, its EndpointSlice and its Ingress, about as large as real ones: 2 to 5 kB each."""
    namespace, name = f"n{number % 50}", f"app-{number}"
    labels = {f"example.com/label-{i}": f"value-{i}" for i in range(6)} | {"app": name}
    notes = {"example.com/last-applied": "x" * 900}
    meta = {"name": name, "namespace": namespace, "labels": labels, "annotations": notes}
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": ports}}
    ends = [
        {
            "addresses": [str(ipaddress.ip_address(FIRST + number * ENDPOINTS + i))],
            "nodeName": f"node-{i}", "zone": f"zone-{i % 3}",
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {"kind": "Pod", "name": f"{name}-{i}", "namespace": namespace},
        }
        for i in range(ENDPOINTS)
    ]  # fmt: skip
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": ends,
        "metadata": meta | {"name": f"{name}-1", "labels": labels | {"kubernetes.io/service-name": name}},
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }  # fmt: skip
    to = {"service": {"name": name, "port": {"number": 80}}}
    rule = {"host": f"{name}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": to}]}}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": {"rules": [rule]}}
    return service, slice_, ingress


async def fill(made: Cluster, count: int) -> None:
    api = AsyncApi(made.server, made.context("admin"))
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            for item in objects(number):
                await api.call("POST", path_of(item["apiVersion"], item["kind"], item["metadata"]["namespace"]), item)

    for number in range(50):
        await api.call(
            "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{number}"}}
        )
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    await api.close()


@contextlib.contextmanager
def running(made: Cluster, plane: str) -> Iterator[tuple[Gateway, Path]]:
    account = made.account("default", "router", CLUSTER_RIGHTS, everywhere=True)
    with tempfile.TemporaryDirectory() as folder, gateway(plane) as router:
        stalls = Path(folder) / "stalls.json"
        router.program = (str(ROOT / "bench" / "stalls.py"), str(stalls))
        router.source = ["--kubeconfig", str(account)]
        yield router, stalls


def measure(made: Cluster, plane: str, count: int, changes: int) -> None:
    with running(made, plane) as (router, stalls):
        begin = time.monotonic()
        router.patience = 300
        router.start()
        first = time.monotonic() - begin
        assert router.process
        pid = router.process.pid
        cpu = process.cpu(pid)
        time.sleep(SETTLED)
        after = process.resident(pid)
        print(
            f"\n{plane}: first table after {first:.1f} s, CPU {cpu:.1f} s; RSS {after:.0f} MB, at most {process.peak(pid):.0f} MB"
        )
        print("longest stalls, ms (own CPU of the loop's thread, at):", _stalls(stalls))
        waits, costs = zip(*(changed(made, router, pid, number) for number in range(changes)), strict=True)
        print(f"{changes} changes of an Ingress: served after {_spread(waits)} ms, CPU {_spread(costs)} ms")
        print(f"RSS {process.resident(pid):.0f} MB; longest stalls of all:", _stalls(stalls), flush=True)


def changed(made: Cluster, router: Gateway, pid: int, number: int) -> tuple[float, float]:
    """(milliseconds until the plane serves it, CPU milliseconds of ours) for a host of one Ingress that no plane had
    before. Nobody is asked: its endpoints are addresses of somebody else."""
    item = objects(number)[2]
    item["spec"]["rules"][0]["host"] = f"changed-{number}-on-{router.plane}.example.com"
    generation, before, begin = _generation(router), process.cpu(pid), time.monotonic()
    made.api.call("PUT", path_of(item["apiVersion"], "Ingress", item["metadata"]["namespace"], item["metadata"]["name"]), item)
    until(lambda: _generation(router) != generation, 300)
    wait = time.monotonic() - begin
    time.sleep(0.3)
    return wait * 1000, (process.cpu(pid) - before) * 1000


def _generation(router: Gateway) -> bytes:
    """What the plane has confirmed."""
    return next(line for line in router.ask_admin("/readyz?verbose").splitlines() if b"serves generation" in line)


def _spread(values: tuple[float, ...]) -> str:
    return f"{statistics.median(values):.0f} (at most {max(values):.0f})"


def _stalls(file: Path) -> str:
    found = json.loads(file.read_text() or "[]") if file.exists() else []
    return ", ".join(f"{late:.0f} ({own:.0f}, {at:.0f})" for late, own, at in found[:8]) or "none over 10"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--plane", action="append", choices=["nginx", "haproxy"])
    parser.add_argument("--changes", type=int, default=10)
    given = parser.parse_args()
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    print(f"Python {platform.python_version()}, {datetime.date.today()}, commit {commit}; {command()}")
    with cluster() as made:
        for name in ("kube-controller-manager", "kube-scheduler"):
            made.stop_program(name)
        begin = time.monotonic()
        asyncio.run(fill(made, given.objects))
        print(f"{given.objects} of each kind written in {time.monotonic() - begin:.0f} s", flush=True)
        for plane in given.plane or ["nginx", "haproxy"]:
            measure(made, plane, given.objects, given.changes)


def command() -> str:
    return " ".join([Path(sys.executable).name, *sys.argv])


if __name__ == "__main__":
    main()
