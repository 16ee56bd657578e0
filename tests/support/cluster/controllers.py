"""``tidegate controllers`` against the test cluster, as a program with the rights of a service account."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import ROOT, Cluster, until
from tests.support.cluster.gateway import rights
from tests.support.gateway import free_ports

EVENTS = rights("events")
DAEMON_NAMESPACED = [*rights("daemon"), *EVENTS]
"""What the daemon controller may do in the namespaces that it looks after."""
DAEMON_EVERYWHERE = rights("daemon-cluster")
EVICT = rights("evict")
"""In addition, for ``makeRoom``; wherever pods may be evicted."""
DIURNAL_NAMESPACED = [*rights("diurnal"), *EVENTS]
LEASE = "tidegate-controllers"
LEASE_RIGHTS: list[Object] = [
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"], "resourceNames": [LEASE]},
]
ALL = [*DAEMON_NAMESPACED, *DAEMON_EVERYWHERE, *EVICT, *DIURNAL_NAMESPACED, *LEASE_RIGHTS]


class Program:
    """One process. Runs until ``stop`` or the end of the block."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, rules: Sequence[Object]) -> None:
        self.cluster, self.namespace, self.name = cluster, namespace, name
        self.account = account(cluster, namespace, name, rules)
        (self.port,) = free_ports(1)
        self.log = cluster.work / f"{namespace}-{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    def start(self, *more: str) -> "Program":
        words = ["--kubeconfig", str(self.account), "--namespace", self.namespace, "--admin", f"127.0.0.1:{self.port}"]
        command = [sys.executable, "-m", "router", "controllers", *words, *more]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=env)
        until(lambda: b"ready" in self.ask("/readyz"), 30, self.said)
        return self

    def ask(self, path: str) -> bytes:
        assert self.process
        assert self.process.poll() is None, self.said()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
            return bytes(answer.read())

    @property
    def leads(self) -> bool:
        return b"\ntidegate_leader 1.0" in self.ask("/metrics")

    def said(self) -> str:
        return self.log.read_text()[-3000:]

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def account(cluster: Cluster, namespace: str, name: str, rules: Sequence[Object]) -> Path:
    """Of kinds without a namespace it may read all, of others what is in its namespace."""
    wide = [rule for rule in rules if rule in DAEMON_EVERYWHERE]
    path = cluster.account(namespace, name, [rule for rule in rules if rule not in wide])
    if wide:
        cluster.account(namespace, name, wide, everywhere=True)
    return path


@contextlib.contextmanager
def controllers(
    cluster: Cluster, namespace: str, *more: str, name: str = "controllers", rules: Sequence[Object] = tuple(ALL)
) -> Iterator[Program]:
    """One that works in ``namespace``."""
    made = Program(cluster, namespace, name, rules)
    try:
        yield made.start(*more)
    finally:
        if made.process and made.process.poll() is None:
            made.stop()
