"""From Ingresses to claims: one object at a time, item by item."""

from collections.abc import Collection, Iterator, Mapping
from sys import intern

from router.base import faults
from router.base.faults import Fault, Step, guarded
from router.base.findings import Finding, error, warning
from router.base.parse import Bad, port_name_or_number
from router.base.rows import Each, Same
from router.base.shared import shared
from router.dialects.ingress.annotations import read_policies
from router.dialects.ingress.classes import is_served
from router.dialects.ingress.matches import Wrong, looks_like_pattern, match_of
from router.dialects.ingress.shut import shut
from router.dialects.ingress.tls import certificate_claims, read_tls, unused
from router.facts.meta import Key
from router.facts.networking import HTTPIngressPath, Ingress, IngressBackend, IngressClass, IngressRule
from router.facts.snapshot import Snapshot
from router.settings import Settings
from router.table.claims import SHUT, BackendRef, Claims, ForwardTo, RouteClaim, joined
from router.table.hosts import ANY_HOST, HostPattern
from router.table.names import parse_host
from router.table.routes import Match, Origin


def claims(snapshot: Snapshot, settings: Settings) -> Claims:
    """What all our Ingresses ask for, at once."""
    return joined([said for _, said in sorted(Reading().of(snapshot, settings).items())])


class Reading:
    """Ingress by Ingress: what each of ours asks for. An Ingress that did not change is not read again."""

    def __init__(self) -> None:
        self._classes = Same[Mapping[Key, IngressClass]]()
        self._claims = Each[Key, Ingress, Claims](_guarded)

    def of(self, snapshot: Snapshot, settings: Settings) -> Mapping[Key, Claims]:
        return self._claims.of(snapshot.ingresses, self._classes.of(snapshot.ingress_classes), settings)


def _guarded(ingress: Ingress, classes: Mapping[Key, IngressClass], settings: Settings) -> Claims | None:
    """One Ingress, None if it is not ours. If reading it meets a fault of ours, whatever can be told of its hosts and paths is
    shut."""
    made = guarded(Step.INGRESS, ingress.ref, faults.SHUT, _read, ingress, classes, settings)
    return Claims(routes=shut(ingress, classes, settings), faults=(made,)) if isinstance(made, Fault) else made


def _read(ingress: Ingress, classes: Mapping[Key, IngressClass], settings: Settings) -> Claims | None:
    return _Reader(ingress, settings).read() if is_served(ingress, classes, settings) else None


class _Reader:
    """Reads one Ingress. Each method gives what is good of its item, and says what is not."""

    def __init__(self, ingress: Ingress, settings: Settings) -> None:
        self.ingress, self._ref, self._age = ingress, ingress.ref, ingress.age_key
        self._policy, about_annotations = read_policies(ingress, settings)
        self._tls, about_tls = read_tls(ingress)
        self.findings: list[Finding] = [*about_annotations, *about_tls]

    def read(self) -> Claims:
        routes: list[RouteClaim] = []
        hosts: dict[HostPattern, None] = {}
        for index, rule in enumerate(self.ingress.spec.rules or ()):
            host = self._host(rule, f"spec.rules[{index}].host")
            if host is not None:
                hosts[host] = None
                routes += self._rule(rule, f"rules[{index}]", host)
        routes += self._default_backend(hosts)
        if not self.ingress.spec.rules and not self.ingress.spec.default_backend:
            message = "There are no rules and no default backend; nothing is routed."
            fix = "Write spec.rules. A field whose name is spelled in another way counts as absent."
            self.findings.append(warning(self.ingress.ref, "spec", "NothingToRoute", message, fix))
        self.findings += unused(self.ingress, hosts, self._tls)
        certificates = tuple(certificate_claims(self.ingress, hosts, self._tls))
        return Claims(routes=tuple(routes), certificates=certificates, findings=tuple(self.findings))

    def _host(self, rule: IngressRule, field: str) -> HostPattern | None:
        if not rule.host:
            return ANY_HOST
        host = parse_host(rule.host)
        if isinstance(host, Bad):
            self._error(field, "InvalidHost", f"{host.why}.", "The other rules of this Ingress are served.")
            return None
        return host

    def _rule(self, rule: IngressRule, where: str, host: HostPattern) -> Iterator[RouteClaim]:
        """A rule without paths names its host for the default backend (v1.IngressRule)."""
        if host != ANY_HOST:
            yield self._claim(where, host, Match(), None, field=f"spec.{where}.host")
        for number, path in enumerate(rule.http.paths if rule.http else ()):
            here = f"{where}.http.paths[{number}]"
            match = self._match(path, f"spec.{here}")
            if match:
                action = self._forward(path.backend, f"spec.{here}.backend")
                yield self._claim(f"{where}.paths[{number}]", host, match, action, field=f"spec.{here}")

    def _claim(
        self, rule: str, host: HostPattern, match: Match, action: ForwardTo | None, *, field: str = "", fallback: bool = False
    ) -> RouteClaim:
        return RouteClaim(
            origin=Origin(dialect="ingress", object=self._ref, rule=intern(rule)),
            age=self._age,
            action=action,
            host=host,
            match=match,
            policy=self._policy(self._tls.of(host) is not None),
            fallback=fallback,
            everywhere=fallback and not self.ingress.spec.rules,
            field=intern(field or f"spec.{rule}"),
        )

    def _match(self, path: HTTPIngressPath, field: str) -> Match | None:
        match = match_of(path)
        if isinstance(match, Wrong):
            self._error(f"{field}.{match.field}", match.reason, f"{match.why}.", match.fix)
            return None
        if looks_like_pattern(path.path):
            message = f"{path.path!r} looks like a pattern; it is taken literally, as all paths of an Ingress are."
            fix = "Write a prefix: /shop instead of /shop/* or /shop(/.*)?."
            self.findings.append(warning(self.ingress.ref, f"{field}.path", "LiteralPath", message, fix))
        return match

    def _forward(self, backend: IngressBackend, field: str) -> ForwardTo:
        service = backend.service
        if service is None:
            reason = "UnsupportedBackend" if backend.resource else "MissingBackend"
            what = "Only Services can be backends" if backend.resource else "There is no backend"
            self._error(field, reason, f"{what}; the route answers 503.", "Name a Service and its port.")
            return SHUT
        port: str | int | Bad = service.port.number or port_name_or_number(service.port.name or "-")
        if isinstance(port, Bad):
            message = f"Service {service.name} is named without a good port; the route answers 503."
            self._error(f"{field}.service.port", "MissingPort", message, "Give port.number or port.name.")
            return SHUT
        ref = BackendRef(namespace=self.ingress.metadata.namespace, service=service.name, port=port)
        return shared(ForwardTo(backends=((ref, 1),), field=f"{field}.service"))

    def _default_backend(self, hosts: Collection[HostPattern]) -> Iterator[RouteClaim]:
        """For each host of the rules; for everything else only if there are no rules at all (v1.IngressSpec)."""
        backend = self.ingress.spec.default_backend
        if backend:
            action = self._forward(backend, "spec.defaultBackend")
            for host in hosts or ([] if self.ingress.spec.rules else [ANY_HOST]):
                yield self._claim("defaultBackend", host, Match(), action, fallback=True)

    def _error(self, field: str, reason: str, message: str, fix: str) -> None:
        self.findings.append(error(self._ref, field, reason, message, fix))
