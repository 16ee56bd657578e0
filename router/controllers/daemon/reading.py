"""A DaemonController from a document. A field that is wrong is a finding and closes: nothing is done that it could mean."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from router.base.findings import Finding, ObjectRef, error
from router.controllers.daemon.types import (
    Amount,
    Choice,
    DaemonController,
    DaemonSpec,
    HostPorts,
    MakeRoom,
    PodTemplate,
    PreDelete,
    Update,
)
from router.facts import owners
from router.facts.decode import DecodeError, Steps, decode, path_text
from router.facts.matching import selects
from router.facts.pods import Pod
from router.facts.scheduling import Selector

Document = Mapping[str, Any]
T = TypeVar("T")

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_URL_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1023}", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3})%", re.ASCII)
_TEMPLATE = ("spec", "template")
_ROLLING = ("spec", "updateStrategy", "rollingUpdate")


class _Reader:
    """Reads fields of one document and gathers what is wrong with them."""

    def __init__(self, ref: ObjectRef, document: Document) -> None:
        self.ref, self.document = ref, document
        self.findings: list[Finding] = []

    def at(self, *steps: str) -> Any:
        value: Any = self.document
        for step in steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def bad(self, steps: Steps, message: str, fix: str) -> None:
        self.findings.append(error(self.ref, path_text(steps), "InvalidSpec", f"{path_text(steps)} {message}.", fix))

    def guarded(self, read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except DecodeError as wrong:
            self.bad(wrong.steps, wrong.message, wrong.fix)
            return default

    def whole(self, steps: tuple[str, ...], default: int, low: int = 0, high: int = 2**31 - 1) -> int:
        value = self.at(*steps)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.bad(steps, f"is not a whole number from {low} to {high}", f"write a number, such as {max(default, low)}")
        return default

    def amount(self, steps: tuple[str, ...]) -> Amount | None:
        """None if it is not there or not understood."""
        value = self.at(*steps)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
            return Amount(number=value)
        if isinstance(value, str) and (found := _PERCENT.fullmatch(value)) and int(found[1]) <= 100:
            return Amount(number=int(found[1]), percent=True)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return Amount(number=int(value))
        self.bad(steps, "is neither a number nor a percentage up to 100%", "write 3 or 30%")
        return None

    def flag(self, steps: tuple[str, ...]) -> bool:
        value = self.at(*steps)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.bad(steps, "is not true or false", "write true or false, without quotes")
        return False

    def text(self, steps: tuple[str, ...], default: str = "") -> str:
        value = self.at(*steps)
        if value is None or isinstance(value, str):
            return value if value is not None else default
        self.bad(steps, "is not text", "put it in quotes")
        return default

    def word(self, steps: tuple[str, ...], words: tuple[str, ...]) -> str:
        value = self.text(steps, words[0])
        if value in words:
            return value
        self.bad(steps, f"is not one of {', '.join(words)}", f"write {words[0]}, or leave it out")
        return words[0]


def daemon_controller(document: Document) -> DaemonController:
    """The object, with findings about its fields. Raises DecodeError only if its metadata can not be read."""
    meta = owners.metadata(document)
    reader = _Reader(ObjectRef(kind="DaemonController", namespace=meta.namespace, name=meta.name), document)
    selector = reader.guarded(lambda: owners.selector(reader.at("spec", "selector") or {}), Selector())
    template = reader.guarded(lambda: template_of(reader.at(*_TEMPLATE)), PodTemplate())
    _checked(reader, selector, template)
    choice, hook = _choice(reader), _pre_delete(reader)
    fatal = len(reader.findings)
    spec = DaemonSpec(
        selector=selector,
        template=template,
        min_ready=reader.whole(("spec", "minReadySeconds"), 0),
        history_limit=reader.whole(("spec", "revisionHistoryLimit"), 10),
        update=_update(reader),
        choice=choice,
        pre_delete=hook,
        make_room=_make_room(reader),
    )
    if len(reader.findings) > fatal:
        spec = msgspec.structs.replace(spec, update=msgspec.structs.replace(spec.update, held=True))
    status = document.get("status")
    return DaemonController(
        metadata=meta,
        spec=spec,
        status=status if isinstance(status, Mapping) else {},
        findings=tuple(reader.findings),
        usable=not fatal,
    )


def template_of(value: object) -> PodTemplate:
    """Unordered in, canonical out, without the nulls that Go programs write."""
    if not isinstance(value, Mapping):
        raise DecodeError(_TEMPLATE, "is missing", "write the template of a pod")
    metadata = value.get("metadata")
    if not isinstance(metadata, Mapping | None):
        raise DecodeError((*_TEMPLATE, "metadata"), "is not a mapping", "write labels: and the labels of the pods")
    try:
        view = decode({"metadata": {**(metadata or {}), "name": "template"}, "spec": value.get("spec") or {}}, Pod)
    except DecodeError as wrong:
        raise DecodeError((*_TEMPLATE, *wrong.steps), wrong.message, wrong.fix) from None
    return PodTemplate(json=canonical(value), labels=view.metadata.labels, spec=view.spec)


def canonical(value: object) -> str:
    """JSON with sorted keys and without nulls: equal meaning, equal text."""
    return msgspec.json.encode(_without_nulls(value), order="deterministic").decode()


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(inner) for inner in value]
    return value


def _checked(reader: _Reader, selector: Selector, template: PodTemplate) -> None:
    """What upstream's validation refuses (apps/v1 DaemonSet)."""
    if reader.findings:
        return
    if selector.empty:
        reader.bad(("spec", "selector"), "is empty, so it would select all pods", "name the labels of the template")
    elif not selects(selector, template.labels):
        reader.bad(("spec", "selector"), "does not match the labels of spec.template", "write the same labels in both")
    if template.spec.restart_policy not in ("", "Always"):
        reader.bad((*_TEMPLATE, "spec", "restartPolicy"), "is not Always", "leave it out: a daemon's pod runs for ever")
    if template.spec.active_deadline_seconds is not None:
        reader.bad((*_TEMPLATE, "spec", "activeDeadlineSeconds"), "ends pods that should run for ever", "remove it")
    if not template.spec.containers:
        reader.bad((*_TEMPLATE, "spec", "containers"), "is empty", "name a container and its image")


def _choice(reader: _Reader) -> Choice:
    return Choice(
        nodes=reader.amount(("spec", "nodes")),
        salt=reader.text(("spec", "choice", "salt")),
        zone_label=reader.text(("spec", "choice", "zoneLabel")),
    )


def _update(reader: _Reader) -> Update:
    unavailable, surge = reader.amount((*_ROLLING, "maxUnavailable")), reader.amount((*_ROLLING, "maxSurge"))
    surge = surge or Amount(number=0)
    if unavailable is None:
        unavailable = Amount(number=0 if surge.number else 1)
    if unavailable.number and surge.number:
        reader.bad((*_ROLLING, "maxSurge"), "and maxUnavailable are both set", "set one of them to 0")
    if not unavailable.number and not surge.number:
        reader.bad((*_ROLLING, "maxUnavailable"), "and maxSurge are both 0", "set one of them to 1 or more")
    canary = reader.at(*_ROLLING, "nodeSelector")
    steps = (*_ROLLING, "nodeSelector")
    return Update(
        on_delete=reader.word(("spec", "updateStrategy", "type"), ("RollingUpdate", "OnDelete")) == "OnDelete",
        max_unavailable=unavailable,
        max_surge=surge,
        partition=reader.amount((*_ROLLING, "partition")) or Amount(number=0),
        canary=None if canary is None else reader.guarded(lambda: owners.selector(canary, steps), None),
        paused=reader.flag((*_ROLLING, "paused")),
        strict=reader.flag((*_ROLLING, "strict")),
        host_ports=HostPorts(reader.word((*_ROLLING, "hostPorts"), tuple(p.value for p in HostPorts))),
    )


def _pre_delete(reader: _Reader) -> PreDelete | None:
    """One that is wrong holds everything: without it pods would go before they are drained."""
    here = ("spec", "preDelete")
    if reader.at(*here) is None:
        return None
    labels, http = reader.at(*here, "labels") or {}, reader.at(*here, "http")
    if not isinstance(labels, Mapping) or not all(isinstance(v, str) for v in labels.values()):
        reader.bad((*here, "labels"), "is not a mapping of labels", "write labels that a pod bears while it may not go")
        labels = {}
    if not labels and http is None:
        reader.bad(here, "says neither labels nor http", "write one of them, or remove preDelete")
    port = reader.whole((*here, "http", "port"), 0, 1, 65535) if http is not None else 0
    if isinstance(http, Mapping) and http.get("port") is None:
        reader.bad((*here, "http", "port"), "is missing", "write the port that the pod answers at")
    path = reader.text((*here, "http", "path"), "/")
    if not _URL_PATH.fullmatch(path):
        reader.bad((*here, "http", "path"), "is not the path of a URL", "begin it with /, and percent-encode the rest")
    return PreDelete(labels=labels, port=port, path=path, timeout=reader.whole((*here, "timeoutSeconds"), 300))


def _make_room(reader: _Reader) -> MakeRoom | None:
    here = ("spec", "makeRoom")
    if not reader.flag((*here, "enabled")):
        return None
    after, limit = reader.whole((*here, "afterSeconds"), 30), reader.whole((*here, "maxEvictions"), 1, 1)
    return MakeRoom(after=after, limit=limit)
