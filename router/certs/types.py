"""A checked pair of certificate and key, and what reading a Secret says."""

from router.base.frozen import Frozen, PrivateBytes

SELF_SIGNED_SOURCE = "self-signed"


class Certificate(Frozen):
    """A certificate chain and the private key of its leaf. They belong together and both planes can load them.

    ``id``: sha256 (hex) of chain and key. ``source``: ``Secret shop/shop-tls``, for people. ``names``: DNS names of the
    subject alternative names (the common name only if there are none), sorted, lower-case A-labels, wildcards as
    ``*.example.com``. Dates are RFC 3339 UTC. ``chain``: PEM, leaf first, written anew from the parsed certificates.
    ``key``: PEM (PKCS#8), written anew. ``key_type``: ``rsa-2048``, ``ecdsa-p256``, ``ed25519``.
    """

    id: str
    source: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    chain: str
    key: PrivateBytes
    key_type: str


class ReadResult(Frozen):
    """``certificate`` is None if it must not be served. ``problems``: (reason word, sentence); with a certificate they
    are warnings (``ExpiresSoon``, ``UnusedCertificates``), without one the first of them is the cause."""

    certificate: Certificate | None = None
    problems: tuple[tuple[str, str], ...] = ()


def covers(certificate: Certificate, host: str) -> bool:
    """Whether a client that asked for ``host`` (lower-case A-labels; ``*.x`` for a wildcard host) accepts the names:
    exact, or a wildcard for exactly the first label (RFC 6125 section 6.4.3)."""
    head, dot, tail = host.partition(".")
    return host in certificate.names or bool(head and dot and f"*.{tail}" in certificate.names)
