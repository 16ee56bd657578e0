"""What was decided for one DiurnalController, done: each write with the version that was seen as its precondition."""

from typing import Any

from router.base.findings import ObjectRef
from router.controllers.diurnal.kinds import BY_KIND, DIURNALS
from router.controllers.diurnal.scales import Scales
from router.controllers.diurnal.types import API_VERSION, FINALIZER, KIND, NOTE, Decision, Seen, Write
from router.controllers.kit.calls import path_of
from router.controllers.kit.merging import merge_patch
from router.controllers.kit.world import World, saying
from router.controllers.leader.run import Failure
from router.sources.kubernetes.transport import ApiError

REPORTER = "tidegate.dev/diurnal-controller"


def body_of(write: Write, *, scale: bool) -> dict[str, Any]:
    """The merge patch. A scale has no annotations of its own."""
    meta: dict[str, Any] = {"uid": write.target.uid, "resourceVersion": write.target.resource_version}
    if not scale and (write.note or "") != write.target.note:
        meta["annotations"] = {NOTE: write.note}
    return {"metadata": {key: value for key, value in meta.items() if value}, "spec": dict(write.fields)}


class Doer:
    """One decision. ``failures``: by target, what the API server says to the last write; ``wrong``: what is to be tried again."""

    def __init__(self, world: World, scales: Scales, seen: Seen, decision: Decision, failures: dict[str, str]) -> None:
        self._world, self._scales, self._seen, self._decision = world, scales, seen, decision
        self._owner = (seen.meta.namespace, seen.meta.name)
        self._finalizers = list(seen.finalizers)
        self._version = seen.meta.resource_version
        self.failures = failures
        self.wrong: Exception | None = None

    async def do(self) -> None:
        try:
            if self._decision.finalizer is True:
                await self._finalize(stands=True)
            for write in self._decision.writes:
                await self._write(write)
            await self._status()
            if self._decision.finalizer is False and self.wrong is None:
                await self._finalize(stands=False)
        except Failure as wrong:
            self.wrong = self.wrong or wrong
        self._say()

    async def _write(self, write: Write) -> None:
        """A conflict means that the target was changed meanwhile: what to write follows from what it is then."""
        target = write.target
        try:
            await self._patch(write)
        except ApiError as wrong:
            if wrong.status == 404:
                return
            if wrong.status != 409:
                self.failures[target.id] = str(wrong)
            self.wrong = self.wrong or wrong
        except Failure as wrong:
            self.failures[target.id] = f"the API server can not be reached: {wrong or type(wrong).__name__}"
            self.wrong = self.wrong or wrong
        else:
            self.failures.pop(target.id, None)

    async def _patch(self, write: Write) -> None:
        target, namespace = write.target, self._owner[0]
        if target.kind in BY_KIND:
            kind = BY_KIND[target.kind]
            path = path_of(kind.api_version, kind.plural, namespace, target.name)
            wrote = await self._world.calls.patch(path, body_of(write, scale=False))
            self._world.wrote(self._owner, kind, wrote.resource_version)
            return
        plural = await self._scales.plural(target.api_version, target.kind)
        if plural is None:
            raise ApiError(400, f"{target.kind} of {target.api_version} is not installed, or has no scale")
        path = path_of(target.api_version, plural, namespace, target.name, "scale")
        await self._world.calls.patch(path, body_of(write, scale=True))

    async def _finalize(self, *, stands: bool) -> None:
        """With the version that was seen: finalizers are a list, and others have theirs in it."""
        if (FINALIZER in self._finalizers) is stands:
            return
        names = [name for name in self._finalizers if name != FINALIZER] + ([FINALIZER] if stands else [])
        body = {"metadata": {"uid": self._seen.meta.uid, "resourceVersion": self._version, "finalizers": names}}
        path = path_of(DIURNALS.api_version, DIURNALS.plural, *self._owner)
        try:
            wrote = await self._world.calls.patch(path, body)
        except ApiError as wrong:
            if wrong.status == 404:
                return
            raise
        self._finalizers, self._version = names, wrote.resource_version
        if stands:  # one that lost its last finalizer is gone, and its mark would never be seen
            self._world.wrote(self._owner, DIURNALS, wrote.resource_version)

    async def _status(self) -> None:
        change = merge_patch(self._seen.status, self._decision.status)
        if not change:
            return
        body = {"metadata": {"uid": self._seen.meta.uid}, "status": change}
        path = path_of(DIURNALS.api_version, DIURNALS.plural, *self._owner, "status")
        try:
            wrote = await self._world.calls.patch(path, body)
        except ApiError as wrong:
            if wrong.status == 404:
                return
            raise
        self._version = wrote.resource_version
        self._world.wrote(self._owner, DIURNALS, wrote.resource_version)

    def _say(self) -> None:
        ref = ObjectRef(kind=KIND, namespace=self._owner[0], name=self._owner[1])
        for said in self._decision.says:
            words = {"type": said.type, "reason": said.reason, "action": "Scaling", "note": said.note}
            self._world.voice.say(saying(ref, self._seen.meta.uid, API_VERSION, REPORTER, **words))
