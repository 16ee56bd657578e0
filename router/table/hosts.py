"""Host names and host patterns."""

import enum

from router.base.frozen import Frozen


class HostKind(enum.StrEnum):
    """How a pattern matches. Order of preference: exact, then wildcards by length (longest first), then any."""

    EXACT = "exact"
    ONE_LABEL = "one-label"  # *.example.com, exactly one label: Ingress, Deis apps, certificates (RFC 6125)
    SUFFIX = "suffix"  # *.example.com, one label or more: Gateway API
    ANY = "any"  # no host named


class HostPattern(Frozen, order=True, cache_hash=True):
    """A host pattern. ``name``: lower-case ASCII without the ``*.``, no port, no trailing dot; empty for ANY."""

    kind: HostKind
    name: str = ""

    def __str__(self) -> str:
        if self.kind is HostKind.EXACT:
            return self.name
        return "*" if self.kind is HostKind.ANY else f"*.{self.name}"

    def matches(self, host: str) -> bool:
        """``host`` is lower-case, without port or trailing dot (see ``normal_host``)."""
        if self.kind is HostKind.ANY:
            return True
        if self.kind is HostKind.EXACT:
            return host == self.name
        head, _, tail = host.partition(".")
        if self.kind is HostKind.ONE_LABEL:
            return bool(head) and tail == self.name
        return host.endswith("." + self.name) and len(host) > len(self.name) + 1

    @property
    def preference(self) -> tuple[int, int, int, str]:
        """Sorts the pattern that wins first."""
        rank = {HostKind.EXACT: 0, HostKind.ONE_LABEL: 1, HostKind.SUFFIX: 1, HostKind.ANY: 2}[self.kind]
        longest = 0 if self.kind is HostKind.EXACT else -len(self.name)
        return (rank, longest, 0 if self.kind is HostKind.ONE_LABEL else 1, self.name)


ANY_HOST = HostPattern(kind=HostKind.ANY)
