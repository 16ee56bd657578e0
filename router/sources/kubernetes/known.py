"""What is known of one kind: its objects as they were last good, and what is wrong with those that are not."""

from collections.abc import Callable, Mapping

import msgspec

from router.base.faults import Fault, Step, caught
from router.base.findings import Finding, ObjectRef, error
from router.base.log import Logger
from router.facts.decode import DecodeError, decode_json
from router.facts.meta import Fact, Key
from router.sources.kubernetes import wire

log = Logger(__name__)


class Draft:
    """A list that is being read: objects and findings. Nothing of it shows before it is whole."""

    def __init__(self) -> None:
        self.items: dict[Key, Fact] = {}
        self.findings: dict[Key, Finding | Fault] = {}

    def copy(self) -> "Draft":
        made = Draft()
        made.items, made.findings = dict(self.items), dict(self.findings)
        return made

    def drop(self, raw: msgspec.Raw) -> None:
        """It went while the list was read. msgspec.MsgspecError if it has no name."""
        meta = wire.heads.decode(raw).metadata
        self.items.pop((meta.namespace, meta.name), None)
        self.findings.pop((meta.namespace, meta.name), None)


class Known:
    """``read``: makes the fact of the JSON text, where that is more than its fields. ``calm``: a version in which nothing is new
    that we read does not count as a change. It is kept, but not shown."""

    def __init__(self, kind: type[Fact], read: Callable[[msgspec.Raw], Fact] | None = None, *, calm: bool = False) -> None:
        self._kind, self._read, self._calm = kind, read, calm
        self._now = Draft()
        self._shown: tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]] | None = None

    @property
    def state(self) -> tuple[Mapping[Key, Fact], Mapping[Key, Finding | Fault]]:
        """(objects, findings), never changed; the same object as long as nothing changes. Copied at the first event after it was
        asked for, not at each: events come in thousands."""
        if self._shown is None:
            self._shown = (self._now.items, self._now.findings)
        return self._shown

    @property
    def items(self) -> Mapping[Key, Fact]:
        """The objects, without a copy: for a look that is over before the next event."""
        return self._now.items

    def take(self, raw: msgspec.Raw, draft: Draft) -> None:
        """Decode one object into ``draft``. An unchanged one stays the same; a broken one keeps its last good version."""
        try:
            meta = wire.heads.decode(raw).metadata
        except msgspec.MsgspecError:
            self._nameless()
            return
        key = (meta.namespace, meta.name)
        known = self._now.items.get(key)
        if known is not None and meta.resource_version and known.metadata.resource_version == meta.resource_version:
            draft.items[key] = known
            if key in self._now.findings:
                draft.findings[key] = self._now.findings[key]
            return
        try:
            made = self._read(raw) if self._read else decode_json(raw, self._kind)
            own = made.key  # the same, of the fact's own texts
            draft.items[own if own == key else key] = made
            draft.findings.pop(key, None)
        except Exception as wrong:
            draft.findings[key] = self._undecoded(meta, wrong, kept=known is not None)
            if known is not None:
                draft.items[key] = known

    def follow(self, event: wire.Event) -> tuple[str, bool]:
        """One event of a watch: (the version that it moves on to, whether anything changed)."""
        try:
            meta = wire.heads.decode(event.object).metadata
        except msgspec.MsgspecError:
            self._nameless()
            return "", False
        if event.type == "BOOKMARK":
            return meta.resource_version, False
        key = (meta.namespace, meta.name)
        before = self._look(key)
        if self._shown and self._shown[0] is self._now.items:
            self._now = self._now.copy()
        if event.type == "DELETED":
            self._now.drop(event.object)
        else:
            self.take(event.object, self._now)
        changed = not self._calm or not _says_the_same(before, self._look(key))
        if changed:
            self._shown = None
        return meta.resource_version, changed

    def replace(self, draft: Draft) -> bool:
        """What a list says is all there is: what it does not name is gone. Whether anything changed."""
        now = self._now
        same = draft.items.keys() == now.items.keys() and all(now.items[key] is item for key, item in draft.items.items())
        if same and draft.findings == now.findings:
            return False
        self._now, self._shown = draft, None
        return True

    def _look(self, key: Key) -> tuple[Fact | None, Finding | Fault | None]:
        return self._now.items.get(key), self._now.findings.get(key)

    def _nameless(self) -> None:
        """An object of which not even the name can be read: nobody can be told but the operator."""
        log.warning("an object without a name that can be read is left out", kind=self._kind.__name__)

    def _undecoded(self, meta: wire.ObjectMeta, wrong: Exception, *, kept: bool) -> Finding | Fault:
        ref = ObjectRef(kind=self._kind.__name__, namespace=meta.namespace, name=meta.name)
        effect = "its last good version is used" if kept else "it is left out"
        if isinstance(wrong, DecodeError):
            return error(ref, wrong.path, "NotDecoded", f"{wrong.message}; {effect}.", wrong.fix)
        return caught(wrong, Step.DECODE, ref, effect)


def _says_the_same(one: tuple[Fact | None, Finding | Fault | None], other: tuple[Fact | None, Finding | Fault | None]) -> bool:
    """But for the version."""
    (before, wrong_before), (after, wrong_after) = one, other
    if before is None or after is None or wrong_before != wrong_after:
        return before is after and wrong_before == wrong_after
    meta = msgspec.structs.replace(after.metadata, resource_version=before.metadata.resource_version)
    return msgspec.structs.replace(after, metadata=meta) == before
