"""What a dialect says: claims. Merging claims into a table (ownership, conflicts, order) is table.merge's work."""

from collections.abc import Sequence

from router.base.faults import Fault
from router.base.findings import Finding
from router.base.frozen import Frozen
from router.table.hosts import ANY_HOST, HostPattern
from router.table.routes import Match, Origin, Policy, Redirect, Respond, Rewrite


class BackendRef(Frozen, order=True):
    """A Service port by name (str) or number (int); ``port`` 0 = "any": named in the annotation, else 80, else the only one."""

    namespace: str
    service: str
    port: str | int = 0


class ForwardTo(Frozen, tag="forward-to"):
    """Forward to Service ports by weight: a Forward whose backends are not resolved yet. ``field``: for findings."""

    backends: tuple[tuple[BackendRef, int], ...]
    rewrite: Rewrite | None = None
    field: str = ""


class RouteClaim(Frozen):
    """One wish: host and match -> action. ``age`` sorts oldest first: (creationTimestamp or "", namespace, name).

    ``field``: the API path of the path or annotation that made the claim, for findings. ``fallback``: a default
    backend of ``host``; with ``everywhere`` the global one, for all hosts that have none of their own.
    ``action`` None: the host is named, and nothing more.
    """

    origin: Origin
    age: tuple[str, str, str]
    action: ForwardTo | Redirect | Respond | None
    host: HostPattern = ANY_HOST
    match: Match = Match()
    policy: Policy = Policy()
    fallback: bool = False
    everywhere: bool = False
    field: str = ""


class CertificateClaim(Frozen):
    """``host`` wants the certificate in the Secret ``secret`` of ``namespace`` (always the claiming object's own)."""

    origin: Origin
    age: tuple[str, str, str]
    host: HostPattern
    namespace: str
    secret: str
    field: str = ""


class Claims(Frozen):
    """The output of one dialect, or of one object. Findings about single items; every other item of the object stands.
    ``faults``: objects that could not be read because of a bug of ours; what is known of their matches is claimed shut."""

    routes: tuple[RouteClaim, ...] = ()
    certificates: tuple[CertificateClaim, ...] = ()
    findings: tuple[Finding, ...] = ()
    faults: tuple[Fault, ...] = ()


SHUT = ForwardTo(backends=())
"""What is claimed for a match that must not fall to another one: 503."""


def joined(parts: Sequence[Claims]) -> Claims:
    """Several claims as one, in their order."""
    return Claims(
        routes=tuple(r for c in parts for r in c.routes),
        certificates=tuple(r for c in parts for r in c.certificates),
        findings=tuple(f for c in parts for f in c.findings),
        faults=tuple(f for c in parts for f in c.faults),
    )
