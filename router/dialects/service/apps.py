"""Apps: routable Services, read one by one."""

from collections.abc import Iterable

from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.dialects.service.annotations import DOMAINS, PORT, PROXY_DOMAIN, PROXY_LOCATIONS, REGEX_DOMAIN, read_app
from router.dialects.service.domains import CertificateName, Domain, read_certificates, read_domains
from router.dialects.service.policy import read_policy
from router.facts.annotations import DEIS, NATIVE, Values, annotation_field
from router.facts.core import Service
from router.settings import Settings
from router.table.claims import BackendRef, CertificateClaim, ForwardTo, RouteClaim
from router.table.routes import Origin, Policy

LABELS = (NATIVE + "routable", DEIS + "routable")


class App(Frozen):
    """One routable Service: what it says, and what of it is good."""

    service: Service
    values: Values
    policy: Policy
    domains: tuple[Domain, ...]
    certificates: tuple[CertificateName, ...]

    def origin(self, rule: str) -> Origin:
        return Origin(dialect="service", object=self.service.ref, rule=rule)

    @property
    def action(self) -> ForwardTo:
        """The named port, else 80, else the only one: what the Service really has is known where backends are resolved."""
        namespace, name = self.service.key
        backend = BackendRef(namespace=namespace, service=name, port=self.values.get(PORT, 0))
        return ForwardTo(backends=((backend, 1),), field=annotation_field(self.values.key(PORT)))


def routable(service: Service) -> tuple[bool, list[Finding]]:
    """Whether the label says ``true``; the native spelling counts where both stand."""
    name = next((label for label in LABELS if label in service.metadata.labels), None)
    text = service.metadata.labels[name] if name else "false"
    if text in ("true", "false"):
        return text == "true", []
    message = f"The label {name} is {text!r}, not true or false; the Service is not routed."
    return False, [warning(service.ref, f"metadata.labels[{name}]", "InvalidLabel", message, 'Write "true", with quotes.')]


def read_one(service: Service, settings: Settings) -> tuple[App, list[Finding]]:
    ref = service.ref
    values, findings = read_app(service)
    policy, about_policy = read_policy(values, settings, ref)
    domains, about_domains = read_domains(values, settings.platform_domain, ref)
    hosts = {d.host for d in domains}
    certificates, about_certificates = read_certificates(values, settings.platform_domain, hosts, ref)
    app = App(service=service, values=values, policy=policy, domains=domains, certificates=certificates)
    return app, [*findings, *about_policy, *about_domains, *about_certificates, *_refused(app)]


def _refused(app: App) -> Iterable[Finding]:
    ref, values = app.service.ref, app.values
    if values.get(REGEX_DOMAIN, ""):
        message = "regexDomain is refused: a pattern can take the hosts of other apps, and no data plane limits what it costs."
        fix = "Name the hosts in domains; *.example.com takes every host directly below example.com."
        yield error(ref, annotation_field(values.key(REGEX_DOMAIN)), "RegexDomain", message, fix)
    if not (values.get(DOMAINS, ()) or values.get(PROXY_LOCATIONS, ()) or values.get(PROXY_DOMAIN, "")):
        message = "The Service is labelled routable, but names no domain; it is not routed."
        fix = "Name its domains, or remove the label."
        yield warning(ref, annotation_field(values.key(DOMAINS)), "RoutableWithoutDomains", message, fix)


def route_claims(app: App) -> Iterable[RouteClaim]:
    """Each domain, with every path of it."""
    field = annotation_field(app.values.key(DOMAINS))
    for domain in app.domains:
        yield RouteClaim(
            origin=app.origin(domain.rule),
            age=app.service.age_key,
            action=app.action,
            host=domain.host,
            policy=app.policy,
            field=field,
        )


def certificate_claims(app: App, field: str) -> Iterable[CertificateClaim]:
    for certificate in app.certificates:
        yield CertificateClaim(
            origin=app.origin(certificate.rule),
            age=app.service.age_key,
            host=certificate.host,
            namespace=app.service.metadata.namespace,
            secret=certificate.secret,
            field=field,
        )
