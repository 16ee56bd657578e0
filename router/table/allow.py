"""Who is let in: an object's list, the router's default list, and what holds when a list is not understood."""

from collections.abc import Iterable, Sequence

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.parse import Bad, network
from router.settings import Settings
from router.table.routes import Network

Allow = tuple[Network, ...] | None
"""None = everyone, () = nobody: see Policy.allow."""


def allowed(items: Sequence[str], settings: Settings, ref: ObjectRef, field: str) -> tuple[Allow, list[Finding]]:
    """``items`` of the list that ``field`` holds. A bad item is refused alone: whom it meant stays out. No items: no list."""
    if not items:
        return _by_default(settings, ref, field)
    read = [network(item) for item in items]
    fix = "Write an IPv4 or IPv6 address, or a network such as 10.0.0.0/8."
    findings = [
        error(ref, field, "InvalidWhitelist", f"whitelist: {bad.why}; nobody is let in by this item.", fix)
        for bad in read
        if isinstance(bad, Bad)
    ]
    own = [n for n in read if not isinstance(n, Bad)]
    default = settings.default_whitelist if settings.whitelist_mode == "extend" else ()
    return tidy((*default, *own)), findings


def _by_default(settings: Settings, ref: ObjectRef, field: str) -> tuple[Allow, list[Finding]]:
    if settings.default_whitelist:
        return tidy(settings.default_whitelist), []
    if not settings.enforce_whitelists:
        return None, []
    message = f"Whitelists are enforced and this {ref.kind} has none; nobody is let in."
    return (), [warning(ref, field, "WhitelistMissing", message, "Name the networks that are let in.")]


def tidy(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Sorted, each once."""
    return tuple(sorted(set(networks), key=lambda n: (n.version, n)))
