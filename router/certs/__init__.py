"""Certificates: parse, check, choose. Pure; ``now`` is an argument."""

import datetime
from collections.abc import Iterable

import msgspec

from router.base.frozen import Frozen
from router.certs.pair import Pair, Problem, read_pair, rfc3339
from router.certs.types import Certificate, ReadResult, covers
from router.facts.core import Secret

__all__ = ["Certificate", "Parsed", "ReadResult", "alike", "covers", "judged", "parsed", "read"]

EXPIRES_SOON = datetime.timedelta(days=21)
SIZE_LIMIT = 256 * 1024
"""Bytes of tls.crt and of tls.key that are looked at."""


class Parsed(Frozen):
    """What a Secret holds, whatever the time: a certificate, or the problem. ``unused``: certificates that are not sent."""

    source: str
    certificate: Certificate | None = None
    unused: int = 0
    authority: bool = False
    problem: Problem | None = None


def read(secret: Secret, now: datetime.datetime) -> ReadResult:
    """The certificate in ``tls.crt`` and ``tls.key`` of a Secret of any type, checked at ``now``.

    Reasons without a certificate: MissingCertificate, MissingKey, MalformedCertificate, MalformedKey, UnsupportedKey,
    KeyMismatch, WeakSignature, Expired, NotYetValid. With one: AuthorityCertificate, ExpiresSoon, UnusedCertificates.
    """
    return judged(parsed(secret), now)


def parsed(secret: Secret) -> Parsed:
    """The part of ``read`` that takes long, and does not depend on the time."""
    source, pair = str(secret.ref), _pair(secret)
    if isinstance(pair, Problem):
        return Parsed(source=source, problem=pair)
    return Parsed(
        source=source,
        certificate=msgspec.structs.replace(pair.certificate, source=source),
        unused=pair.unused,
        authority=pair.authority,
    )


def _pair(secret: Secret) -> Pair | Problem:
    chain, key = secret.data.get("tls.crt"), secret.data.get("tls.key")
    if chain is None or not chain.reveal():
        return Problem(reason="MissingCertificate", text="has no tls.crt")
    if key is None or not key.reveal():
        return Problem(reason="MissingKey", text="has no tls.key")
    if len(chain.reveal()) > SIZE_LIMIT:
        return Problem(reason="MalformedCertificate", text=f"has a tls.crt of more than {SIZE_LIMIT} bytes")
    if len(key.reveal()) > SIZE_LIMIT:
        return Problem(reason="MalformedKey", text=f"has a tls.key of more than {SIZE_LIMIT} bytes")
    return read_pair(chain.reveal(), key.reveal())


def judged(found: Parsed, now: datetime.datetime) -> ReadResult:
    """Whether it may be served at ``now``, and what is to be said."""
    if found.certificate is None:
        assert found.problem
        return _refused(found.source, found.problem)
    if wrong := _untimely(found.certificate, now):
        return _refused(found.source, wrong)
    warnings = (_authority(found.authority), _unused(found.unused), _expires_soon(found.certificate, now))
    said = tuple(_sentence(found.source, w) for w in warnings if w)
    return ReadResult(certificate=found.certificate, problems=said)


def alike(found: Iterable[Parsed], one: datetime.datetime, other: datetime.datetime) -> bool:
    """Whether all of them are judged the same at two moments: no certificate begins, ends or is about to end in between."""
    early, late = sorted((one, other))
    first, last = rfc3339(early), rfc3339(late)
    soon, later = rfc3339(early + EXPIRES_SOON), rfc3339(late + EXPIRES_SOON)
    dates = [(c.not_before, c.not_after) for p in found if (c := p.certificate)]
    return not any(first < begin <= last or first <= end < last or soon <= end < later for begin, end in dates)


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
