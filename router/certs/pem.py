"""PEM (RFC 7468), read as leniently as people paste it: text around the blocks, any line ending, indented lines."""

import base64
import binascii
from collections.abc import Iterator

from router.base.frozen import Frozen

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"


class Block(Frozen):
    """``label``: ``CERTIFICATE``, ``RSA PRIVATE KEY``, ... ``der``: None if the content is not base64 (which it is not
    in the old encrypted keys: RFC 1421 headers). ``encrypted``: such headers or label were found."""

    label: str
    der: bytes | None
    encrypted: bool = False


def blocks(data: bytes) -> Iterator[Block]:
    """The blocks of ``data`` in order, each part looked at once. A block that does not end is no block."""
    for part in data.split(_BEGIN)[1:]:
        label, dashes, rest = part.partition(_DASHES)
        if not dashes or len(label) > 40:
            continue
        body, end, _ = rest.partition(_END + label + _DASHES)
        if end:
            yield _block(label.decode("ascii", "replace"), body)


def _block(label: str, body: bytes) -> Block:
    encrypted = label.startswith("ENCRYPTED ") or b"Proc-Type:" in body
    try:
        return Block(label=label, der=base64.b64decode(b"".join(body.split()), validate=True), encrypted=encrypted)
    except binascii.Error:
        return Block(label=label, der=None, encrypted=encrypted)
