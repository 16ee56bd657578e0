"""The test cluster as one process: ``python -m tests.support.cluster.host WORK HOME``.

It tells {"ready": ...} as a line of JSON, then obeys lines of JSON on standard input and answers each with one. When the
input ends, whoever started it is gone or done: it ends everything, removes WORK and itself. Should it be killed, the kernel
ends its children and with them their network; WORK stays, unlocked, until somebody starts the next cluster.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from tests.support.cluster import binaries, network
from tests.support.cluster.api import AsyncApi
from tests.support.cluster.kubelet import Kubelet
from tests.support.cluster.pki import Authority
from tests.support.cluster.programs import Ports, Programs, certificates, commands, compact
from tests.support.gateway import free_ports

NODES = ("node-1", "node-2")


async def run(work: Path, home: int, ports: Ports, gate: str, nodes: list[str], pods: network.Addresses | None) -> None:
    authority = Authority(work / "pki")
    certificates(authority, ports)
    programs = Programs(binaries.find(), commands(authority, ports, work), work)
    told = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: told.done() or told.set_result(None))
    api = AsyncApi(ports.server, authority.context("kubelet"))
    try:
        for name in ("etcd", "kube-apiserver"):
            await programs.start(name)
        await programs.ready(authority, ports.server)
        for name in ("kube-controller-manager", "kube-scheduler"):
            await programs.start(name)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_obey(programs, authority, ports, told)), group.create_task(_guard(programs))]
            if pods:
                kubelet = Kubelet(api, work, dict(zip(NODES, nodes, strict=True)), pods, ports)
                await kubelet.register()
                tasks.append(group.create_task(kubelet.run()))
            facts = {"server": ports.server, "kubeconfig": str(authority.path("admin.kubeconfig")), "pids": programs.pids}
            _say({"ready": facts | {"etcd": ports.etcd, "gate": gate, "nodes": nodes}})
            await told
            for task in tasks:
                task.cancel()
    finally:
        await api.close()
        await programs.stop_all()


async def _obey(programs: Programs, authority: Authority, ports: Ports, told: "asyncio.Future[None]") -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if order["do"] == "stop":
            await programs.stop(order["name"], order.get("signal", signal.SIGTERM))
        elif order["do"] == "start":
            await programs.start(order["name"], order.get("more", ()))
            if order["name"] == "kube-apiserver":
                await programs.ready(authority, ports.server)
        elif order["do"] == "compact":
            await compact(authority, ports.etcd)
        _say({"pids": programs.pids})
    if not told.done():
        told.set_result(None)


async def _guard(programs: Programs) -> None:
    """A program that ends on its own ends the cluster: a test must not wait for it."""
    while not (dead := programs.dead()):
        await asyncio.sleep(0.5)
    sys.exit(dead)


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    work, home = Path(sys.argv[1]), int(sys.argv[2])
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        fcntl.flock(stack.enter_context((work / "lock").open("w")), fcntl.LOCK_EX)
        if network.refused():
            listening = free_ports(5)
            asyncio.run(run(work, home, Ports("127.0.0.1", *listening), "", [], None))
            return
        net = stack.enter_context(network.subnet())
        network.unshare_network()
        gate, control, nodes = network.build(net, home, len(NODES))
        pods = network.Addresses(net, 16)
        asyncio.run(run(work, home, Ports(control, 6443, 2379, 2380, 10257, 10259), gate, nodes, pods))


if __name__ == "__main__":
    os.umask(0o022)
    main()
