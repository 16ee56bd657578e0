"""The default certificate for hosts that have none, where the operator names no Secret. Random, so not a pure function."""

import datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from router.certs.pair import Pair, read_pair
from router.certs.types import SELF_SIGNED_SOURCE, Certificate

NAME = "default.tidegate.invalid"
"""``.invalid`` (RFC 2606): no host that anybody could ask for."""
VALID = datetime.timedelta(days=825)
"""The longest life that Apple's clients accept even from private issuers; who trusts this certificate by hand keeps it as
long as possible. The caller makes a new one in time."""
_CLOCK_SKEW = datetime.timedelta(days=1)


def make(now: datetime.datetime) -> Certificate:
    """A fresh ECDSA P-256 pair for ``NAME``, valid from a day before ``now`` (clients' clocks) for ``VALID``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    begin = now.replace(microsecond=0) - _CLOCK_SKEW
    serial = x509.random_serial_number()
    chain = (
        x509.CertificateBuilder(name, name, key.public_key(), serial, begin, begin + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    pair = read_pair(chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert isinstance(pair, Pair), "our own pair is good"
    return msgspec.structs.replace(pair.certificate, source=SELF_SIGNED_SOURCE)
