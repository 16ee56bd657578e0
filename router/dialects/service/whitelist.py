"""Who is let in: an app's list, the router's default list, and what holds when a list is not understood."""

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.parse import Bad, Network, network
from router.dialects.service.annotations import WHITELIST
from router.facts.annotations import Values, annotation_field
from router.settings import Settings

Allow = tuple[Network, ...] | None
"""None = everyone, () = nobody; see Policy.allow."""


def read_whitelist(values: Values, settings: Settings, ref: ObjectRef) -> tuple[Allow, list[Finding]]:
    """A bad item is refused alone: whom it meant stays out. A list without a good item lets nobody in but those of the
    default list, where that is extended."""
    items: tuple[str, ...] = values.get(WHITELIST, ())
    field = annotation_field(values.key(WHITELIST))
    if not items:
        return _without_own(settings, field, ref)
    parsed = [network(item) for item in items]
    fix = "Write an IPv4 or IPv6 address, or a network such as 10.0.0.0/8."
    findings = [
        error(ref, field, "InvalidWhitelist", f"whitelist: {bad.why}; nobody is let in by this item.", fix)
        for bad in parsed
        if isinstance(bad, Bad)
    ]
    own = tuple(n for n in parsed if not isinstance(n, Bad))
    return tidy((*settings.default_whitelist, *own) if settings.whitelist_mode == "extend" else own), findings


def _without_own(settings: Settings, field: str, ref: ObjectRef) -> tuple[Allow, list[Finding]]:
    if settings.default_whitelist:
        return tidy(settings.default_whitelist), []
    if not settings.enforce_whitelists:
        return None, []
    message = "Whitelists are enforced and this app has none; nobody is let in."
    return (), [warning(ref, field, "WhitelistMissing", message, "Name the networks that are let in.")]


def tidy(networks: tuple[Network, ...]) -> tuple[Network, ...]:
    """Sorted, each once."""
    return tuple(sorted(set(networks), key=lambda n: (n.version, n)))


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
