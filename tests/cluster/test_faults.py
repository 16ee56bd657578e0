"""Faults between a real API server and ``tidegate run``: requests are answered from the last good table, reports tell the truth,
and in the end the bundle is, byte for byte, that of a fresh start."""

import contextlib
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

from tests.support.cluster import manifests
from tests.support.cluster.cable import Cable, Threaded, cable, through
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.gateway import CLUSTER_RIGHTS
from tests.support.cluster.looking import ready_addresses
from tests.support.cluster.proxy import Proxy
from tests.support.gateway import Gateway, gateway


class World:
    """A gateway behind a cable, for all namespaces, and an app that must be served whatever happens."""

    def __init__(
        self, cluster: Cluster, namespace: str, gateway: Gateway, cable: Threaded[Cable], proxy: Threaded[Proxy]
    ) -> None:  # fmt: skip
        self.cluster, self.namespace, self.gateway, self.cable, self.proxy = cluster, namespace, gateway, cable, proxy
        self.host = f"web.{namespace}.example.com"
        """of this world alone: the pods of the one before are still ending"""
        self._count = 0

    def source_ok(self) -> bool:
        """Whether all lines of the metric say 1."""
        lines = [line for line in self.gateway.ask_admin("/metrics").splitlines() if line.startswith(b"tidegate_source_ok{")]
        required = [line for line in lines if b"Service" in line or b"Ingress /" in line or b"EndpointSlice" in line]
        return bool(required) and all(line.endswith(b" 1.0") for line in required)

    def another(self) -> str:
        """A new Ingress to the same app; its host."""
        self._count += 1
        host = f"h{self._count}.{self.namespace}.example.com"
        self.cluster.api.apply(manifests.ingress(self.namespace, f"h{self._count}", host, backend="web"))
        return host

    def serves(self, host: str, limit: float = 60) -> None:
        until(lambda: self.gateway.get(host)[0] == 200, limit, self.gateway.log.read_text)

    def _seen_namespaces(self) -> set[str]:
        return {item["metadata"]["namespace"] for item in self.cluster.api.items("networking.k8s.io/v1", "Ingress")}

    def _routed_namespaces(self) -> set[str]:
        return {host["owner"] for host in json.loads(self.gateway.ask_admin("/debug/table"))["hosts"]}

    def generation(self) -> str:
        return (self.gateway.state / self.gateway.plane / "live").readlink().name

    def metric(self, text: str) -> bool:
        return f"\n{text}\n".encode() in self.gateway.ask_admin("/metrics")

    def same_as_a_fresh_start(self) -> None:
        """A new process remembers nothing, and finds that what it makes is what is live: it has nothing to load. Namespaces of
        other tests may still be going away: only then is the cluster at rest."""
        until(lambda: self._seen_namespaces() == self._routed_namespaces() == {self.namespace}, 60)
        until(lambda: self.metric("tidegate_change_pending_seconds 0.0"), said=lambda: str(self.gateway.ask_admin("/metrics")))
        before, table = self.generation(), self.gateway.ask_admin("/debug/table")
        assert self.gateway.stop() == 0
        self.gateway.start()
        until(lambda: not self.metric("tidegate_builds_total 0.0"))
        assert self.generation() == before, self.gateway.log.read_text()[-3000:]
        assert self.gateway.ask_admin("/debug/table") == table
        assert self.metric('tidegate_reloads_total{result="success"} 0.0')

    @contextlib.contextmanager
    def running_as(self, program: str) -> Iterator[None]:
        """While the block runs, Tidegate is another program: this text, and then itself."""
        assert self.gateway.stop() == 0
        self.gateway.program = ("-c", f"{program}\nfrom router.__main__ import main; main()")
        self.gateway.start()
        try:
            yield
        finally:
            self.gateway.program = Gateway.program

    @contextlib.contextmanager
    def behind_a_proxy(self) -> Iterator[Threaded[Proxy]]:
        """While the block runs, a proxy stands between the cable and the API server."""
        self.cable.served.lead_to(f"https://127.0.0.1:{self.proxy.served.port}")
        self.cable.do("drop")
        try:
            yield self.proxy
        finally:
            self.proxy.do("mend")
            self.cable.served.lead_to(self.cluster.server)
            self.cable.do("drop")


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def world(request: pytest.FixtureRequest, pods: Cluster) -> Iterator[World]:
    with contextlib.ExitStack() as stack:
        link, proxy = Threaded(cable(pods.server)), Threaded(Proxy(pods).serving())
        stack.callback(proxy.close)
        stack.callback(link.close)
        with pods.namespace("faults") as namespace, gateway(request.param) as made:
            account = pods.account(namespace, "router", CLUSTER_RIGHTS, everywhere=True)
            pods.api.apply(
                manifests.deployment(namespace, "web", 1), manifests.service(namespace, "web"),
                manifests.ingress(namespace, "web", f"web.{namespace}.example.com"),
            )  # fmt: skip
            until(lambda: ready_addresses(pods, namespace), said=lambda: pods.log("host"))
            made.source = ["--kubeconfig", str(through(account, link.served.port, proxy.served.ca.cert_pem.bytes()))]
            made.start()
            whole = World(pods, namespace, made, link, proxy)
            whole.serves(whole.host)
            yield whole


@contextlib.contextmanager
def nothing_lost(world: World) -> Iterator[None]:
    """While the block runs, the app is asked all the time, and always answers; late, if the machine has other things to do."""
    failures: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                status, body = world.gateway.get(world.host, timeout=30)
                if status != 200:
                    failures.append(f"{status} {body[:60]!r}")
            except OSError as failure:
                failures.append(repr(failure))
            time.sleep(0.02)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(10)
    assert failures == []


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[Callable[[], None]], None]:
    """Runs something and writes down how many seconds it took."""

    def run(work: Callable[[], None]) -> None:
        begin = time.monotonic()
        work()
        record_property("recovery_seconds", round(time.monotonic() - begin, 1))

    return run


Measured = Callable[[Callable[[], None]], None]


def test_the_api_server_is_killed_and_started(world: World, measured: Measured) -> None:
    with nothing_lost(world):
        world.cluster.stop_program("kube-apiserver")
        until(lambda: not world.source_ok())
        assert b"ready\n" in world.gateway.ask_admin("/readyz")
        world.cluster.start_program("kube-apiserver")
        host = world.another()
        measured(lambda: world.serves(host))
        until(world.source_ok)
    world.same_as_a_fresh_start()


def test_the_network_is_cut_while_etcd_is_compacted(world: World, measured: Measured) -> None:
    gone = world.another()
    world.serves(gone)
    with nothing_lost(world):
        world.cable.do("cut")
        until(lambda: not world.source_ok())
        world.cluster.kubectl("delete", "ingress", "-n", world.namespace, gone.partition(".")[0])
        host = world.another()
        world.cluster.compact()
        world.cluster.stop_program("kube-apiserver")
        world.cluster.start_program("kube-apiserver")
        assert world.gateway.get(gone)[0] == 200
        world.cable.do("mend")
        measured(lambda: world.serves(host))
        until(lambda: world.gateway.get(gone)[0] == 404)
    world.same_as_a_fresh_start()


def test_all_connections_break_every_second(world: World, measured: Measured) -> None:
    with nothing_lost(world):
        hosts = []
        for _ in range(8):
            world.cable.do("drop")
            hosts.append(world.another())
            time.sleep(1)
        measured(lambda: [world.serves(host) for host in hosts] and None)
    world.same_as_a_fresh_start()


def test_the_api_server_takes_five_seconds_for_everything(world: World, measured: Measured) -> None:
    with nothing_lost(world):
        world.cable.served.delay = 5.0
        host = world.another()
        measured(lambda: world.serves(host))
        world.cable.do("mend")
    world.same_as_a_fresh_start()


@pytest.mark.parametrize(("status", "text"), [(500, ""), (503, "<html>bad gateway</html>")])
def test_a_burst_of_errors(world: World, measured: Measured, status: int, text: str) -> None:
    with nothing_lost(world), world.behind_a_proxy() as proxy:
        until(world.source_ok)
        proxy.do("refuse", status, text)
        until(lambda: not world.source_ok())
        until(lambda: f"the API server answers {status}".encode() in world.gateway.ask_admin("/readyz?verbose"))
        assert b"ready\n" in world.gateway.ask_admin("/readyz")
        host = world.another()
        time.sleep(2)
        assert world.gateway.get(host)[0] == 404
        proxy.do("mend")
        measured(lambda: world.serves(host))
        until(world.source_ok)
    world.same_as_a_fresh_start()


def test_the_connection_is_half_open(world: World, measured: Measured) -> None:
    """With a guard of three seconds instead of ninety. Then each quiet watch is taken for a dead one, which does no harm."""
    with world.running_as("import router.sources.kubernetes.reflector as r; r.SILENCE = 3"), nothing_lost(world):
        world.cable.do("freeze")
        until(lambda: not world.source_ok())
        assert b"ready\n" in world.gateway.ask_admin("/readyz")
        host = world.another()
        assert world.gateway.get(host)[0] == 404
        world.cable.do("mend")
        measured(lambda: world.serves(host))
    world.same_as_a_fresh_start()


CLOCK = """
import datetime, pathlib, time
from router.base.clock import SystemClock
file, real, now = pathlib.Path({file!r}), time.time, SystemClock.now
days = lambda: float(file.read_text())
time.time = lambda: real() + days() * 86400
SystemClock.now = lambda self: now(self) + datetime.timedelta(days=days())
"""


def test_the_clock_of_the_machine_jumps(world: World, measured: Measured) -> None:
    """A month back and forth; the certificate of the default host is valid in all of it."""
    file = world.gateway.work / "days"
    file.write_text("0")
    with world.running_as(CLOCK.format(file=str(file))), nothing_lost(world):
        for days in ("-30", "30", "0"):
            file.with_suffix(".new").write_text(days)
            file.with_suffix(".new").rename(file)  # whole: it is read at any moment
            host = world.another()
            measured(lambda host=host: world.serves(host))
            until(lambda: world.metric("tidegate_change_pending_seconds 0.0"))
            assert world.metric("tidegate_ready 1.0")
    world.same_as_a_fresh_start()


def test_tidegate_is_killed_at_any_moment_of_a_change(world: World, measured: Measured) -> None:
    """Between the change and its end: while it decodes, writes, tests, swaps, reloads or waits for the plane."""
    moments, hosts = random.Random(5), list[str]()
    with nothing_lost(world):
        for _ in range(6):
            assert world.gateway.process
            hosts.append(world.another())
            time.sleep(moments.uniform(0, 0.6))
            world.gateway.process.send_signal(signal.SIGKILL)
            world.gateway.process.wait(10)
            world.gateway.start()
        measured(lambda: [world.serves(host) for host in hosts] and None)
    world.same_as_a_fresh_start()


def test_the_plane_is_killed(world: World, measured: Measured) -> None:
    """Nobody serves for a moment, and that is told; then what was served is served."""
    restarts = lambda: world.metric("tidegate_plane_restarts_total 1.0")  # noqa: E731
    host = world.another()
    world.serves(host)
    world.same_as_a_fresh_start()
    os.kill(world.gateway.plane_pid(), signal.SIGKILL)
    measured(lambda: until(lambda: restarts() and world.gateway.get(host)[0] == 200))
    until(lambda: b"ready\n" in world.gateway.ask_admin("/readyz"))
    world.same_as_a_fresh_start()


def test_tidegate_is_killed_and_started(world: World, measured: Measured) -> None:
    with nothing_lost(world):
        assert world.gateway.process
        world.another()
        world.gateway.process.send_signal(signal.SIGKILL)
        world.gateway.process.wait(10)
        host = world.another()
        world.gateway.start()
        measured(lambda: world.serves(host))
    world.same_as_a_fresh_start()


def test_the_disk_of_the_bundles_is_full(world: World, measured: Measured) -> None:
    """Bundles are on a disk of two megabytes of its own, that somebody else fills."""
    folder = world.gateway.state / world.gateway.plane
    assert world.gateway.stop() == 0
    tried = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "x", str(folder)], capture_output=True, check=False)
    try:
        if tried.returncode:
            pytest.skip("no disk can be mounted here: run the tests as root")
        world.gateway.start()
        world.serves(world.host)
        with nothing_lost(world):
            filler = folder / "filler"
            with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
                while out.write(b"x" * 4096):
                    pass
            host = world.another()
            until(lambda: world.metric("tidegate_config_last_reload_successful 0.0"), 60, world.gateway.log.read_text)
            assert "No space left on device" in world.gateway.log.read_text()
            assert b"ready\n" in world.gateway.ask_admin("/readyz")
            assert world.gateway.get(host)[0] == 404
            filler.unlink()
            measured(lambda: world.serves(host))
            until(lambda: world.metric("tidegate_config_last_reload_successful 1.0"))
        world.same_as_a_fresh_start()
        assert world.gateway.stop() == 0
    finally:
        if not tried.returncode:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        if world.gateway.process is None or world.gateway.process.poll() is not None:
            world.gateway.start()


def test_a_secret_is_deleted_and_restored(world: World, measured: Measured) -> None:
    host = f"secure.{world.namespace}.example.com"
    leaf = trustme.CA().issue_cert(host)
    pair = {"tls.crt": leaf.cert_chain_pems[0].bytes().decode(), "tls.key": leaf.private_key_pem.bytes().decode()}
    secret = manifests.secret(world.namespace, "secure", pair, "kubernetes.io/tls")
    own = ssl.PEM_cert_to_DER_cert(pair["tls.crt"])
    world.cluster.api.apply(secret, manifests.ingress(world.namespace, "secure", host, backend="web", secret="secure"))
    until(lambda: served(world.gateway, host) == own, said=world.gateway.log.read_text)
    with nothing_lost(world):
        world.cluster.api.delete(secret)
        until(lambda: served(world.gateway, host) != own)
        until(lambda: b'reason="SecretNotFound"' in world.gateway.ask_admin("/metrics"))
        world.cluster.api.apply(secret)
        measured(lambda: until(lambda: served(world.gateway, host) == own))
        until(lambda: b'reason="SecretNotFound"' not in world.gateway.ask_admin("/metrics"))
    world.same_as_a_fresh_start()


def served(gateway: Gateway, host: str) -> bytes:
    """The certificate that a client gets, in DER."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", gateway.https), 5) as plain,
        context.wrap_socket(plain, server_hostname=host) as s,
    ):
        return s.getpeercert(True) or b""


def test_a_thousand_objects_come_at_once_and_go_with_their_namespace(world: World, measured: Measured) -> None:
    with world.cluster.namespace("many") as many:
        hosts = [f"h{number}.{many}.example.com" for number in range(500)]

        def make(number: int) -> None:
            name = f"h{number}"
            world.cluster.api.apply(manifests.service(many, name), manifests.ingress(many, name, hosts[number]))

        with nothing_lost(world):
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(make, range(len(hosts))))
            measured(lambda: until(lambda: {world.gateway.get(host)[0] for host in hosts[::50]} == {503}, 60))
            until(lambda: count(world, f".{many}.") == len(hosts), 60)
    with nothing_lost(world):
        until(lambda: {world.gateway.get(host)[0] for host in hosts[::50]} == {404}, 90)
    world.same_as_a_fresh_start()


def count(world: World, part: str) -> int:
    """Hosts of the table whose name has ``part`` in it."""
    table = json.loads(world.gateway.ask_admin("/debug/table"))
    return sum(part in json.dumps(host["host"]) for host in table["hosts"])
