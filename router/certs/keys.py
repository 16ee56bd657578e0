"""Private keys: read, and judged as far as it is cheap.

An RSA key is loaded without OpenSSL's primality tests: they take 45 ms for 2048 bits and 300 ms for 4096, under the
interpreter lock. Its numbers are checked to fit together instead, which takes microseconds.
"""

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key

from router.base.frozen import Frozen
from router.certs import pem

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
KEY_LIMIT = 8
"""Keys in one tls.key that are looked at."""
_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_CURVES = {"secp256r1": "p256", "secp384r1": "p384", "secp521r1": "p521"}


class BadKey(Frozen):
    """``text`` is the rest of a sentence that starts with the source."""

    reason: str
    text: str


def read(data: bytes) -> tuple[PrivateKey, ...] | BadKey:
    """The keys in ``data`` that can be served, or why there is none (what the last one suffers from)."""
    found: list[PrivateKey] = []
    wrong = BadKey(reason="MalformedKey", text="has no PEM private key in tls.key")
    for block in [b for b in pem.blocks(data) if b.label in _LABELS][:KEY_LIMIT]:
        key = _load(block)
        if isinstance(key, BadKey):
            wrong = key
        else:
            found.append(key)
    return tuple(found) or wrong


def _load(block: pem.Block) -> PrivateKey | BadKey:
    malformed = BadKey(reason="MalformedKey", text="has a tls.key that can not be read")
    if block.encrypted:
        return BadKey(reason="UnsupportedKey", text="has a tls.key with a passphrase, which nobody could enter")
    try:
        key = load_der_private_key(block.der or b"", None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, PrivateKey):
            return BadKey(reason="UnsupportedKey", text="has a tls.key that is neither RSA nor ECDSA nor Ed25519")
        return malformed if isinstance(key, rsa.RSAPrivateKey) and not _consistent(key.private_numbers()) else key
    except UnsupportedAlgorithm:
        return BadKey(reason="UnsupportedKey", text="has a tls.key of a kind that is not supported")
    except (ValueError, TypeError, InternalError):
        return malformed


def _consistent(n: rsa.RSAPrivateNumbers) -> bool:
    """Whether the numbers of an RSA key fit together (RFC 8017 section 3.2)."""
    e, modulus = n.public_numbers.e, n.public_numbers.n
    if n.p < 3 or n.q < 3 or n.p * n.q != modulus or not 3 <= e < 2**64:
        return False
    exponents = all(e * d % (prime - 1) == 1 for d, prime in ((n.d, n.p), (n.d, n.q), (n.dmp1, n.p), (n.dmq1, n.q)))
    return exponents and n.iqmp * n.q % n.p == 1


def weakness(public: CertificatePublicKeyTypes) -> str:
    """Why a leaf with this key can not be served, or empty."""
    if isinstance(public, rsa.RSAPublicKey) and not 2048 <= public.key_size <= 8192:
        return f"RSA keys have 2048 to 8192 bits, this one has {public.key_size}"
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name not in _CURVES:
        return f"browsers know the curves P-256, P-384 and P-521, not {public.curve.name}"
    return ""


def too_small(public: CertificatePublicKeyTypes) -> bool:
    """Below the 112 bits of security that OpenSSL asks of every certificate in a chain (SSL_CTX_set_security_level)."""
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size < 2048
    return isinstance(public, ec.EllipticCurvePublicKey) and public.curve.key_size < 224


def kind(public: CertificatePublicKeyTypes) -> str:
    """``rsa-2048``, ``ecdsa-p256``, ``ed25519``."""
    if isinstance(public, rsa.RSAPublicKey):
        return f"rsa-{public.key_size}"
    if isinstance(public, ec.EllipticCurvePublicKey):
        return f"ecdsa-{_CURVES.get(public.curve.name, 'other')}"
    return "ed25519"
