"""The network of the test cluster: a bridge in a namespace of its own, a cable to this machine, a cable to each pod.

No namespace has a name, so that the kernel removes all of it with the last process in it, however that ends.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import ipaddress
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.cluster.container import die_with_parent

CLONE_NEWNET = 0x40000000
POOL = ipaddress.ip_network("198.18.0.0/15")
"""RFC 2544: for tests of networks, routed nowhere."""
SIZE = 22
LOCKS = Path("/run/lock") if Path("/run/lock").is_dir() else Path("/tmp")
_libc = ctypes.CDLL(None, use_errno=True)


def refused() -> str:
    """Why no pods can be had here; empty if they can."""
    if missing := [tool for tool in ("ip", "nsenter", "unshare") if not shutil.which(tool)]:
        return f"{' and '.join(missing)} missing: apt install iproute2 util-linux"
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "ip", "link", "add", "tg0", "type", "veth", "peer", "name", "tg1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"namespaces are for root: {tried.stderr.strip()}" if tried.returncode else ""


@contextlib.contextmanager
def subnet() -> Iterator[ipaddress.IPv4Network]:
    """A subnet that no interface of this machine has, held by a lock file while the block runs."""
    shown = json.loads(subprocess.run(["ip", "-j", "addr"], capture_output=True, check=True).stdout)
    taken = [ipaddress.ip_address(a["local"]) for link in shown for a in link.get("addr_info", ()) if "local" in a]
    for candidate in POOL.subnets(new_prefix=SIZE):
        if any(address in candidate for address in taken):
            continue
        with (LOCKS / f"tidegate-cluster-{candidate.network_address}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield candidate
            return
    raise RuntimeError(f"no free subnet in {POOL}")


def unshare_network() -> None:
    """This process gets a network of its own."""
    if _libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "a network namespace can not be made")


def build(net: ipaddress.IPv4Network, home: int, nodes: int) -> tuple[str, str, list[str]]:
    """In a namespace of our own: a bridge, and a cable to the namespace of process ``home``.

    (address of ``home``, of the control plane, of each node).
    """
    hosts = list(net.hosts())
    ours, control, others = hosts[0], hosts[1], hosts[2 : nodes + 2]
    end = f"tg{os.getpid()}"
    _ip("link", "set", "lo", "up")
    # With an address of its own: else it takes the lowest of its cables', and nobody finds it any more when that one goes.
    _ip("link", "add", "tgbr", "address", "02:00:00:00:00:01", "type", "bridge", "forward_delay", "0")
    _ip("link", "set", "tgbr", "up")
    _ip("addr", "add", f"{control}/{net.prefixlen}", "dev", "tgbr")
    _ip("link", "add", "home", "type", "veth", "peer", "name", end)
    _ip("link", "set", "home", "master", "tgbr", "up")
    _ip("link", "set", end, "netns", str(home))
    for words in (("addr", "add", f"{ours}/{net.prefixlen}", "dev", end), ("link", "set", end, "up")):
        subprocess.run(["nsenter", f"--net=/proc/{home}/ns/net", "ip", *words], check=True)
    return str(ours), str(control), [str(address) for address in others]


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class Addresses:
    """Addresses of pods. A freed one is used again as late as possible, as real ones are."""

    def __init__(self, net: ipaddress.IPv4Network, after: int) -> None:
        self._free = [str(address) for address in list(net.hosts())[after:]]
        self.length = net.prefixlen

    def take(self) -> str:
        return self._free.pop(0)

    def give(self, address: str) -> None:
        self._free.append(address)


async def sandbox() -> asyncio.subprocess.Process:
    """A process that does nothing but hold a network namespace: containers of a pod come and go, its address stays."""
    return await asyncio.create_subprocess_exec("sleep", "infinity", stdin=asyncio.subprocess.DEVNULL, preexec_fn=_alone)


def _alone() -> None:
    die_with_parent()
    unshare_network()


async def plug(pid: int, address: str, length: int, sysctls: Mapping[str, str]) -> None:
    """A cable from the bridge to the namespace of process ``pid``, and settings of its kernel, such as net.ipv4.ip_forward."""
    link = f"p{pid}"
    await _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    await _run("ip", "link", "set", link, "master", "tgbr", "up")
    inside = f"ip link set lo up && ip addr add {address}/{length} dev eth0 && ip link set eth0 up"
    for name, value in sysctls.items():
        inside += f" && echo {shlex.quote(value)} > /proc/sys/{shlex.quote(name.replace('.', '/'))}"
    await _run("nsenter", f"--net=/proc/{pid}/ns/net", "sh", "-ec", inside)


async def _run(*words: str) -> None:
    child = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
    _, said = await child.communicate()
    if child.returncode:
        raise OSError(f"{' '.join(words)}: {said.decode().strip()}")
