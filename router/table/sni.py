"""Which certificate a TLS client gets: from claims and Secrets to certificates bound to hosts."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, ObjectRef, Severity, error, warning
from router.base.frozen import Frozen
from router.certs import Certificate, ReadResult, covers, read
from router.facts.core import Secret
from router.facts.meta import Key
from router.table.claims import CertificateClaim
from router.table.hosts import HostKind, HostPattern


class Bound(Frozen):
    """A certificate for a host. ``namespace``: whose it is; empty for the operator's, which is for everybody."""

    host: HostPattern
    certificate: Certificate
    namespace: str = ""


class Chooser:
    """Reads Secrets, each once, and binds certificates to hosts."""

    def __init__(self, secrets: Mapping[Key, Secret], now: datetime.datetime) -> None:
        self._secrets, self._now = secrets, now
        self._read: dict[Key, ReadResult | None] = {}
        self._said: dict[Finding, None] = {}
        self.faults: list[Fault] = []

    @property
    def findings(self) -> list[Finding]:
        return list(self._said)

    def named(self, setting: str, flag: str) -> Certificate | None:
        """The operator's certificate: ``NAMESPACE/NAME`` in the setting ``flag``, empty for none."""
        if not setting:
            return None
        namespace, _, name = setting.partition("/")
        ref = ObjectRef(kind="Secret", namespace=namespace, name=name)
        found = self._result((namespace, name))
        if found is None:
            self._say(
                error(ref, "", "SecretNotFound", f"{ref}, named by {flag}, does not exist.", "Create it, or name another one.")
            )
            return None
        for reason, sentence in found.problems:
            make = warning if found.certificate else error
            self._say(make(ref, "data", reason, sentence, f"{flag} names it."))
        return found.certificate

    def bind(self, claims: Iterable[CertificateClaim]) -> dict[HostPattern, Bound]:
        """For each host the oldest claim whose certificate is good. ``claims``: only of those who have a say on their hosts."""
        bound: dict[HostPattern, Bound] = {}
        winners: dict[HostPattern, CertificateClaim] = {}
        for claim in sorted(claims, key=lambda c: (c.age, c.origin, c.host, c.secret)):
            certificate = self._claimed(claim)
            if certificate is None:
                continue
            winner = winners.setdefault(claim.host, claim)
            if winner is claim:
                bound[claim.host] = Bound(host=claim.host, certificate=certificate, namespace=claim.namespace)
            elif winner.secret != claim.secret:
                message = f"{claim.host} has the certificate of {winner.origin.object}, which is older."
                self._say(warning(claim.origin.object, claim.field, "CertificateOwned", message, "Name the same Secret in both."))
        return bound

    def _result(self, key: Key) -> ReadResult | None:
        """None if the Secret does not exist."""
        if key not in self._read:
            secret = self._secrets.get(key)
            self._read[key] = self._guarded(secret) if secret else None
        return self._read[key]

    def _guarded(self, secret: Secret) -> ReadResult:
        made = guarded(Step.CERTIFICATE, secret.ref, "it is not served", read, secret, self._now)
        if isinstance(made, Fault):
            self.faults.append(made)
            return ReadResult(
                problems=(("InternalError", f"{secret.ref} could not be read because of a fault of Tidegate's own."),)
            )
        return made

    def _claimed(self, claim: CertificateClaim) -> Certificate | None:
        """The certificate if it may be served for the host; the claim's owner is told otherwise."""
        owner, tail = claim.origin.object, f"{claim.host} gets the default certificate."
        found = self._result((claim.namespace, claim.secret))
        if found is None:
            message = f"Secret {claim.namespace}/{claim.secret} does not exist; {tail}"
            self._say(error(owner, claim.field, "SecretNotFound", message, "Create it in the same namespace."))
            return None
        for reason, sentence in found.problems:
            severity = Severity.WARNING if found.certificate else Severity.ERROR
            message = sentence if found.certificate else f"{sentence.removesuffix('.')}; {tail}"
            fix = f"Put a good pair of tls.crt and tls.key into Secret {claim.namespace}/{claim.secret}."
            self._say(Finding(severity=severity, object=owner, field=claim.field, reason=reason, message=message, fix=fix))
        certificate = found.certificate
        if certificate and not covers(certificate, str(claim.host)):
            message = f"Secret {claim.namespace}/{claim.secret} has a certificate for {_some(certificate.names)}; {tail}"
            self._say(error(owner, claim.field, "HostNotCovered", message, f"Use a certificate that names {claim.host}."))
            return None
        return certificate

    def _say(self, finding: Finding) -> None:
        self._said.setdefault(finding)


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["..."] if len(names) > 5 else [])]) or "no name at all"


def patterns_of(name: str) -> Iterator[HostPattern]:
    """The patterns that match a name, the preferred first: itself, then wildcards, the longest first."""
    yield HostPattern(kind=HostKind.EXACT, name=name)
    tail = name.partition(".")[2]
    if tail:
        yield HostPattern(kind=HostKind.ONE_LABEL, name=tail)
    while tail:
        yield HostPattern(kind=HostKind.SUFFIX, name=tail)
        tail = tail.partition(".")[2]


def best(host: HostPattern, bound: Mapping[HostPattern, Bound]) -> Bound | None:
    """What a client that asks for ``host`` is served by the bindings alone."""
    if host.kind is not HostKind.EXACT:
        return bound.get(host)
    return next((bound[p] for p in patterns_of(host.name) if p in bound), None)


def guards(
    hosts: Mapping[HostPattern, frozenset[str]], bound: Mapping[HostPattern, Bound], spare: Iterable[Bound]
) -> Iterator[Bound]:
    """Bindings for exact hosts that would get the wildcard certificate of another tenant. ``hosts``: host -> whose it is;
    ``spare``: the operator's certificates by preference, of which the first whose pattern matches is taken."""
    others = tuple(spare)
    for host, namespaces in hosts.items():
        given = best(host, bound)
        if given is None or not foreign(given, namespaces):
            continue
        for one in others:
            if one.host.matches(host.name):
                yield Bound(host=host, certificate=one.certificate)
                break


def foreign(given: Bound, namespaces: frozenset[str]) -> bool:
    return bool(given.namespace) and given.namespace not in namespaces
