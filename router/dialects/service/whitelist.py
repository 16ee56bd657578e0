"""Who is let in to an app, and to a Service that is mounted below a path of another app."""

from router.base.findings import Finding, ObjectRef
from router.base.parse import Network
from router.dialects.service.annotations import WHITELIST
from router.facts.annotations import Values, annotation_field
from router.settings import Settings
from router.table.allow import Allow, allowed, tidy


def read_whitelist(values: Values, settings: Settings, ref: ObjectRef) -> tuple[Allow, list[Finding]]:
    """The app's own list with the router's default one."""
    return allowed(values.get(WHITELIST, ()), settings, ref, annotation_field(values.key(WHITELIST)))


def both(one: Allow, other: Allow) -> Allow:
    """Who is on both lists. Networks contain each other or are disjoint, so it is those inside one of the other list."""
    if one is None or other is None:
        return other if one is None else one
    return tidy((*_inside(one, other), *_inside(other, one)))


def _inside(networks: tuple[Network, ...], others: tuple[Network, ...]) -> list[Network]:
    wanted, lengths = set(others), {(n.version, n.prefixlen) for n in others}
    return [
        n
        for n in networks
        if any(v == n.version and length <= n.prefixlen and n.supernet(new_prefix=length) in wanted for v, length in lengths)
    ]
