"""TCP listeners of the settings, forwarded as they are."""

from collections.abc import Iterable, Mapping

from router.base.digest import digest
from router.base.findings import Finding, ObjectRef, error
from router.base.frozen import Frozen
from router.settings import Settings, TcpService
from router.table import from_settings
from router.table.claims import BackendRef
from router.table.resolving import Target
from router.table.routes import Origin
from router.table.types import StreamRoute


class Streams(Frozen):
    """``--tcp`` by port, the first of each; ``findings`` about the others."""

    wanted: Mapping[int, TcpService]
    findings: tuple[Finding, ...] = ()


def wanted(settings: Settings) -> Streams:
    found: dict[int, TcpService] = {}
    said: dict[Finding, None] = {}
    web = {settings.http.port, settings.https.port}
    for tcp in settings.tcp:
        if tcp.listen in web or tcp.listen in found:
            message = f"--tcp {tcp.listen}: this port is already in use; {tcp.namespace}/{tcp.service} is not served."
            said.setdefault(error(None, "--tcp", "PortTaken", message, "Choose another port."))
        else:
            found[tcp.listen] = tcp
    return Streams(wanted=found, findings=tuple(said))


def ref_of(tcp: TcpService) -> BackendRef:
    return BackendRef(namespace=tcp.namespace, service=tcp.service, port=tcp.port)


def routes(
    streams: Iterable[TcpService], targets: Mapping[BackendRef, Target], settings: Settings
) -> tuple[tuple[StreamRoute, ...], tuple[Finding, ...]]:
    """(by port, what is missing)"""
    made, said = [], dict[Finding, None]()
    for tcp in sorted(streams, key=lambda tcp: tcp.listen):
        service = ObjectRef(kind="Service", namespace=tcp.namespace, name=tcp.service)
        origin = Origin(dialect="settings", object=service, rule=f"--tcp {tcp.listen}")
        target = targets[ref_of(tcp)]
        if complaint := target.complaint(service, origin.rule):
            said.setdefault(complaint)
        made.append(
            StreamRoute(
                id=digest("stream", str(tcp.listen), str(origin)),
                listener=from_settings.stream_listener(tcp.listen),
                origin=origin,
                backend=target.id,
                connect_timeout=settings.connect_timeout,
            )
        )
    return tuple(made), tuple(said)
