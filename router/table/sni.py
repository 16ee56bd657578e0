"""Which certificate a TLS client gets: from claims and Secrets to certificates bound to hosts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.base.faults import Fault
from router.base.findings import Finding, ObjectRef, Severity, error, warning
from router.base.frozen import Frozen
from router.certs import Certificate, ReadResult, covers
from router.facts.meta import Key
from router.table.claims import CertificateClaim
from router.table.hosts import HostKind, HostPattern


class Bound(Frozen):
    """A certificate for a host. ``namespace``: whose it is; empty for the operator's, which is for everybody."""

    host: HostPattern
    certificate: Certificate
    namespace: str = ""


class Judged(Frozen):
    """What reading a Secret says now. ``faults``: bugs of ours that it met."""

    result: ReadResult
    faults: tuple[Fault, ...] = ()


class Choice(Frozen):
    """The certificate that a host's own claims bring, if one of them is good."""

    host: HostPattern
    bound: Bound | None
    findings: tuple[Finding, ...] = ()


def choose(claims: Sequence[CertificateClaim], secrets: Mapping[Key, Judged]) -> Choice:
    """The oldest of one host's claims whose certificate is good. ``claims``: only of those who have a say on the host."""
    winner: tuple[CertificateClaim, Certificate] | None = None
    said: dict[Finding, None] = {}
    for claim in sorted(claims, key=lambda c: (c.age, c.origin, c.secret)):
        certificate, complaints = _claimed(claim, secrets.get((claim.namespace, claim.secret)))
        said.update(dict.fromkeys(complaints))
        if certificate and not winner:
            winner = claim, certificate
        elif certificate and winner and winner[0].secret != claim.secret:
            message = f"{claim.host} has the certificate of {winner[0].origin.object}, which is older."
            fix = "Name the same Secret in both."
            said[warning(claim.origin.object, claim.field, "CertificateOwned", message, fix)] = None
    bound = Bound(host=winner[0].host, certificate=winner[1], namespace=winner[0].namespace) if winner else None
    return Choice(host=claims[0].host, bound=bound, findings=tuple(said))


def _claimed(claim: CertificateClaim, found: Judged | None) -> tuple[Certificate | None, list[Finding]]:
    """The certificate if it may be served for the host; the claim's owner is told otherwise."""
    owner, tail, said = claim.origin.object, f"{claim.host} gets the default certificate.", list[Finding]()
    if found is None:
        message = f"Secret {claim.namespace}/{claim.secret} does not exist; {tail}"
        return None, [error(owner, claim.field, "SecretNotFound", message, "Create it in the same namespace.")]
    certificate = found.result.certificate
    for reason, sentence in found.result.problems:
        severity = Severity.WARNING if certificate else Severity.ERROR
        message = sentence if certificate else f"{sentence.removesuffix('.')}; {tail}"
        fix = f"Put a good pair of tls.crt and tls.key into Secret {claim.namespace}/{claim.secret}."
        said.append(Finding(severity=severity, object=owner, field=claim.field, reason=reason, message=message, fix=fix))
    if certificate and not covers(certificate, str(claim.host)):
        message = f"Secret {claim.namespace}/{claim.secret} has a certificate for {_some(certificate.names)}; {tail}"
        said.append(error(owner, claim.field, "HostNotCovered", message, f"Use a certificate that names {claim.host}."))
        return None, said
    return certificate, said


def secret_of(setting: str) -> Key:
    """``NAMESPACE/NAME``"""
    namespace, _, name = setting.partition("/")
    return (namespace, name)


def named(setting: str, flag: str, secrets: Mapping[Key, Judged]) -> tuple[Certificate | None, list[Finding]]:
    """The operator's certificate: ``NAMESPACE/NAME`` in the setting ``flag``, empty for none."""
    if not setting:
        return None, []
    namespace, name = secret_of(setting)
    ref = ObjectRef(kind="Secret", namespace=namespace, name=name)
    found = secrets.get((namespace, name))
    if found is None:
        fix = "Create it, or name another one."
        return None, [error(ref, "", "SecretNotFound", f"{ref}, named by {flag}, does not exist.", fix)]
    make = warning if found.result.certificate else error
    said = [make(ref, "data", reason, sentence, f"{flag} names it.") for reason, sentence in found.result.problems]
    return found.result.certificate, said


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
