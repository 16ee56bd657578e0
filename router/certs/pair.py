"""One certificate chain and its key: parsed, matched, ordered, written anew. The validity dates are the caller's."""

import datetime
import functools
import hashlib
import itertools
import re
import ssl
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from router.base.frozen import Frozen, PrivateBytes
from router.certs import keys, pem
from router.certs.keys import PrivateKey
from router.certs.types import Certificate

CHAIN_LIMIT = 20
"""Certificates in one tls.crt; real chains have up to 5, and each costs every TLS handshake."""
_CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?){0,126}", re.ASCII)
_UNREADABLE = (
    ValueError, TypeError, InternalError, UnsupportedAlgorithm,
    x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What cryptography raises for wrong content."""


READINGS = 64
"""Certificates that one context of OpenSSL reads."""
_readings = itertools.count()


class Problem(Frozen):
    """``text`` is the rest of a sentence that starts with the source: ``has no tls.key``."""

    reason: str
    text: str


class Pair(Frozen):
    """A good pair without a source. ``unused``: certificates of the input that are no part of the chain. ``authority``: it is
    the certificate of a CA, which is there to sign others (RFC 5280 4.2.1.9)."""

    certificate: Certificate
    unused: int = 0
    authority: bool = False


def read_pair(chain_pem: bytes, key_pem: bytes) -> Pair | Problem:
    """The pair in ``tls.crt`` and ``tls.key``."""
    certificates = _certificates(chain_pem)
    if isinstance(certificates, Problem):
        return certificates
    private = keys.read(key_pem)
    if isinstance(private, keys.BadKey):
        return Problem(reason=private.reason, text=private.text)
    try:
        return _match(certificates, private)
    except _UNREADABLE:
        return Problem(reason="MalformedCertificate", text="has a certificate in tls.crt that can not be read")


def _certificates(data: bytes) -> tuple[x509.Certificate, ...] | Problem:
    found: list[x509.Certificate] = []
    for block in pem.blocks(data):
        if block.label not in _CERTIFICATE_LABELS:
            continue
        number = len(found) + 1
        if number > CHAIN_LIMIT:
            return Problem(reason="MalformedCertificate", text=f"has more than {CHAIN_LIMIT} certificates in tls.crt")
        try:
            found.append(x509.load_der_x509_certificate(block.der or b""))
        except _UNREADABLE:
            return Problem(reason="MalformedCertificate", text=f"has a tls.crt whose certificate {number} can not be read")
    return tuple(dict.fromkeys(found)) or Problem(reason="MalformedCertificate", text="has no PEM certificate in tls.crt")


def _match(certificates: Sequence[x509.Certificate], private: Sequence[PrivateKey]) -> Pair | Problem:
    by_spki = {_spki(k): k for k in reversed(private)}
    leaf = next((c for c in certificates if _certificate_spki(c) in by_spki), None)
    if leaf is None:
        return Problem(reason="KeyMismatch", text="has a tls.key that does not belong to its certificate")
    key = by_spki[_certificate_spki(leaf)]
    chain = _ordered(leaf, certificates)
    if wrong := _refused(key, chain):
        return wrong
    return Pair(certificate=_written(chain, key), unused=len(certificates) - len(chain), authority=_is_authority(leaf))


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certificate_spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ordered(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The leaf, its issuer, the issuer's issuer, ... as far as they are there (RFC 8446 section 4.4.2)."""
    chain, left = [leaf], [c for c in certificates if c != leaf]
    while not _self_issued(chain[-1]) and (issuer := next((c for c in left if c.subject == chain[-1].issuer), None)):
        chain.append(issuer)
        left.remove(issuer)
    return tuple(chain)


def _self_issued(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _refused(key: PrivateKey, chain: Sequence[x509.Certificate]) -> Problem | None:
    """What OpenSSL refuses to load at its default security level; one such file would stop the whole plane."""
    if why := keys.weakness(key.public_key()):
        return Problem(reason="UnsupportedKey", text=f"has a key that can not be served: {why}")
    for number, certificate in enumerate(chain, 1):
        if not _openssl_reads(certificate):
            return Problem(reason="MalformedCertificate", text=f"has a tls.crt whose certificate {number} OpenSSL can not read")
    for certificate in chain[1:]:
        if keys.too_small(certificate.public_key()):
            return Problem(reason="UnsupportedKey", text="has an issuer in its chain whose key is too small")
    for certificate in chain:
        weak = isinstance(certificate.signature_hash_algorithm, hashes.SHA1 | hashes.MD5)
        if weak and not _self_issued(certificate):
            return Problem(reason="WeakSignature", text="has a certificate signed with SHA-1 or MD5, which no client accepts")
    return None


@functools.lru_cache(1)
def _context(_: int) -> ssl.SSLContext:
    """To make one takes longer than to read a certificate with it. It keeps what it read, so it is given up now and then."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _openssl_reads(certificate: x509.Certificate) -> bool:
    """The library that reads certificates here is not the planes': it takes some that OpenSSL does not."""
    try:
        _context(next(_readings) // READINGS).load_verify_locations(cadata=certificate.public_bytes(Encoding.DER))
    except (ssl.SSLError, ValueError):
        return False
    return True


def _written(chain: Sequence[x509.Certificate], key: PrivateKey) -> Certificate:
    """Written anew from the parsed form: nothing of the input's text goes on. ``source`` is the caller's."""
    text = b"".join(c.public_bytes(Encoding.PEM) for c in chain)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(
        id=hashlib.sha256(text + private).hexdigest(),
        source="",
        names=_names(chain[0]),
        not_before=rfc3339(chain[0].not_valid_before_utc),
        not_after=rfc3339(chain[0].not_valid_after_utc),
        chain=text.decode("ascii"),
        key=PrivateBytes(private),
        key_type=keys.kind(key.public_key()),
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """DNS names that a client can ask for; the common name counts only without a SAN extension (RFC 6125 section 6.4.4)."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names: Sequence[str] = extension.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = [str(a.value) for a in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    lower = {name.lower().removesuffix(".") for name in names if len(name) <= 253}
    return tuple(sorted(name for name in lower if _NAME.fullmatch(name)))


def rfc3339(moment: datetime.datetime) -> str:
    """``2026-06-01T12:00:00Z``; sorts as text."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
