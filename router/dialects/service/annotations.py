"""The annotations of apps, declared: Deis' app scope under ``router.deis.io/``, and the same names under ``tidegate.dev/``."""

from collections.abc import Callable, Mapping
from typing import Any

from router.base import parse
from router.base.findings import Finding, warning
from router.facts.annotations import DEIS, NATIVE, Field, Values, annotation_field, read
from router.facts.core import Service
from router.table.backends import SERVICE_FIELDS

_BLANK = " \t\r\n"


def _items(text: str) -> tuple[str, ...]:
    """A comma list that may be written over several lines."""
    return tuple(i for i in (item.strip(_BLANK) for item in text.split(",")) if i)


def _keys(*names: str) -> tuple[str, ...]:
    return tuple(prefix + name for prefix in (NATIVE, DEIS) for name in names)


def _list(name: str, sentence: str) -> Field:
    """Items are judged one by one by who reads them, so that a bad one costs only itself."""
    return Field(names=_keys(name), parse=_items, help=sentence)


def _one(names: str, reader: Callable[[str], Any], sentence: str, default: str = "", security: bool = False) -> Field:
    """``names``: the preferred one first, with blanks between."""
    parser = lambda text: reader(text.strip(_BLANK))  # noqa: E731
    return Field(names=_keys(*names.split()), parse=parser, help=sentence, default=default, security=security)


DOMAINS = _list("domains", "Host names of the app: DOMAIN,...; without a dot below the platform domain; *.DOMAIN for one label.")
CERTIFICATES = _list("certificates", "DOMAIN:NAME,...: the certificate of a domain is in the Secret NAME-cert of the namespace.")
WHITELIST = _list("whitelist", "Client networks that are let in: IP or CIDR,... (IPv4 and IPv6). Empty is no list.")
PORT = _one("port", parse.port_name_or_number, "Port of the Service by name or number.", "80, else the only one")
MAINTENANCE = _one("maintenance", parse.boolean, "Answer 503 with Retry-After and the maintenance page.", "false")
CONNECT_TIMEOUT = _one("connectTimeout", parse.duration_ms, "Time to connect to an endpoint.", "--connect-timeout")
TCP_TIMEOUT = _one(
    "tcpTimeout", parse.duration_ms, "Time between two reads from, or writes to, an endpoint.", "--read-timeout, --send-timeout"
)
BODY_SIZE = _one("bodySize nginx.bodySize", parse.size, "Largest request body, 0 for no limit.", "--body-size")
ENFORCE = _one("ssl.enforce", parse.boolean, "Redirect plain HTTP to HTTPS (301).", "--ssl-enforce", security=True)
HSTS = _one("ssl.hsts.enabled", parse.boolean, "Send Strict-Transport-Security; implies ssl.enforce.", "--hsts", security=True)
HSTS_MAX_AGE = _one("ssl.hsts.maxAge", parse.count, "HSTS max-age in seconds.", "--hsts-max-age")
HSTS_SUBDOMAINS = _one("ssl.hsts.includeSubDomains", parse.boolean, "HSTS includeSubDomains.", "--hsts-include-subdomains")
HSTS_PRELOAD = _one("ssl.hsts.preload", parse.boolean, "HSTS preload.", "--hsts-preload")
REFERRER_POLICY = _one(
    "referrerPolicy", parse.referrer_policy, "Referrer-Policy response header, none to send none.", "--referrer-policy"
)
NO_REQUEST_START = _one("disableRequestStartHeader", parse.boolean, "Do not send X-Request-Start to this app.", "false")
BUFFERS = _one("proxyBuffers.enabled nginx.proxyBuffers.enabled", parse.boolean, "Buffer responses (nginx).", "--proxy-buffers")
BUFFERS_NUMBER = _one(
    "proxyBuffers.number nginx.proxyBuffers.number",
    parse.bounded(2, 1024),
    "Response buffers, 2 to 1024.",
    "--proxy-buffers-number",
)
BUFFERS_SIZE = _one(
    "proxyBuffers.size nginx.proxyBuffers.size", parse.size, "Size of one response buffer.", "--proxy-buffers-size"
)
BUFFERS_BUSY = _one(
    "proxyBuffers.busySize nginx.proxyBuffers.busySize",
    parse.size,
    "Size of the buffers that are busy sending to the client.",
    "--proxy-buffers-busy-size",
)
PROXY_DOMAIN = _one("proxyDomain", str, "A domain of another app of the namespace, where proxyLocations are mounted.")
PROXY_LOCATIONS = _list("proxyLocations", "Path prefixes of proxyDomain that this Service answers: /PATH,...")
REGEX_DOMAIN = _one("regexDomain", str, "Refused: a pattern can take hosts of others. Use *.DOMAIN in domains.")

FIELDS = (
    DOMAINS, CERTIFICATES, PORT, WHITELIST, MAINTENANCE, ENFORCE, HSTS, HSTS_MAX_AGE, HSTS_SUBDOMAINS, HSTS_PRELOAD,
    CONNECT_TIMEOUT, TCP_TIMEOUT, BODY_SIZE, BUFFERS, BUFFERS_NUMBER, BUFFERS_SIZE, BUFFERS_BUSY, REFERRER_POLICY,
    NO_REQUEST_START, PROXY_DOMAIN, PROXY_LOCATIONS, REGEX_DOMAIN,
)  # fmt: skip
"""In the order of the reference."""

NOT_PER_APP: Mapping[str, str] = {
    "ssl.protocols": "TLS 1.2 and 1.3 are served on every host",
    "ssl.ciphers": "the ciphers are those of Mozilla's intermediate profile on every host",
    "ssl.sessionCache": "it is set for the whole router with --ssl-session-cache",
    "ssl.sessionTimeout": "it is set for the whole router with --ssl-session-timeout",
    "ssl.useSessionTickets": "it is set for the whole router with --ssl-session-tickets",
    "ssl.bufferSize": "the plane chooses the size of TLS records",
    "ssl.earlyDataMethods": "TLS 1.3 early data can be replayed, so it is not accepted",
}
"""What Deis parses on apps and silently ignores, and what holds instead."""
_IGNORED = tuple(Field(names=_keys(name), parse=str, help="") for name in NOT_PER_APP)


def read_app(service: Service) -> tuple[Values, list[Finding]]:
    """What the annotations of an app say, and complaints about those that are wrong, unknown or of no effect."""
    annotations = service.metadata.annotations
    values, findings = read(annotations, FIELDS, service.ref, (*SERVICE_FIELDS, *_IGNORED))
    for key in sorted(annotations):
        name = key.removeprefix(NATIVE).removeprefix(DEIS)
        if name in NOT_PER_APP and key in _keys(name):
            message = f"{name} has no effect on one app: {NOT_PER_APP[name]}."
            findings.append(warning(service.ref, annotation_field(key), "NotApplicable", message, "Remove it."))
    return values, findings
