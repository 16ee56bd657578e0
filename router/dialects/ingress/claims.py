"""From Ingresses to claims: one object at a time, item by item."""

from collections.abc import Iterator, Sequence

from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad, port_name_or_number
from router.dialects.ingress.annotations import FIELDS, policy
from router.dialects.ingress.classes import is_ours
from router.facts import annotations
from router.facts.annotations import Values
from router.facts.networking import HTTPIngressPath, Ingress, IngressBackend, IngressRule
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import BackendRef, CertificateClaim, Claims, ForwardTo, RouteClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.names import parse_host
from router.table.paths import parse_path, prefix_of
from router.table.routes import Match, Origin, PathKind, PathMatch

PATH_KINDS = {"Exact": PathKind.EXACT, "Prefix": PathKind.PREFIX, "ImplementationSpecific": PathKind.PREFIX}
"""spec.rules[].http.paths[].pathType; ImplementationSpecific is ours to define, and is Prefix."""


def claims(snapshot: Snapshot, settings: Settings) -> Claims:
    """What all our Ingresses ask for. Pure; an Ingress that is not ours is not looked at."""
    made = [
        _Reader(ingress, settings).read()
        for _, ingress in sorted(snapshot.ingresses.items())
        if is_ours(ingress, snapshot.ingress_classes, settings)
        and (not settings.namespaces or ingress.metadata.namespace in settings.namespaces)
    ]
    return Claims(
        routes=tuple(r for c in made for r in c.routes),
        certificates=tuple(r for c in made for r in c.certificates),
        findings=tuple(f for c in made for f in c.findings),
    )


class _Tls(Frozen):
    """spec.tls: host -> (secret name or empty, field). ``everything``: an entry without hosts, for all hosts of the rules."""

    hosts: dict[HostPattern, tuple[str, str]]
    everything: tuple[str, str] | None = None

    def of(self, host: HostPattern) -> tuple[str, str] | None:
        """The entry for a host of the rules: the same host, a wildcard that covers it, or an entry without hosts."""
        if host in self.hosts:
            return self.hosts[host]
        exact = host.kind is HostKind.EXACT
        wild = (entry for pattern, entry in self.hosts.items() if exact and pattern.matches(host.name))
        return next(wild, self.everything)


class _Reader:
    """Reads one Ingress. Each method gives what is good of its item, and says what is not."""

    def __init__(self, ingress: Ingress, settings: Settings) -> None:
        self.ingress, self.settings = ingress, settings
        self.findings: list[Finding] = []
        self.values: Values

    def read(self) -> Claims:
        self.values, self.findings = annotations.read(self.ingress.metadata.annotations, FIELDS, self.ingress.ref)
        tls = self._tls()
        routes: list[RouteClaim] = []
        hosts: dict[HostPattern, None] = {}
        for index, rule in enumerate(self.ingress.spec.rules or ()):
            host = self._host(rule, f"spec.rules[{index}].host")
            if host is not None:
                hosts[host] = None
                routes += self._rule(rule, index, host, tls)
        routes += self._default_backend(list(hosts), tls)
        certificates = tuple(self._certificates(list(hosts), tls))
        return Claims(routes=tuple(routes), certificates=certificates, findings=tuple(self.findings))

    def _host(self, rule: IngressRule, field: str) -> HostPattern | None:
        if not rule.host:
            return ANY_HOST
        host = parse_host(rule.host)
        if isinstance(host, Bad):
            fix = "The other rules of this Ingress are served."
            self.findings.append(error(self.ingress.ref, field, "InvalidHost", f"{host.why}.", fix))
            return None
        return host

    def _rule(self, rule: IngressRule, index: int, host: HostPattern, tls: _Tls) -> Iterator[RouteClaim]:
        paths = rule.http.paths if rule.http else ()
        if not paths:
            # A host without paths asks for the default backend alone (v1.IngressRule): see _default_backend.
            return
        for number, path in enumerate(paths):
            field = f"spec.rules[{index}].http.paths[{number}]"
            match = self._match(path, field)
            action = self._forward(path.backend, f"{field}.backend")
            if match and action:
                yield self._claim(f"rules[{index}].paths[{number}]", host, match, action, tls, field=field)

    def _claim(
        self, rule: str, host: HostPattern, match: Match, action: ForwardTo, tls: _Tls, *, field: str, fallback: bool = False
    ) -> RouteClaim:
        return RouteClaim(
            origin=Origin(dialect="ingress", object=self.ingress.ref, rule=rule),
            age=self.ingress.age_key,
            action=action,
            host=host,
            match=match,
            policy=policy(self.values, self.settings, tls.of(host) is not None),
            fallback=fallback,
            field=field,
        )

    def _match(self, path: HTTPIngressPath, field: str) -> Match | None:
        kind = PATH_KINDS.get(path.path_type)
        if kind is None:
            message = f"{path.path_type!r} is not a path type."
            self.findings.append(error(self.ingress.ref, f"{field}.pathType", "InvalidPathType", message, "Exact or Prefix."))
            return None
        wire = parse_path(path.path or "/")
        if isinstance(wire, Bad):
            fix = "The other paths of this Ingress are served."
            self.findings.append(error(self.ingress.ref, f"{field}.path", "InvalidPath", f"{wire.why}.", fix))
            return None
        return Match(path=PathMatch(kind=kind, value=prefix_of(wire) if kind is PathKind.PREFIX else wire))

    def _forward(self, backend: IngressBackend, field: str) -> ForwardTo | None:
        service = backend.service
        if service is None:
            message = "Only Services can be backends." if backend.resource else "There is no backend."
            reason = "UnsupportedBackend" if backend.resource else "MissingBackend"
            self.findings.append(error(self.ingress.ref, field, reason, message, "Name a Service and its port."))
            return None
        port: str | int | Bad = service.port.number or port_name_or_number(service.port.name or "-")
        if isinstance(port, Bad):
            message = f"Service {service.name} is named without a port."
            fix = "Give port.number or port.name."
            self.findings.append(error(self.ingress.ref, f"{field}.service.port", "MissingPort", message, fix))
            return None
        ref = BackendRef(namespace=self.ingress.metadata.namespace, service=service.name, port=port)
        return ForwardTo(backends=((ref, 1),), field=f"{field}.service")

    def _default_backend(self, hosts: Sequence[HostPattern], tls: _Tls) -> Iterator[RouteClaim]:
        """For each host of the rules; for everything else only if there are no rules at all (v1.IngressSpec)."""
        backend = self.ingress.spec.default_backend
        action = self._forward(backend, "spec.defaultBackend") if backend else None
        if action is None:
            return
        for host in hosts or ([] if self.ingress.spec.rules else [ANY_HOST]):
            yield self._claim("defaultBackend", host, Match(), action, tls, field="spec.defaultBackend", fallback=True)

    def _tls(self) -> _Tls:
        hosts: dict[HostPattern, tuple[str, str]] = {}
        everything = None
        for index, entry in enumerate(self.ingress.spec.tls or ()):
            field = f"spec.tls[{index}]"
            if not entry.hosts:
                everything = everything or (entry.secret_name, field)
            for number, text in enumerate(entry.hosts):
                host = parse_host(text)
                if isinstance(host, Bad):
                    self.findings.append(error(self.ingress.ref, f"{field}.hosts[{number}]", "InvalidHost", f"{host.why}."))
                else:
                    hosts.setdefault(host, (entry.secret_name, field))
        return _Tls(hosts=hosts, everything=everything)

    def _certificates(self, hosts: Sequence[HostPattern], tls: _Tls) -> Iterator[CertificateClaim]:
        """Claims for the hosts of the rules; a host under spec.tls that no rule names gets no certificate of ours."""
        for host in hosts:
            entry = tls.of(host)
            if entry is None or host == ANY_HOST:
                continue
            secret, field = entry
            if not secret:
                continue
            yield CertificateClaim(
                origin=Origin(dialect="ingress", object=self.ingress.ref, rule=field),
                age=self.ingress.age_key,
                host=host,
                namespace=self.ingress.metadata.namespace,
                secret=secret,
                field=f"{field}.secretName",
            )
        for host in tls.hosts:
            if host not in hosts and not any(host.matches(h.name) or h.matches(host.name) for h in hosts):
                message = f"{host} stands under spec.tls, but no rule of this Ingress names it."
                self.findings.append(warning(self.ingress.ref, tls.hosts[host][1], "UnusedTlsHost", message))
