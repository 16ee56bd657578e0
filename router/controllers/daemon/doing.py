"""What was decided for one DaemonController, done: in order, each write noted, so that nobody decides before it is seen."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from router.base.log import Logger
from router.controllers.daemon.kinds import DAEMONS
from router.controllers.daemon.types import (
    API_VERSION,
    KIND,
    Create,
    DaemonController,
    Decision,
    Delete,
    Evict,
    Memory,
    Nominate,
    Patch,
    Seen,
)
from router.controllers.kit.batches import slow_start
from router.controllers.kit.calls import path_of
from router.controllers.kit.following import Kind
from router.controllers.kit.kinds import PODS, REVISIONS, WORKLOADS
from router.controllers.kit.merging import merge_patch
from router.controllers.kit.world import World, saying
from router.controllers.leader.run import Failure
from router.sources.kubernetes.transport import YAML, ApiError

log = Logger(__name__)
REPORTER = "tidegate.dev/daemon-controller"
_ENDING = "because it is being terminated"
"""What the API server says of a create in a namespace that ends (403)."""
_PATCHED: Mapping[str, Kind] = {"Pod": PODS, "ControllerRevision": REVISIONS}


class Doer:
    """One decision. ``memory``: with what was learnt; ``ending``: the namespace is. ``stale``: the caches are late.

    Failures are kept until the status is written.
    """

    def __init__(self, world: World, seen: Seen, decision: Decision) -> None:
        self._world, self._seen, self._decision = world, seen, decision
        self._daemon: DaemonController = seen.daemon
        self._owner = seen.daemon.key
        self.memory: Memory = decision.memory
        self.ending = self.stale = False
        self.wrong: Exception | None = None
        """the first failure"""
        self.created: Exception | None = None
        """the first failure of a create"""

    async def do(self) -> None:
        """LostError, and faults of ours, pass through; what the API server or the network refuses is in ``wrong``."""
        if await self._tried(self._patches) and await self._tried(self._revisions):
            await self._creates()
            await self._tried(self._marks)
            await self._many(self._decision.deletes, self._delete)
            await self._many(self._decision.nominations, self._nominate)
            await self._many(self._decision.evictions, self._evict)
        await self._tried(self._status)
        for said in self._decision.sayings:
            self._world.voice.say(msgspec.structs.replace(said, reporter=REPORTER, api_version=_version_of(said.object.kind)))

    async def _tried(self, step: Callable[[], Awaitable[None]]) -> bool:
        try:
            await step()
        except Failure as wrong:
            self.wrong = self.wrong or wrong
            return False
        return True

    async def _many(self, items: tuple[Any, ...], call: Callable[[Any], Awaitable[None]]) -> None:
        _, wrong = await slow_start(items, call)
        self.wrong = self.wrong or wrong

    def _path(self, kind: Kind, name: str = "", sub: str = "") -> str:
        return path_of(kind.api_version, kind.plural, self._owner[0], name, sub)

    async def _patches(self) -> None:
        """Adoption only of a daemon that is there, alive and the same: the cache may be late about that."""
        patches = self._decision.patches
        if any(patch.verb == "adopt" for patch in patches) and not await self._lives():
            raise ApiError(409, "the DaemonController was deleted, or made anew, meanwhile")
        for patch in patches:
            await self._patch(patch)

    async def _lives(self) -> bool:
        found = await self._world.calls.get(self._path(DAEMONS, self._owner[1]))
        meta = found["metadata"] if found else {}
        return meta.get("uid") == self._daemon.metadata.uid and not meta.get("deletionTimestamp")

    async def _patch(self, patch: Patch) -> None:
        """404: it is gone. 409 and 422: it is another one or has changed; the next sight shows what it is."""
        kind = _PATCHED[patch.kind]
        try:
            wrote = await self._world.calls.patch(self._path(kind, patch.name), patch.body)
        except ApiError as wrong:
            if wrong.status == 404:
                return
            raise
        self._world.wrote(self._owner, kind, wrote.resource_version)

    async def _revisions(self) -> None:
        decision, calls = self._decision, self._world.calls
        if decision.revision_create is not None:
            await self._create_revision(decision.revision_create)
        for change in decision.revision_renumber:
            body = {"metadata": {"uid": change.uid}, "revision": change.revision}
            wrote = await calls.patch(self._path(REVISIONS, change.name), body)
            self._world.wrote(self._owner, REVISIONS, wrote.resource_version)
        for name in decision.revision_deletes:
            uid = next((r.metadata.uid for r in self._seen.revisions if r.metadata.name == name), "")
            await self._deleted(self._path(REVISIONS, name), uid, None)

    async def _create_revision(self, body: Mapping[str, Any]) -> None:
        """409: the cache is late. A revision that it shows has its name taken, so what it will show is what we made before."""
        try:
            wrote = await self._world.calls.create(self._path(REVISIONS), body, content=YAML)
        except ApiError as wrong:
            self._not_begun(wrong)
            raise
        self._world.wrote(self._owner, REVISIONS, wrote.resource_version)

    def _not_begun(self, wrong: ApiError) -> None:
        """Without its revision no pod is made: each node that waits for one says so, as if the pod had been refused."""
        if wrong.status == 409:
            return
        if wrong.status == 403 and _ENDING in str(wrong):
            self.ending = True
            return
        refused = {create.node: str(wrong) for create in self._decision.creates}
        self.memory = msgspec.structs.replace(self.memory, create_errors={**self.memory.create_errors, **refused})
        self._say("Warning", "FailedCreate", f"A ControllerRevision can not be created: {wrong}")

    async def _creates(self) -> None:
        errors = dict(self.memory.create_errors)

        async def one(create: Create) -> None:
            try:
                await self._create(create)
            except ApiError as wrong:
                errors[create.node] = str(wrong)
                raise
            errors.pop(create.node, None)

        _, wrong = await slow_start(self._decision.creates, one)
        self.memory = msgspec.structs.replace(self.memory, create_errors=errors)
        if wrong is None:
            return
        if isinstance(wrong, ApiError) and wrong.status == 403 and _ENDING in str(wrong):
            self.ending = True
            return
        self.created = wrong
        self._say("Warning", "FailedCreate", f"A pod can not be created: {wrong or type(wrong).__name__}")

    async def _create(self, create: Create) -> None:
        """409: the name follows from what was seen, so it is a pod that we made of the same sight before. The cache is late."""
        try:
            wrote = await self._world.calls.create(self._path(PODS), create.body)
        except ApiError as wrong:
            if wrong.status != 409:
                raise
            self.stale = True
            return
        self._world.wrote(self._owner, PODS, wrote.resource_version)
        self._say("Normal", "SuccessfulCreate", f"Created pod {create.name} for node {create.node}.")

    async def _marks(self) -> None:
        """Pods that are to be drained are told so."""
        for drain in self._decision.drains:
            if drain.patch is not None:
                await self._patch(Patch(verb="drain", kind="Pod", name=drain.name, uid=drain.uid, body=drain.patch))
                self._say(
                    "Normal", "Draining", f"Pod {drain.name} on node {drain.node} is drained before it goes: {drain.reason}."
                )

    async def _delete(self, delete: Delete) -> None:
        await self._deleted(self._path(PODS, delete.name), delete.uid, delete.grace)
        self._say("Normal", "SuccessfulDelete", f"Deleted pod {delete.name} on node {delete.node or '-'}: {delete.reason}.")

    async def _deleted(self, path: str, uid: str, grace: int | None) -> None:
        """Owed before it is sent: a delete whose answer is lost may have arrived."""
        barrier, now = self._world.barrier, self._world.clock.monotonic
        barrier.deleted(self._owner, uid, now(), answered=False)
        try:
            await self._world.calls.delete(path, uid, grace)
        except ApiError as wrong:
            if wrong.status < 500:
                barrier.kept(self._owner, uid)
            raise
        barrier.deleted(self._owner, uid, now())

    async def _nominate(self, one: Nominate) -> None:
        """404, 409: the pod is gone, or another one has its name."""
        body = {"metadata": {"uid": one.uid}, "status": {"nominatedNodeName": one.node}}
        try:
            wrote = await self._world.calls.patch(self._path(PODS, one.name, "status"), body)
        except ApiError as wrong:
            if wrong.status not in (404, 409):
                raise
            return
        self._world.wrote(self._owner, PODS, wrote.resource_version)

    async def _evict(self, evict: Evict) -> None:
        """429: a PodDisruptionBudget says no, which is an answer, not a failure."""
        namespace, name = evict.key
        try:
            await self._world.calls.evict(namespace, name, evict.uid)
        except ApiError as wrong:
            if wrong.status not in (404, 409, 429):
                raise
            if wrong.status == 429:
                self._say(
                    "Warning", "EvictionRefused", f"Pod {namespace}/{name} on node {evict.node} may not be evicted: {wrong}"
                )
            return
        self._world.barrier.deleted(self._owner, evict.uid, self._world.clock.monotonic())

    async def _status(self) -> None:
        """Only what differs, and tried twice."""
        if self._decision.status is None:
            return
        change = merge_patch(self._daemon.status, self._decision.status)
        if not change:
            return
        body = {"metadata": {"uid": self._daemon.metadata.uid}, "status": change}
        path = self._path(DAEMONS, self._owner[1], "status")
        for last in (False, True):
            try:
                wrote = await self._world.calls.patch(path, body)
            except Failure as wrong:
                if isinstance(wrong, ApiError) and wrong.status == 404:
                    return
                if last:
                    raise
            else:
                self._world.wrote(self._owner, DAEMONS, wrote.resource_version)
                return

    def _say(self, type_: str, reason: str, note: str) -> None:
        meta = self._daemon.metadata
        self._world.voice.say(saying(self._daemon.ref, meta.uid, API_VERSION, REPORTER, type=type_, reason=reason, note=note))


def _version_of(kind: str) -> str:
    return API_VERSION if kind == KIND else WORKLOADS[kind].api_version
