"""Faults: exceptions that are bugs of ours, caught around one object, so that they cost only that object. Values, like findings.

    made = guarded(Step.INGRESS, ingress.ref, SHUT, read, ingress, settings)
    if isinstance(made, Fault): ...

Pure rooms carry faults in their results; the spine logs and counts each once. Whoever guards decides what stands in for what is
missing, and never opens what was closed.
"""

import enum
import traceback
from collections.abc import Callable, Iterable
from typing import TypeVar, TypeVarTuple

from router.base.findings import Finding, ObjectRef, error
from router.base.frozen import Frozen

R = TypeVar("R")
A = TypeVarTuple("A")

FIX = "Report it with the traceback in Tidegate's log. Until it is mended, say the same in another way, or remove the object."
SHUT = "its hosts and paths answer 503"
_TRACE_LIMIT = 16_000


class Step(enum.StrEnum):
    """Where a fault happened: a closed set, because it is a label of a metric."""

    DECODE = "decode"
    SERVICE = "service"
    INGRESS = "ingress"
    BACKEND = "backend"
    CERTIFICATE = "certificate"
    ROUTE = "route"
    HOST = "host"
    RENDER = "render"
    PASS = "pass"  # noqa: S105 -- a whole pass of the spine


_DOING = {
    Step.DECODE: "decoding it",
    Step.SERVICE: "reading it as an app",
    Step.INGRESS: "reading it as an Ingress",
    Step.BACKEND: "looking for its endpoints",
    Step.CERTIFICATE: "reading its certificate",
    Step.ROUTE: "making a route of it",
    Step.HOST: "putting the routes of a host together",
    Step.RENDER: "writing it for the plane",
    Step.PASS: "building the table",
}


class Fault(Frozen):
    """One exception. ``error``: its type's name; ``effect``: a clause that says what it costs; ``trace``: the traceback."""

    step: Step
    object: ObjectRef | None
    error: str
    effect: str
    trace: str

    @property
    def finding(self) -> Finding:
        """What the object's owner is told."""
        doing = _DOING[self.step] if self.object else f"at work on all of step {self.step}"
        message = f"Tidegate itself failed while {doing} ({self.error}); {self.effect}."
        return error(self.object, "", "InternalError", message, FIX)


def guarded(step: Step, about: ObjectRef | None, effect: str, make: Callable[[*A], R], *arguments: *A) -> R | Fault:
    """``make(*arguments)``, or the Fault that it met."""
    try:
        return make(*arguments)
    except Exception as wrong:
        return caught(wrong, step, about, effect)


def caught(wrong: Exception, step: Step, about: ObjectRef | None, effect: str) -> Fault:
    """The Fault of an exception. What was said about a Secret is left out of it: it may quote the Secret."""
    kind = type(wrong)
    secret = about is not None and about.kind == "Secret"
    lines = traceback.format_tb(wrong.__traceback__)
    lines += [f"{kind.__name__}\n"] if secret else traceback.format_exception_only(wrong)
    return Fault(step=step, object=about, error=kind.__name__, effect=effect, trace="".join(lines)[-_TRACE_LIMIT:])


def findings_of(faults: Iterable[Fault]) -> list[Finding]:
    return [fault.finding for fault in faults]
