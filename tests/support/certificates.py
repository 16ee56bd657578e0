"""Certificates and keys for tests."""

import datetime
import functools

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from router.base.frozen import PrivateBytes
from router.facts.core import Secret
from router.facts.meta import Meta

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOST = "shop.example.com"


@functools.cache
def key(kind="p256", number=0):
    """The same key for the same arguments, within one run."""
    if kind.startswith("rsa-"):
        return rsa.generate_private_key(65537, int(kind[4:]))
    curves = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "k256": ec.SECP256K1}
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    return {"ed25519": ed25519.Ed25519PrivateKey, "ed448": ed448.Ed448PrivateKey}[kind].generate()


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(private, names=(HOST,), subject="leaf", issuer="leaf", signer=None, begin=NOW - DAY, end=NOW + 90 * DAY):
    """Signed by ``signer`` (default: itself). ``names`` None leaves the SAN extension out."""
    signer = signer or private
    built = x509.CertificateBuilder(name(issuer), name(subject), private.public_key(), 1, begin, end)
    if names is not None:
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    plain = isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return built.sign(signer, None if plain else hashes.SHA256())


def pem(*parts):
    """PEM of certificates and keys, one after the other."""
    made = b""
    for part in parts:
        if isinstance(part, x509.Certificate):
            made += part.public_bytes(Encoding.PEM)
        else:
            made += part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made


def secret(chain=None, private=None, type="kubernetes.io/tls"):
    parts = {"tls.crt": chain, "tls.key": private}
    data = {k: PrivateBytes(v) for k, v in parts.items() if v is not None}
    return Secret(metadata=Meta(name="tls", namespace="shop"), type=type, data=data)
