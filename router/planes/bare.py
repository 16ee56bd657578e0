"""The same router with nothing of any tenant in it: what a plane is told whatever the tenants say.

A table with objects has the same fixed text, word for word, plus what its view says; read-back compares with both.
"""

import msgspec

from router.base.findings import ObjectRef
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.paths import parse_path
from router.table.routes import Forward, Match, Origin, PathKind, PathMatch, Policy, Respond, Route, WeightedBackend
from router.table.types import Backend, Endpoint, Table, VirtualHost

_REF = ObjectRef(kind="Service", namespace="none", name="none")
_HOST = HostPattern(kind=HostKind.EXACT, name="none.invalid")
_ORIGIN = Origin(dialect="none", object=_REF)
_NOWHERE = Backend(id="nowhere", label="nowhere", service=_REF)
_POLICY = Policy(body_size=0)


def bare(table: Table, depths: tuple[int, ...] = (), resolves: bool = False) -> Table:
    """``table`` without hosts, backends and tenants' certificates, and with one stream to nowhere if there are streams.

    ``depths``: prefixes with so many elements stand in it all the same; ``resolves``: so does an endpoint that is a DNS name.
    Rules without a host stay rules without a host.
    """
    routes = [_route(depth, Respond(status=404)) for depth in depths]
    named = (Backend(id="none", label="none", service=_REF, endpoints=(Endpoint(address=_HOST.name, port=1),)),) * resolves
    streams = tuple(msgspec.structs.replace(s, origin=_ORIGIN, backend=_NOWHERE.id) for s in table.streams[:1])
    routes += [_route(0, Forward(backends=(WeightedBackend(backend="none"),)))] * resolves
    hosts = (VirtualHost(host=_HOST, listeners=(), routes=tuple(routes)),) * bool(routes)
    any_host = (VirtualHost(host=ANY_HOST, listeners=(), routes=()),) * any(v.host == ANY_HOST for v in table.hosts)
    return msgspec.structs.replace(
        table,
        hosts=(*hosts, *any_host),
        backends=(*named, _NOWHERE),
        streams=streams,
        refused=(),
        sni=(),
        certificates=tuple(c for c in table.certificates if c.id == table.default_certificate),
    )


def _route(depth: int, action: Respond | Forward) -> Route:
    path = parse_path("/x" * depth or "/")
    assert isinstance(path, str)
    match = Match(path=PathMatch(kind=PathKind.PREFIX, value=path))
    return Route(id=f"none{depth}", origin=_ORIGIN, match=match, action=action, policy=_POLICY)
