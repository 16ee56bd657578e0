"""Certificates: parse, check, choose. Pure; ``now`` is an argument."""

import datetime

import msgspec

from router.certs.pair import Problem, read_pair, rfc3339
from router.certs.types import Certificate, ReadResult, covers
from router.facts.core import Secret

__all__ = ["Certificate", "ReadResult", "covers", "read"]

EXPIRES_SOON = datetime.timedelta(days=21)
SIZE_LIMIT = 256 * 1024
"""Bytes of tls.crt and of tls.key that are looked at."""


def read(secret: Secret, now: datetime.datetime) -> ReadResult:
    """The certificate in ``tls.crt`` and ``tls.key`` of a Secret of any type, checked at ``now``.

    Reasons without a certificate: MissingCertificate, MissingKey, MalformedCertificate, MalformedKey, UnsupportedKey,
    KeyMismatch, WeakSignature, Expired, NotYetValid. With one: AuthorityCertificate, ExpiresSoon, UnusedCertificates.
    """
    source = str(secret.ref)
    chain, key = secret.data.get("tls.crt"), secret.data.get("tls.key")
    if chain is None or not chain.reveal():
        return _refused(source, Problem(reason="MissingCertificate", text="has no tls.crt"))
    if key is None or not key.reveal():
        return _refused(source, Problem(reason="MissingKey", text="has no tls.key"))
    if len(chain.reveal()) > SIZE_LIMIT:
        return _refused(source, Problem(reason="MalformedCertificate", text=f"has a tls.crt of more than {SIZE_LIMIT} bytes"))
    if len(key.reveal()) > SIZE_LIMIT:
        return _refused(source, Problem(reason="MalformedKey", text=f"has a tls.key of more than {SIZE_LIMIT} bytes"))
    pair = read_pair(chain.reveal(), key.reveal())
    if isinstance(pair, Problem):
        return _refused(source, pair)
    if wrong := _untimely(pair.certificate, now):
        return _refused(source, wrong)
    warnings = (_authority(pair.authority), _unused(pair.unused), _expires_soon(pair.certificate, now))
    return ReadResult(
        certificate=msgspec.structs.replace(pair.certificate, source=source),
        problems=tuple(_sentence(source, w) for w in warnings if w),
    )


def _refused(source: str, problem: Problem) -> ReadResult:
    return ReadResult(problems=(_sentence(source, problem),))


def _sentence(source: str, problem: Problem) -> tuple[str, str]:
    return (problem.reason, f"{source} {problem.text}.")


def _untimely(certificate: Certificate, now: datetime.datetime) -> Problem | None:
    """Both ends belong to the validity period (RFC 5280 section 4.1.2.5)."""
    moment = rfc3339(now)
    if certificate.not_after < moment:
        return Problem(reason="Expired", text=f"has a certificate that expired at {certificate.not_after}")
    if certificate.not_before > moment:
        return Problem(reason="NotYetValid", text=f"has a certificate that is valid only from {certificate.not_before}")
    return None


def _expires_soon(certificate: Certificate, now: datetime.datetime) -> Problem | None:
    if certificate.not_after >= rfc3339(now + EXPIRES_SOON):
        return None
    return Problem(reason="ExpiresSoon", text=f"has a certificate that expires at {certificate.not_after}")


def _authority(yes: bool) -> Problem | None:
    text = "has the certificate of an authority (CA:TRUE), which many clients do not accept from a server"
    return Problem(reason="AuthorityCertificate", text=text) if yes else None


def _unused(count: int) -> Problem | None:
    if not count:
        return None
    text = f"has certificates in tls.crt that are no part of the chain and are not sent: {count}"
    return Problem(reason="UnusedCertificates", text=text)
