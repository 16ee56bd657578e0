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
from tests.support.gateway import free_ports

READ = ["list", "watch"]
TIDEGATE = "tidegate.dev"
DAEMON_NAMESPACED: list[Object] = [
    {"apiGroups": [TIDEGATE], "resources": ["daemoncontrollers"], "verbs": ["get", *READ]},
    {"apiGroups": [TIDEGATE], "resources": ["daemoncontrollers/status"], "verbs": ["patch"]},
    {"apiGroups": [TIDEGATE], "resources": ["daemoncontrollers/finalizers"], "verbs": ["update"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": [*READ, "get", "create", "patch", "delete"]},
    {"apiGroups": ["apps"], "resources": ["controllerrevisions"], "verbs": [*READ, "get", "create", "patch", "delete"]},
    {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": READ},
    {"apiGroups": [""], "resources": ["replicationcontrollers"], "verbs": READ},
    {"apiGroups": ["apps"], "resources": ["replicasets", "deployments", "statefulsets", "daemonsets"], "verbs": READ},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
]
"""What the daemon controller may do in the namespaces that it looks after."""
DAEMON_EVERYWHERE: list[Object] = [
    {"apiGroups": [""], "resources": ["nodes"], "verbs": READ},
    {"apiGroups": ["scheduling.k8s.io"], "resources": ["priorityclasses"], "verbs": READ},
]
EVICT: Object = {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}
"""In addition, for ``makeRoom``; wherever pods may be evicted."""
DIURNAL_NAMESPACED: list[Object] = [
    {"apiGroups": [TIDEGATE], "resources": ["diurnalcontrollers"], "verbs": [*READ, "patch"]},
    {"apiGroups": [TIDEGATE], "resources": ["diurnalcontrollers/status"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]},
    {"apiGroups": [TIDEGATE], "resources": ["daemoncontrollers"], "verbs": [*READ, "patch"]},
    {"apiGroups": [""], "resources": ["replicationcontrollers"], "verbs": [*READ, "patch"]},
    {"apiGroups": ["apps"], "resources": ["replicasets", "deployments", "statefulsets"], "verbs": [*READ, "patch"]},
    {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": [*READ, "patch"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
]
LEASE = "tidegate-controllers"
LEASE_RIGHTS: list[Object] = [
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"], "resourceNames": [LEASE]},
]
ALL = [*DAEMON_NAMESPACED, *DAEMON_EVERYWHERE, EVICT, *DIURNAL_NAMESPACED, *LEASE_RIGHTS]


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
