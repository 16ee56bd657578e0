"""Which certificate a TLS client gets: from claims and Secrets to bindings."""

import datetime
from collections.abc import Iterable, Mapping

from router.base.findings import Finding, ObjectRef, Severity, error, warning
from router.certs import Certificate, ReadResult, covers, read
from router.facts.core import Secret
from router.facts.meta import Key
from router.table.claims import CertificateClaim
from router.table.hosts import HostPattern
from router.table.types import SniBinding


class Chooser:
    """Reads Secrets, each once, and binds certificates to hosts."""

    def __init__(self, secrets: Mapping[Key, Secret], now: datetime.datetime) -> None:
        self._secrets, self._now = secrets, now
        self._read: dict[Key, ReadResult | None] = {}
        self.findings: list[Finding] = []

    def read(self, key: Key) -> ReadResult | None:
        """None if the Secret does not exist."""
        if key not in self._read:
            secret = self._secrets.get(key)
            self._read[key] = read(secret, self._now) if secret else None
        return self._read[key]

    def named(self, setting: str, flag: str) -> Certificate | None:
        """The certificate of ``NAMESPACE/NAME`` in a setting."""
        if not setting:
            return None
        namespace, _, name = setting.partition("/")
        ref = ObjectRef(kind="Secret", namespace=namespace, name=name)
        found = self.read((namespace, name))
        if found is None:
            fix = "Create it, or name another one."
            self.findings.append(error(ref, "", "SecretNotFound", f"{ref}, named by {flag}, does not exist.", fix))
            return None
        for reason, sentence in found.problems:
            make = warning if found.certificate else error
            self.findings.append(make(ref, "data", reason, sentence, f"{flag} names it."))
        return found.certificate

    def bindings(
        self, claims: Iterable[CertificateClaim], owners: Mapping[HostPattern, str]
    ) -> tuple[tuple[SniBinding, ...], tuple[Certificate, ...]]:
        """For each host the oldest good claim of the namespace that owns it. ``owners``: host -> namespace, empty = nobody."""
        bound: dict[HostPattern, Certificate] = {}
        for claim in sorted(claims, key=lambda c: (c.age, c.origin, str(c.host), c.secret)):
            if owners.get(claim.host) not in (claim.namespace, ""):
                continue  # the loser of a host was told so; a certificate never follows where the host does not
            certificate = self._claimed(claim)
            if certificate and claim.host not in bound:
                bound[claim.host] = certificate
        sni = tuple(sorted(SniBinding(host=host, certificate=c.id) for host, c in bound.items()))
        return sni, tuple(sorted({c.id: c for c in bound.values()}.values(), key=lambda c: c.id))

    def _claimed(self, claim: CertificateClaim) -> Certificate | None:
        """The certificate if it may be served for the host; the claim's owner is told otherwise."""
        owner, tail = claim.origin.object, f"{claim.host} gets the default certificate."
        found = self.read((claim.namespace, claim.secret))
        if found is None:
            message = f"Secret {claim.namespace}/{claim.secret} does not exist; {tail}"
            self._say(error(owner, claim.field, "SecretNotFound", message, "Create it in the same namespace."))
            return None
        for reason, sentence in found.problems:
            severity = Severity.WARNING if found.certificate else Severity.ERROR
            message = sentence if found.certificate else f"{sentence.removesuffix('.')}; {tail}"
            self._say(Finding(severity=severity, object=owner, field=claim.field, reason=reason, message=message))
        certificate = found.certificate
        if certificate and not covers(certificate, str(claim.host)):
            names = ", ".join(certificate.names) or "no name at all"
            message = f"Secret {claim.namespace}/{claim.secret} has a certificate for {names}; {tail}"
            self._say(error(owner, claim.field, "HostNotCovered", message, f"Use a certificate that names {claim.host}."))
            return None
        return certificate

    def _say(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)
