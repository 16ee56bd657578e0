"""The composition root: settings to objects, listed by hand, in one task group."""

import asyncio
import contextlib
import datetime
import gc
import os
import pwd
import resource
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from router import __version__, state
from router.base.allocator import give_back_free_memory, give_back_large_blocks
from router.base.clock import Clock, SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.base.log import Logger
from router.base.memo import Memo
from router.base.rows import Same
from router.certs import Certificate
from router.drain import until_asked
from router.facts.meta import Key
from router.facts.own_deployment import from_deployment
from router.facts.snapshot import Snapshot
from router.planes.bundle import without_files
from router.planes.find import find_binary
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.hook import HookedPlane
from router.planes.live import LivePlane
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Binary, Driver
from router.planes.store import Store
from router.reconcile import Reconciler
from router.report.http import serving
from router.report.status import Status
from router.settings import Settings
from router.sources.source import Source
from router.table.build import build
from router.table.types import Table
from router.translate import Memos, Translation, translate

_YOUNG = 20_000
"""New values that the collector of cycles looks at together: a pass makes as many, and hardly a cycle."""
log = Logger(__name__)


class Runner(Protocol):
    """Something that runs until it is cancelled."""

    async def run(self) -> None: ...


class SourceSpec(Frozen):
    """Where objects come from: exactly one of the three."""

    paths: tuple[str, ...] = ()
    kubeconfig: Path | None = None
    context: str = ""
    in_cluster: bool = False


def drivers() -> Mapping[str, Driver]:
    """The planes there are."""
    return {"nginx": NginxDriver(), "haproxy": HaproxyDriver()}


async def make_source(spec: SourceSpec, settings: Settings, clock: Clock) -> Source:
    """TidegateError if a path does not exist, the kubeconfig can not be read, or we do not know which pod we are but have to."""
    if spec.paths:
        from router.sources.directory import DirectorySource  # noqa: PLC0415 -- only what is used is loaded

        source = DirectorySource(spec.paths, clock)
        source.load()
        return source
    from router.sources.kubernetes import beside, kubernetes_source, routers  # noqa: PLC0415

    namespace, pod = own_pod(os.environ)
    if settings.publish_nodes != "off" and not (namespace and pod):
        raise TidegateError("--publish-nodes needs POD_NAMESPACE and POD_NAME, from metadata.namespace and metadata.name")
    return await kubernetes_source(
        kubeconfig=spec.kubeconfig,
        context=spec.context,
        namespaces=settings.namespaces,
        clock=clock,
        own=(namespace, os.environ.get("TIDEGATE_DEPLOYMENT", "tidegate")),
        more=(*beside(settings.namespaces, settings.publish_service), *routers(namespace, settings.publish_nodes)),
    )


def own_pod(environment: Mapping[str, str]) -> Key:
    """(namespace, name), as far as the field references of our pod say so."""
    return (environment.get("POD_NAMESPACE", ""), environment.get("POD_NAME", ""))


def make_writing(spec: SourceSpec, settings: Settings, clock: Clock, status: Status) -> Runner | None:
    """Who writes to the cluster, if there is one and a Lease to decide who does."""
    if spec.paths:
        return None
    from router.controllers.start import Writing, identity, lease_of  # noqa: PLC0415
    from router.sources.kubernetes.client import ClientTransport  # noqa: PLC0415

    lease = lease_of(settings, os.environ)
    if lease is None:
        if settings.controllers:
            raise TidegateError("--controllers needs a Lease that says who leads: add --leader-lease NAMESPACE/NAME")
        return None
    me = identity(os.environ, secrets.token_hex(8))
    pod = own_pod(os.environ)
    return Writing(lambda: ClientTransport(spec.kubeconfig, spec.context), lease, me, settings, clock, status, pod)


class Translator:
    """Snapshot to table with everything that is not in the snapshot: settings, pages, the default certificate. What a change does
    not touch is the same object in the next table, and the next table is the same object if nothing of it changed."""

    def __init__(self, settings: Settings, explicit: frozenset[str]) -> None:
        self._settings, self._explicit = settings, explicit
        self._memos = Memos()
        self._fallback: Certificate | None = None
        self._scoped = Memo[tuple[Settings, list[Finding]]]()
        self._pages, self._paged = Same[tuple[tuple[str, str], ...]](), Memo[Table]()

    def __call__(self, snapshot: Snapshot, now: datetime.datetime) -> Translation:
        settings, said = self._settings, list[Finding]()
        self._scoped.turn()
        self._paged.turn()
        for deployment in snapshot.deployments.values():
            settings, more = self._scoped.of(from_deployment, settings, deployment, self._explicit)
            said += more
        if self._fallback is None or state.ends_soon(self._fallback, now):
            self._fallback = state.default_certificate(Path(settings.state), now)
        made = translate(snapshot, settings, now, self._fallback, self._memos)
        table = self._paged.of(state.with_pages, made.table, self._pages.of(state.read_pages(settings.pages)))
        return msgspec.structs.replace(made, table=table, findings=(*said, *made.findings) if said else made.findings)


async def run_gateway(settings: Settings, explicit: frozenset[str], plane_name: str, spec: SourceSpec) -> int:
    """Run until SIGTERM or SIGINT; the exit code. TidegateError for what the operator must change."""
    give_back_large_blocks()
    clock = SystemClock()
    settings = state.effective(settings, explicit)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the plane inherits it: a connection is two files
    driver = drivers()[plane_name]
    plane = await _plane(driver, settings, clock)
    source = await make_source(spec, settings, clock)
    translator = Translator(settings, explicit)
    state.read_pages(settings.pages)
    status = Status(source, plane_name, __version__, settings.pending_limit)
    loop = Reconciler(source, plane, translator, clock, status, settings, asyncio.to_thread)
    plane.store.open()
    try:
        table = build(Snapshot(), (), settings, clock.now(), None).table
        last = await plane.begin(table.listeners)
        if last:
            loop.live = without_files(last)
            status.resumed(last.generation)
        status.running = lambda: plane.running
        if isinstance(plane, LivePlane):
            status.restarts = lambda: plane.restarts
        async with serving(status, clock, settings.admin):
            writing = make_writing(spec, settings, clock, status)
            await _until_told(loop, plane, source, settings, status, clock, writing)
    finally:
        plane.store.close()
    return 0


async def _plane(driver: Driver, settings: Settings, clock: Clock) -> LivePlane | HookedPlane:
    store = Store(Path(settings.state), driver.name, settings.keep_bundles, _worker_id(driver))
    if settings.reload_hook:
        binary, there = await _binary_or_assumed(driver, settings)
        return HookedPlane(driver, binary, store, settings.reload_hook, settings.hook_timeout, has_binary=there)
    binary = await find_binary(driver, settings.plane_binary)
    log.info(f"found {driver.name} {binary.version_text}", plane=driver.name, path=binary.path)
    return LivePlane(driver, binary, store, clock, str(settings.status))


async def _binary_or_assumed(driver: Driver, settings: Settings) -> tuple[Binary, bool]:
    try:
        return await find_binary(driver, settings.plane_binary), True
    except TidegateError:
        if settings.plane_binary:
            raise
        return driver.assumed(), False


def _worker_id(driver: Driver) -> int | None:
    """As root, the user that the plane's workers run as must own the keys that they read at each handshake."""
    user = getattr(driver, "worker_user", "")
    if os.geteuid() != 0 or not user:
        return None
    return pwd.getpwnam(user).pw_uid


async def _collected_late(status: Status, clock: Clock) -> None:
    """The collector of reference cycles is off (router.__main__) until the first table serves, a minute at most, and then never
    looks at what was made until now: hundreds of thousands of values that hold no cycles, and live as long as the objects that
    they were made of. It would walk over all of them a dozen times while they are made, which is a third of the time that reading
    takes, and again in passes later on. Nor does it once now: for half a second nothing else could run, and it would find a few
    thousand small values. It is a setting of the process, so it belongs to the composition root."""
    for _ in range(600):
        if status.builds and status.pending_since is None:
            break
        await clock.sleep(0.1)
    gc.freeze()
    gc.set_threshold(_YOUNG)
    gc.enable()
    give_back_free_memory()


class Orders:
    """What signals ask of us. USR1: go out of service, but serve on. TERM and INT: that, and end when the delay is over.

    A second INT: at once. A second TERM says nothing new: a kubelet that was restarted sends it again mid-drain.
    """

    def __init__(self, now: Callable[[], float], retire: Callable[[], None]) -> None:
        self.told, self.hurry = asyncio.Event(), asyncio.Event()
        self._now, self._retire = now, retire
        self._since: float | None = None

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number, heard in ((signal.SIGUSR1, self.retire), (signal.SIGTERM, self.end), (signal.SIGINT, self.interrupt)):
            loop.add_signal_handler(number, heard)

    def retire(self) -> None:
        if self._since is None:
            self._since = self._now()
            self._retire()

    def end(self) -> None:
        self.retire()
        self.told.set()

    def interrupt(self) -> None:
        if self.told.is_set():
            self.hurry.set()
        self.end()

    def is_over(self, delay: float) -> bool:
        """Whether we went out of service ``delay`` seconds ago, or longer."""
        return self._since is not None and self.rest(delay) <= 0

    def rest(self, delay: float) -> float:
        """Seconds of ``delay`` that are left: it counts from when we went out of service."""
        return delay if self._since is None else max(0.0, self._since + delay - self._now())


def _retire(status: Status, plane: LivePlane | HookedPlane) -> None:
    log.info("out of service: unready, still serving")
    status.draining = True
    plane.farewell()


async def _until_told(  # noqa: PLR0917
    loop: Reconciler,
    plane: LivePlane | HookedPlane,
    source: Source,
    settings: Settings,
    status: Status,
    clock: Clock,
    writing: Runner | None,
) -> None:
    """Run everything until a signal; then become unready, wait, let requests in flight end."""
    orders = Orders(clock.monotonic, lambda: _retire(status, plane))
    orders.listen()
    status.drained = lambda: orders.is_over(settings.drain_delay)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, loop.mailbox.poke)
    async with asyncio.TaskGroup() as group:
        tasks: Sequence[asyncio.Task[None]] = [
            group.create_task(_collected_late(status, clock), name="collector"),
            group.create_task(source.run(loop.poke), name="source"),
            group.create_task(loop.run(), name="reconcile"),
            group.create_task(plane.supervise(), name="supervise"),
            group.create_task(plane.guard(loop.mailbox.poke), name="guard"),
        ]
        if settings.drain_file:
            tasks = [*tasks, group.create_task(until_asked(Path(settings.drain_file), clock, orders.retire), name="drain")]
        if writing:
            tasks = [*tasks, group.create_task(writing.run(), name="writing")]
        loop.poke()
        await orders.told.wait()
        delay = orders.rest(settings.drain_delay)
        log.info("asked to end: unready, still serving", delay=round(delay, 1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await orders.hurry.wait()
        for task in tasks:
            task.cancel()
    await plane.stop(0 if orders.hurry.is_set() else settings.drain_timeout)
    log.info("ended")
