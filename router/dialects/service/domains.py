"""Domains of apps and their certificates. A bad item costs only itself."""

from collections.abc import Collection

from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad, is_dns_subdomain
from router.dialects.service.annotations import CERTIFICATES, DOMAINS
from router.facts.annotations import Values, annotation_field
from router.table.hosts import HostPattern
from router.table.names import parse_host


class Domain(Frozen):
    """``rule``: which item of the annotation, ``domains[0]``."""

    host: HostPattern
    rule: str


class CertificateName(Frozen):
    """``host`` wants the certificate of ``secret``."""

    host: HostPattern
    secret: str
    rule: str


def parse_domain(text: str, platform_domain: str) -> HostPattern | Bad:
    """Without a dot: below the platform domain. With one: as it is, ``*.`` in front for exactly one label."""
    if "." in text or text == "*":
        return parse_host(text)
    if not platform_domain:
        return Bad(why=f"{text!r} has no dot, and the router has no platform domain")
    return parse_host(f"{text}.{platform_domain}")


def read_domains(values: Values, platform_domain: str, ref: ObjectRef) -> tuple[tuple[Domain, ...], list[Finding]]:
    """The good items; one that stands twice counts once."""
    field = annotation_field(values.key(DOMAINS))
    found: dict[HostPattern, Domain] = {}
    findings = []
    for index, item in enumerate(values.get(DOMAINS, ())):
        host = parse_domain(item, platform_domain)
        if isinstance(host, Bad):
            fix = "Write the whole name, or set --platform-domain." if "platform" in host.why else "Correct or remove it."
            message = f"domains: {host.why}; this item is not served."
            findings.append(error(ref, field, "InvalidDomain", message, fix))
        else:
            found.setdefault(host, Domain(host=host, rule=f"domains[{index}]"))
    return tuple(found.values()), findings


def read_certificates(
    values: Values, platform_domain: str, hosts: Collection[HostPattern], ref: ObjectRef
) -> tuple[tuple[CertificateName, ...], list[Finding]]:
    """``hosts``: the app's domains; a certificate for any other name is of no use."""
    field = annotation_field(values.key(CERTIFICATES))
    found, findings = [], []
    for index, item in enumerate(values.get(CERTIFICATES, ())):
        domain, colon, name = item.partition(":")
        host = parse_domain(domain.strip(" \t"), platform_domain)
        secret = f"{name.strip(' ')}-cert"
        if isinstance(host, Bad) or not colon or not is_dns_subdomain(secret):
            why = host.why if isinstance(host, Bad) else f"{item!r} is not DOMAIN:NAME"
            message = f"certificates: {why}; this item is not used."
            findings.append(error(ref, field, "InvalidCertificate", message, "Write DOMAIN:NAME for the Secret NAME-cert."))
        elif host not in hosts:
            message = f"certificates: {host} is no domain of this app; its certificate is not used."
            findings.append(warning(ref, field, "CertificateWithoutDomain", message, "Add it to domains, or remove it here."))
        else:
            found.append(CertificateName(host=host, secret=secret, rule=f"certificates[{index}]"))
    return tuple(found), findings
