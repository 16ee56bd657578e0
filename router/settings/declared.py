"""The declarations of settings: one line each."""

from collections.abc import Callable, Mapping
from typing import Any

from router.base import parse
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.settings.types import Settings, TcpService


class Option(Frozen):
    """One setting. ``field`` of Settings; ``parse``: text -> value or Bad; ``help``: one sentence; ``metavar`` for --help.

    ``deis``: Deis' name on the router's Deployment, without prefix (``nginx.bodySize``). ``scope``: ``serve`` options
    matter to render, check, routes and explain too, ``run`` options only to run.
    """

    field: str
    parse: Callable[[str], Any]
    help: str
    metavar: str = ""
    deis: str = ""
    scope: str = "serve"

    @property
    def flag(self) -> str:
        return "--" + {"namespaces": "namespace"}.get(self.field, self.field).replace("_", "-")

    @property
    def environment(self) -> str:
        return "TIDEGATE_" + self.flag[2:].replace("-", "_").upper()

    @property
    def default(self) -> Any:
        return getattr(DEFAULTS, self.field)


DEFAULTS = Settings()
CONTROLLERS = ("daemon", "diurnal")


def _tcp(text: str) -> tuple[TcpService, ...] | Bad:
    services = []
    for item in parse.items(text):
        listen, equals, target = item.partition("=")
        path, colon, port = target.rpartition(":")
        namespace, slash, name = path.partition("/")
        number = parse.port(listen)
        if isinstance(number, Bad) or not (equals and colon and slash and parse.is_dns_label(namespace) and name and port):
            return Bad(f"{item!r} is not PORT=NAMESPACE/SERVICE:PORT")
        backend = parse.port_name_or_number(port)
        if isinstance(backend, Bad) or not parse.is_dns_label(name):
            return Bad(f"{item!r} is not PORT=NAMESPACE/SERVICE:PORT")
        services.append(TcpService(listen=number, namespace=namespace, service=name, port=backend))
    return tuple(services)


def _lease(text: str) -> str | Bad:
    return text if text == "off" else parse.namespaced_name(text)


def _controllers(text: str) -> tuple[str, ...] | Bad:
    found = parse.each(parse.choice(*CONTROLLERS), text)
    return found if isinstance(found, Bad) else tuple(dict.fromkeys(found))


def _points(text: str) -> tuple[str, ...] | Bad:
    """IP addresses and domain names, mixed."""

    def one(item: str) -> str | Bad:
        address = parse.ip_address(item)
        if not isinstance(address, Bad):
            return address
        return Bad(why=f"{item!r} is no IP address") if item.replace(".", "").isdigit() else parse.domain(item)

    return parse.each(one, text)


def _o(  # noqa: PLR0917 -- one line a setting reads as a table
    field: str, reader: Callable[[str], Any], sentence: str, metavar: str = "", deis: str = "", scope: str = "serve"
) -> Option:
    return Option(field=field, parse=reader, help=sentence, metavar=metavar, deis=deis, scope=scope)


_words = parse.choice
_ms = parse.duration_ms

SECTIONS: Mapping[str, tuple[Option, ...]] = {
    "Where it listens and lives": (
        _o("http", parse.address, "Where plain HTTP is served (default 0.0.0.0:80 as root, else 0.0.0.0:8080).", "ADDR:PORT"),
        _o("https", parse.address, "Where HTTPS is served (default 0.0.0.0:443 as root, else 0.0.0.0:8443).", "ADDR:PORT"),
        _o("admin", parse.address, "Health, readiness, metrics and debug pages.", "ADDR:PORT", scope="run"),
        _o("status", parse.address, "Loopback address where the plane tells Tidegate its generation.", "ADDR:PORT"),
        _o("state", parse.text, "Folder for bundles, the default certificate and sockets.", "DIR", scope="run"),
        _o("plane_binary", parse.text, "The nginx or haproxy program (default: found on PATH).", "PATH"),
        _o(
            "reload_hook",
            parse.text,
            "Command that makes someone else's plane load the bundle; Tidegate then starts none.",
            "CMD",
            scope="run",
        ),
        _o("hook_timeout", parse.count, "Seconds that the reload hook may take.", "SECONDS", scope="run"),
        _o("keep_bundles", parse.count, "How many bundles stay on disk.", "N", scope="run"),
        _o(
            "drain_delay",
            parse.count,
            "Seconds between becoming unready and closing the listeners on SIGTERM.",
            "SECONDS",
            scope="run",
        ),
        _o("drain_timeout", parse.count, "Seconds that requests in flight have to end.", "SECONDS", scope="run"),
        _o(
            "drain_file",
            parse.text,
            "File with the pod's annotations; with tidegate.dev/drain-since in it, the router goes out of service.",
            "PATH",
            scope="run",
        ),
        _o("quiet", parse.count, "Milliseconds without a change before a build starts.", "MS", scope="run"),
        _o("quiet_limit", parse.count, "Milliseconds after which a build starts in any case.", "MS", scope="run"),
        _o("pending_limit", parse.count, "Seconds a change may be pending before the metric says so.", "SECONDS", scope="run"),
    ),
    "What it writes to the cluster": (
        _o(
            "leader_lease",
            _lease,
            "Lease of the one router that writes (default NS/tidegate-CLASS in a pod, else off: nothing is written).",
            "NS/NAME|off",
            scope="run",
        ),
        _o(
            "lease_duration",
            parse.bounded(3, 3600),
            "Seconds after which another router may lead if the leader is silent.",
            "SECONDS",
            scope="run",
        ),
        _o("publish_service", parse.namespaced_name, "Service whose addresses Ingresses show as theirs.", "NS/NAME", scope="run"),
        _o("publish_address", _points, "Addresses or names that Ingresses show as theirs.", "ADDRESS,...", scope="run"),
        _o(
            "publish_nodes",
            _words("off", "internal", "external"),
            "Which addresses of the nodes with a ready router Ingresses show as theirs.",
            "off|internal|external",
            scope="run",
        ),
        _o(
            "events",
            parse.boolean,
            "Write Events on objects about what is wrong with them, and when they are served.",
            scope="run",
        ),
        _o("controllers", _controllers, "Controllers that the leader runs too: daemon, diurnal.", "NAME,...", scope="run"),
    ),
    "What it serves": (
        _o("ingress_class", parse.text, "The IngressClass that is served.", "NAME"),
        _o("namespaces", parse.dns_labels, "Serve objects of this namespace only (repeatable).", "NS"),
        _o(
            "host_ownership",
            _words("namespace", "path"),
            "Who owns a host: its oldest namespace, or each path its oldest claim.",
            "namespace|path",
        ),
        _o("platform_domain", parse.domain, "Suffix of app domains without a dot.", "DOMAIN", deis="nginx.platformDomain"),
        _o("platform_certificate", parse.namespaced_name, "Secret with the certificate of the platform domain.", "NS/NAME"),
        _o("default_certificate", parse.namespaced_name, "Secret with the certificate for hosts that have none.", "NS/NAME"),
        _o("tcp", _tcp, "Forward a TCP port to a Service (repeatable).", "PORT=NS/SERVICE:PORT"),
    ),
    "How apps are served, unless an annotation says otherwise": (
        _o("body_size", parse.size, "Largest request body, 0 for no limit (413 beyond).", "SIZE", deis="nginx.bodySize"),
        _o("connect_timeout", _ms, "Time to connect to an endpoint.", "DURATION"),
        _o("read_timeout", _ms, "Time between two reads from an endpoint.", "DURATION", deis="nginx.defaultTimeout"),
        _o("send_timeout", _ms, "Time between two writes to an endpoint.", "DURATION"),
        _o("ssl_enforce", parse.boolean, "Redirect plain HTTP to HTTPS for every app.", deis="nginx.ssl.enforce"),
        _o(
            "hsts",
            parse.boolean,
            "Send Strict-Transport-Security for every app (implies --ssl-enforce).",
            deis="nginx.ssl.hsts.enabled",
        ),
        _o("hsts_max_age", parse.count, "HSTS max-age.", "SECONDS", deis="nginx.ssl.hsts.maxAge"),
        _o("hsts_include_subdomains", parse.boolean, "HSTS includeSubDomains.", deis="nginx.ssl.hsts.includeSubDomains"),
        _o("hsts_preload", parse.boolean, "HSTS preload.", deis="nginx.ssl.hsts.preload"),
        _o(
            "default_whitelist",
            parse.networks,
            "Client networks allowed for every app.",
            "CIDR,...",
            deis="nginx.defaultWhitelist",
        ),
        _o("enforce_whitelists", parse.boolean, "Deny everyone to apps without a whitelist.", deis="nginx.enforceWhitelists"),
        _o(
            "whitelist_mode",
            _words("extend", "override"),
            "An app's whitelist extends or replaces the default one.",
            "extend|override",
            deis="nginx.whitelistMode",
        ),
        _o(
            "referrer_policy",
            parse.referrer_policy,
            "Referrer-Policy response header, none to send none.",
            "POLICY",
            deis="nginx.referrerPolicy",
        ),
        _o("request_start", parse.boolean, "Send X-Request-Start upstream.", deis="nginx.requestStartHeader"),
        _o("proxy_buffers", parse.boolean, "Buffer responses (nginx only).", deis="nginx.proxyBuffers.enabled"),
        _o("proxy_buffers_number", parse.count, "Number of response buffers.", "N", deis="nginx.proxyBuffers.number"),
        _o("proxy_buffers_size", parse.size, "Size of one response buffer.", "SIZE", deis="nginx.proxyBuffers.size"),
        _o(
            "proxy_buffers_busy_size",
            parse.size,
            "Size of buffers busy sending to the client.",
            "SIZE",
            deis="nginx.proxyBuffers.busySize",
        ),
        _o("retry_after", parse.count, "Retry-After of maintenance answers.", "SECONDS"),
    ),
    "The whole router": (
        _o(
            "trusted_proxies",
            parse.networks,
            "Networks whose X-Forwarded-* headers are believed.",
            "CIDR,...",
            deis="nginx.proxyRealIpCidrs",
        ),
        _o("proxy_protocol", parse.boolean, "Require a PROXY protocol header from clients.", deis="nginx.useProxyProtocol"),
        _o(
            "workers",
            parse.workers,
            "Worker processes or threads of the plane, auto for one a core.",
            "N",
            deis="nginx.workerProcesses",
        ),
        _o("worker_connections", parse.count, "Connections of one worker.", "N", deis="nginx.maxWorkerConnections"),
        _o("keepalive_timeout", _ms, "How long an idle client connection stays open.", "DURATION"),
        _o(
            "client_timeout",
            _ms,
            "Time for a request's head, and between two reads from a client, or writes to it.",
            "DURATION",
        ),
        _o("gzip", parse.boolean, "Compress responses.", deis="nginx.gzip.enabled"),
        _o("gzip_level", parse.bounded(1, 9), "Compression level, 1 to 9.", "N", deis="nginx.gzip.compLevel"),
        _o("gzip_min_length", parse.size, "Smallest response that is compressed.", "SIZE", deis="nginx.gzip.minLength"),
        _o(
            "gzip_types",
            parse.media_types,
            "Media types that are compressed besides text/html.",
            "TYPE,...",
            deis="nginx.gzip.types",
        ),
        _o("gzip_vary", parse.boolean, "Send Vary: Accept-Encoding.", deis="nginx.gzip.vary"),
        _o("http2", parse.boolean, "Offer HTTP/2 to clients.", deis="nginx.http2Enabled"),
        _o("server_tokens", parse.boolean, "Tell clients the plane's version."),
        _o("ssl_session_cache", parse.count, "Megabytes for TLS sessions.", "MB"),
        _o(
            "ssl_session_timeout",
            parse.duration_s,
            "How long a TLS session can be resumed.",
            "DURATION",
            deis="nginx.ssl.sessionTimeout",
        ),
        _o("ssl_session_tickets", parse.boolean, "TLS session tickets.", deis="nginx.ssl.useSessionTickets"),
        _o("resolvers", parse.ip_addresses, "DNS servers for ExternalName Services (default: /etc/resolv.conf).", "IP,..."),
        _o("access_log", parse.access_log, "Access log: stdout, off, or a file.", "PATH"),
        _o(
            "error_log_level",
            _words("debug", "info", "notice", "warn", "error", "crit"),
            "How much the plane itself logs.",
            "LEVEL",
            deis="nginx.errorLogLevel",
        ),
        _o("pages", parse.text, "Folder with 404.html, 502.html, 503.html, 504.html, maintenance.html that replace ours.", "DIR"),
    ),
}
"""By heading, in the order of ``--help``."""

OPTIONS: tuple[Option, ...] = tuple(option for section in SECTIONS.values() for option in section)

BY_FIELD: Mapping[str, Option] = {o.field: o for o in OPTIONS}
