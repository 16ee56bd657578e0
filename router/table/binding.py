"""Certificates of a whole table: which Secrets are asked for, what they hold now, and which host is served with which."""

import datetime
from collections import ChainMap
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, warning
from router.base.frozen import Frozen
from router.base.rows import Each, Grouped, Joined, Ordered, Same
from router.certs import Certificate, Parsed, ReadResult, alike, covers, judged, parsed
from router.facts.core import Secret
from router.facts.meta import Key
from router.settings import Settings
from router.table.claims import CertificateClaim, Claims
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.merge import Merged
from router.table.sni import Bound, Choice, Judged, best, choose, foreign, guards, named, secret_of
from router.table.types import SniBinding

K = TypeVar("K", bound=Hashable)
Wishes = tuple[CertificateClaim, ...]
Part = tuple[int, Any, Wishes]
Users = tuple[tuple[int, Any, Key], ...]
"""Who asks for a Secret, as ``Grouped`` gives it: all name the same one."""


class Bindings(Frozen):
    """``said``: mappings of what has findings and faults, for whoever gathers them. ``asked``: the Secrets that somebody names,
    whether or not they are there."""

    sni: tuple[SniBinding, ...]
    certificates: tuple[Certificate, ...]
    default: Certificate | None
    findings: tuple[Finding, ...]
    said: tuple[Mapping[Any, Any], ...]
    asked: Collection[Key]


class Served(Frozen):
    """What a TLS client gets for one host: its own certificate or one that keeps another tenant's off; None: the default."""

    bound: Bound | None
    findings: tuple[Finding, ...] = ()


class Binding(Generic[K]):
    """A host whose claims and Secrets did not change costs nothing. The time counts only when a certificate begins, ends or is
    about to end."""

    def __init__(self) -> None:
        self._wishes = Grouped[K, Claims, HostPattern, Wishes](_by_host)
        self._admitted = Joined[HostPattern, tuple[Part, ...], HostPattern, Merged, Wishes](_host_of, _admitted)
        self._operator = Same[Mapping[str, tuple[Key, ...]]]()
        self._users = Grouped[Any, Any, Key, Key](_secrets_of)
        self._secrets = Secrets()
        self._choices = Joined[HostPattern, Wishes, Key, Judged, Choice](_keys_of, _choice)
        self._wild = Each[HostPattern, Choice, Bound](_wild)
        self._shared = Same[tuple[Mapping[HostPattern, Bound], tuple[Bound, ...], Certificate | None]]()
        self._served = Joined[HostPattern, Merged, HostPattern, Choice, Served](_self, _served)
        self._bound = Each[HostPattern, Served, Bound](_bound)
        self._sni = Each[HostPattern, Bound, SniBinding](_sni)
        self._sni_order = Ordered[HostPattern, SniBinding](lambda host: (host.kind, host.name))
        self._used = Grouped[Any, Any, str, Certificate](_certificate_of)
        self._first = Each[str, tuple[tuple[int, Any, Certificate], ...], Certificate](_first)
        self._certificate_order = Ordered[str, Certificate](str)
        self._rest = Same[Mapping[HostPattern, Bound]]()

    def of(  # noqa: PLR0917 -- everything that a certificate depends on
        self,
        claims: Sequence[Mapping[K, Claims]],
        merged: Mapping[HostPattern, Merged],
        secrets: Mapping[Key, Secret],
        settings: Settings,
        now: datetime.datetime,
        fallback: Certificate | None,
    ) -> Bindings:
        """``fallback``: the default certificate, if the settings name none that is good."""
        admitted = self._admitted.of(self._wishes.of(*claims), merged)
        flags = {"--default-certificate": settings.default_certificate, "--platform-certificate": settings.platform_certificate}
        operator = self._operator.of({flag: (secret_of(text),) for flag, text in flags.items() if text})
        users = self._users.of(admitted, operator)
        known = self._secrets.of(users, secrets, now)
        choices = self._choices.of(admitted, known)
        chosen, about_default = named(settings.default_certificate, "--default-certificate", known)
        platform, about_platform = named(settings.platform_certificate, "--platform-certificate", known)
        default = chosen or fallback
        below = HostPattern(kind=HostKind.ONE_LABEL, name=settings.platform_domain)
        spare = [Bound(host=below, certificate=platform)] if platform and settings.platform_domain else []
        wild = {**{b.host: b for b in spare}, **self._wild.of(choices)}
        spare += [Bound(host=ANY_HOST, certificate=default)] if default else []
        shared = self._shared.of((wild, tuple(spare), default))
        served = self._served.of(merged, choices, *shared)
        sni, certificates = self._tables(self._bound.of(served), below, wild, default)
        findings = (*about_default, *about_platform)
        said = (known, choices, served)
        return Bindings(sni=sni, certificates=certificates, default=default, findings=findings, said=said, asked=users.keys())

    def _tables(
        self,
        bound: Mapping[HostPattern, Bound],
        below: HostPattern,
        wild: Mapping[HostPattern, Bound],
        default: Certificate | None,
    ) -> tuple[tuple[SniBinding, ...], tuple[Certificate, ...]]:
        """With what is no host of the table: the platform's wildcard, the default."""
        if below in wild and below not in bound:
            bound = {**bound, below: wild[below]}
        rest = self._rest.of({ANY_HOST: Bound(host=ANY_HOST, certificate=default)} if default else {})
        used = self._first.of(self._used.of(bound, rest))
        return self._sni_order.of(self._sni.of(bound)), self._certificate_order.of(used)


class Secrets:
    """The Secrets that somebody asks for: each parsed once, and judged anew when the time changes what is to be said."""

    def __init__(self) -> None:
        self._parsed = Joined[Key, Users, Key, Secret, Parsed | Fault](_key_of, _parsed)
        self._judged = Each[Key, Parsed | Fault, Judged](_judged)
        self._moment: datetime.datetime | None = None

    def of(self, users: Mapping[Key, Users], secrets: Mapping[Key, Secret], now: datetime.datetime) -> Mapping[Key, Judged]:
        """Only those that exist."""
        found = self._parsed.of(users, secrets)
        whole = (one for one in found.values() if isinstance(one, Parsed))
        if self._moment is None or not alike(whole, self._moment, now):
            self._moment = now
        return self._judged.of(found, self._moment)


def _by_host(claims: Claims) -> Mapping[HostPattern, Wishes]:
    found: dict[HostPattern, list[CertificateClaim]] = {}
    for claim in claims.certificates:
        found.setdefault(claim.host, []).append(claim)
    return {host: tuple(wishes) for host, wishes in found.items()}


def _host_of(parts: tuple[Part, ...]) -> tuple[HostPattern]:
    return (parts[0][2][0].host,)


def _admitted(parts: tuple[Part, ...], found: Sequence[Merged | None]) -> Wishes | None:
    merged = found[0]
    return tuple(c for _, _, wishes in parts for c in wishes if merged and merged.admits(c.origin.object)) or None


def _keys_of(wishes: Wishes) -> tuple[Key, ...]:
    return tuple(dict.fromkeys((claim.namespace, claim.secret) for claim in wishes))


def _secrets_of(asking: Wishes | tuple[Key, ...]) -> Mapping[Key, Key]:
    keys = ((one.namespace, one.secret) if isinstance(one, CertificateClaim) else one for one in asking)
    return {key: key for key in keys}


def _key_of(users: Users) -> tuple[Key]:
    return (users[0][2],)


def _parsed(_: Users, found: Sequence[Secret | None]) -> Parsed | Fault | None:
    secret = found[0]
    return guarded(Step.CERTIFICATE, secret.ref, "it is not served", parsed, secret) if secret else None


def _judged(found: Parsed | Fault, now: datetime.datetime) -> Judged:
    if isinstance(found, Parsed):
        return Judged(result=judged(found, now))
    sentence = f"{found.object} could not be read because of a fault of Tidegate's own."
    return Judged(result=ReadResult(problems=(("InternalError", sentence),)), faults=(found,))


def _choice(wishes: Wishes, found: Sequence[Judged | None]) -> Choice:
    return choose(wishes, {key: one for key, one in zip(_keys_of(wishes), found, strict=True) if one})


def _wild(choice: Choice) -> Bound | None:
    return choice.bound if choice.host.kind is not HostKind.EXACT else None


def _self(merged: Merged) -> tuple[HostPattern]:
    return (merged.host,)


def _served(
    merged: Merged,
    found: Sequence[Choice | None],
    wild: Mapping[HostPattern, Bound],
    spare: Iterable[Bound],
    default: Certificate | None,
) -> Served:
    choice, host = found[0], merged.host
    own = {host: choice.bound} if choice and choice.bound else {}
    bound = ChainMap(own, wild)  # type: ignore[arg-type]  # only read
    if host.kind is HostKind.EXACT:
        own |= {b.host: b for b in guards({host: merged.namespaces}, bound, spare)}
    complaints = () if choice else tuple(_without_certificate(merged, best(host, bound), default))
    return Served(bound=own.get(host), findings=complaints)


def _without_certificate(merged: Merged, given: Bound | None, default: Certificate | None) -> Iterator[Finding]:
    """A warning for a host that sends clients to HTTPS with a certificate that does not name it, to the first of each namespace
    that does so: what one is told does not depend on its neighbours. Who asked for one is told why there is none."""
    name = str(merged.host)
    own = given and not foreign(given, merged.namespaces) and covers(given.certificate, name)
    if own or (default and covers(default, name)):
        return
    told: set[str] = set()
    for claim in merged.claims:
        ref = claim.origin.object
        if (claim.policy.https_redirect or claim.policy.hsts) and not claim.fallback and ref.namespace not in told:
            told.add(ref.namespace)
            message = f"{name} sends clients to HTTPS, but has no certificate of its own; the default one is served."
            yield warning(ref, claim.origin.rule, "HostWithoutCertificate", message, "Name a Secret with a certificate for it.")


def _bound(served: Served) -> Bound | None:
    return served.bound


def _sni(bound: Bound) -> SniBinding:
    return SniBinding(host=bound.host, certificate=bound.certificate.id)


def _certificate_of(bound: Bound) -> Mapping[str, Certificate]:
    return {bound.certificate.id: bound.certificate}


def _first(users: tuple[tuple[int, Any, Certificate], ...]) -> Certificate:
    """Two Secrets may hold the same pair: the name of one of them, always the same, goes into the table."""
    return users[0][2]
