"""Names for generated things: hex digests of identities, so that no user text becomes a name."""

import hashlib


def digest(*parts: str, length: int = 12) -> str:
    """A short hex digest of a tuple of texts. Unambiguous: ``("a", "bc")`` and ``("ab", "c")`` differ."""
    h = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8, "big"))
        h.update(data)
    return h.hexdigest()[:length]
