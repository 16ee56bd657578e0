"""etcd, kube-apiserver, kube-controller-manager and kube-scheduler as child processes."""

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.support.cluster.container import die_with_parent
from tests.support.cluster.pki import Authority

AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "userGroups": ["system:masters", "system:nodes", "system:serviceaccounts:kube-system"]},
        {"level": "None", "users": ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
    ],
}
"""Only what service accounts of tests do."""
SERVICES = "10.96.0.0/16"


class Ports:
    """Where the programs listen. ``host``: the address that the API server is told to others by."""

    def __init__(self, host: str, api: int, etcd: int, peer: int, manager: int, scheduler: int) -> None:
        self.host, self.api, self.etcd, self.peer, self.manager, self.scheduler = host, api, etcd, peer, manager, scheduler

    @property
    def server(self) -> str:
        return f"https://{self.host}:{self.api}"

    @property
    def loopback(self) -> bool:
        return self.host.startswith("127.")


def certificates(authority: Authority, ports: Ports) -> None:
    authority.server("etcd", "127.0.0.1", "localhost")
    names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1", "10.96.0.1")
    authority.server("apiserver", *dict.fromkeys((*names, ports.host)))
    for name, user, group in (
        ("admin", "admin", "system:masters"),
        ("kubelet", "stand-in-kubelet", "system:masters"),
        ("manager", "system:kube-controller-manager", ""),
        ("scheduler", "system:kube-scheduler", ""),
    ):
        authority.client(name, user, group)
        authority.kubeconfig(name, ports.server)


def commands(authority: Authority, ports: Ports, work: Path) -> Mapping[str, list[str]]:
    """The words after each program's name."""
    at = lambda name: str(authority.path(name))  # noqa: E731
    audit = work / "audit-policy.json"
    audit.write_text(json.dumps(AUDIT))
    etcd, peer = f"https://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.peer}"
    return {
        "etcd": [
            f"--data-dir={work}/etcd", "--unsafe-no-fsync", "--log-level=warn", f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}", "--client-cert-auth", f"--trusted-ca-file={at('ca.crt')}",
            f"--cert-file={at('etcd.crt')}", f"--key-file={at('etcd.key')}",
        ],
        "kube-apiserver": [
            f"--etcd-servers={etcd}", f"--etcd-cafile={at('ca.crt')}", f"--etcd-certfile={at('etcd.crt')}",
            f"--etcd-keyfile={at('etcd.key')}", f"--secure-port={ports.api}",
            f"--bind-address={'127.0.0.1' if ports.loopback else '0.0.0.0'}", f"--advertise-address={ports.host}",
            # It may not write an address of 127.0.0.0/8 into its own EndpointSlice.
            f"--endpoint-reconciler-type={'none' if ports.loopback else 'lease'}",
            f"--client-ca-file={at('ca.crt')}", f"--tls-cert-file={at('apiserver.crt')}",
            f"--tls-private-key-file={at('apiserver.key')}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={at('accounts.pub')}",
            f"--service-account-signing-key-file={at('accounts.key')}", f"--service-cluster-ip-range={SERVICES}",
            f"--audit-policy-file={audit}", f"--audit-log-path={work}/audit.log", "--enable-aggregator-routing",
            f"--cert-dir={work}", "--shutdown-delay-duration=0s", "--allow-privileged",
        ],
        "kube-controller-manager": [
            f"--kubeconfig={at('manager.kubeconfig')}", f"--service-account-private-key-file={at('accounts.key')}",
            f"--root-ca-file={at('ca.crt')}", "--use-service-account-credentials", "--leader-elect=false",
            "--bind-address=127.0.0.1", f"--secure-port={ports.manager}", f"--cert-dir={work}",
            # As slow as a real one, a test of a lost node would take a minute.
            "--node-monitor-period=1s", "--node-monitor-grace-period=8s",
        ],
        "kube-scheduler": [
            f"--kubeconfig={at('scheduler.kubeconfig')}", "--leader-elect=false", "--bind-address=127.0.0.1",
            f"--secure-port={ports.scheduler}", f"--cert-dir={work}",
        ],
    }  # fmt: skip


class Programs:
    """Started in order, stopped in the reverse one. Their output is ``work``/NAME.log."""

    def __init__(self, paths: Mapping[str, Path], words: Mapping[str, list[str]], work: Path) -> None:
        self._paths, self._words, self._work = paths, words, work
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._wanted: set[str] = set()

    @property
    def pids(self) -> Mapping[str, int]:
        return {name: child.pid for name, child in self._running.items()}

    async def start(self, name: str, more: Sequence[str] = ()) -> None:
        with (self._work / f"{name}.log").open("ab") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                self._paths[name], *self._words[name], *more, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        self._wanted.add(name)  # only now: who looks for dead programs meanwhile would miss this one

    async def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        self._wanted.discard(name)
        child = self._running.pop(name, None)
        if child is None:
            return
        for number_ in (number, signal.SIGCONT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number_)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), 0.05 if number_ is signal.SIGCONT else 10)
                return

    async def stop_all(self) -> None:
        """No program of a cluster that is thrown away has anything to save."""
        for name in reversed(list(self._running)):
            await self.stop(name, signal.SIGKILL)

    def dead(self) -> str:
        """The end of the log of a program that ended though nobody told it to; else empty."""
        for name in self._wanted:
            if self._running[name].returncode is not None:
                tail = (self._work / f"{name}.log").read_text(errors="replace")[-2000:]
                return f"{name} ended with {self._running[name].returncode}: {tail}"
        return ""

    async def ready(self, authority: Authority, server: str, limit: float = 60) -> None:
        """Until the API server is ready, its roles and namespaces included."""
        end = time.monotonic() + limit
        connector = aiohttp.TCPConnector(ssl=authority.context("admin"))
        async with aiohttp.ClientSession(connector=connector) as session:
            while time.monotonic() < end:
                if dead := self.dead():
                    sys.exit(dead)
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.get(f"{server}/readyz", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
            tail = (self._work / "kube-apiserver.log").read_text(errors="replace")[-3000:]
        sys.exit(f"the API server is not ready within {limit} s: {tail}")


async def compact(authority: Authority, port: int) -> None:
    """etcd's JSON gateway: all versions but the newest are forgotten."""
    connector = aiohttp.TCPConnector(ssl=authority.context("etcd"))
    base = f"https://127.0.0.1:{port}/v3"
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.post(f"{base}/kv/range", json={"key": "AA=="}) as answer:
            revision = (await answer.json())["header"]["revision"]
        async with session.post(f"{base}/kv/compaction", json={"revision": revision, "physical": True}) as answer:
            answer.raise_for_status()
