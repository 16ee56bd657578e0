"""spec.tls of an Ingress: which hosts are secured, and by which Secret."""

from collections.abc import Collection, Iterator, Mapping
from sys import intern

from router.base.findings import Finding, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.facts.networking import Ingress
from router.table.claims import CertificateClaim
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.names import parse_host
from router.table.routes import Origin


class Entry(Frozen):
    """One spec.tls[]. ``secret`` empty: HTTPS with the default certificate."""

    secret: str
    field: str


class Tls(Frozen):
    """``everything``: the first entry without hosts, which is for all hosts of the rules."""

    hosts: Mapping[HostPattern, Entry]
    everything: Entry | None = None

    def of(self, host: HostPattern) -> Entry | None:
        """The entry for a host of the rules: the same host, a wildcard that covers it, or an entry without hosts."""
        if host in self.hosts:
            return self.hosts[host]
        return next((entry for pattern, entry in self.hosts.items() if _covers(pattern, host)), self.everything)


def read_tls(ingress: Ingress) -> tuple[Tls, list[Finding]]:
    """A host that stands under two entries has the first. A bad host costs only itself."""
    hosts: dict[HostPattern, Entry] = {}
    everything: Entry | None = None
    findings = []
    for index, item in enumerate(ingress.spec.tls or ()):
        entry = Entry(secret=item.secret_name, field=f"spec.tls[{index}]")
        if not item.hosts:
            everything = everything or entry
        for number, text in enumerate(item.hosts):
            host = parse_host(text)
            if isinstance(host, Bad):
                field = f"{entry.field}.hosts[{number}]"
                findings.append(error(ingress.ref, field, "InvalidHost", f"{host.why}.", "The other hosts are secured."))
            else:
                hosts.setdefault(host, entry)
    return Tls(hosts=hosts, everything=everything), findings


def certificate_claims(ingress: Ingress, hosts: Collection[HostPattern], tls: Tls) -> Iterator[CertificateClaim]:
    """Claims for the hosts of the rules. Nobody owns rules without a host, so they have no certificate of their own."""
    ref, age = ingress.ref, ingress.age_key
    for host in hosts:
        entry = tls.of(host)
        if entry and entry.secret and host != ANY_HOST:
            yield CertificateClaim(
                origin=Origin(dialect="ingress", object=ref, rule=intern(entry.field.removeprefix("spec."))),
                age=age,
                host=host,
                namespace=ingress.metadata.namespace,
                secret=entry.secret,
                field=intern(f"{entry.field}.secretName"),
            )


def unused(ingress: Ingress, hosts: Collection[HostPattern], tls: Tls) -> Iterator[Finding]:
    """Hosts under spec.tls that no rule names: they are served as if they did not stand there."""
    for pattern, entry in tls.hosts.items():
        if pattern not in hosts and not any(_covers(pattern, host) for host in hosts):
            message = f"{pattern} stands under spec.tls, but no rule of this Ingress names it; it has no effect."
            yield warning(ingress.ref, entry.field, "UnusedTlsHost", message, "Name it in a rule, or remove it.")


def _covers(pattern: HostPattern, host: HostPattern) -> bool:
    return host.kind is HostKind.EXACT and pattern.matches(host.name)
