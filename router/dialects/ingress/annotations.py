"""The annotations of an Ingress, declared. They hold for all its paths, and for nothing else."""

import functools
from collections.abc import Callable
from typing import Any

from router.base import parse
from router.base.findings import Finding
from router.base.shared import shared
from router.facts.annotations import NATIVE, Broken, Field, Values, annotation_field, read
from router.facts.networking import Ingress
from router.settings import Settings
from router.table.allow import allowed
from router.table.from_settings import buffering_of
from router.table.routes import Hsts, Policy, Timeouts

REDIRECT = 308
"""Keeps method and body (RFC 9110 15.4.9). Deis' apps redirect with 301."""


def _f(name: str, reader: Callable[[str], Any], sentence: str, default: str = "", *, security: bool = False) -> Field:
    parser = lambda text: reader(text.strip(" \t\r\n"))  # noqa: E731
    return Field(names=(NATIVE + name,), parse=parser, help=sentence, default=default, security=security)


SSL_REDIRECT = _f(
    "ssl-redirect", parse.boolean, "Redirect plain HTTP to HTTPS (308).", "true for hosts under spec.tls", security=True
)
WHITELIST = _f("whitelist", parse.items, "Client networks that are let in: IP or CIDR,...; others get 403.", security=True)
HSTS = _f("hsts", parse.boolean, "Send Strict-Transport-Security over HTTPS; implies ssl-redirect.", "false", security=True)
MAINTENANCE = _f("maintenance", parse.boolean, "Answer 503 with Retry-After and the maintenance page.", "false")
BODY_SIZE = _f("body-size", parse.size, "Largest request body, 0 for no limit.", "--body-size")
CONNECT_TIMEOUT = _f("connect-timeout", parse.duration_ms, "Time to connect to an endpoint.", "--connect-timeout")
READ_TIMEOUT = _f("read-timeout", parse.duration_ms, "Time between two reads from an endpoint.", "--read-timeout")
SEND_TIMEOUT = _f("send-timeout", parse.duration_ms, "Time between two writes to an endpoint.", "--send-timeout")
REFERRER_POLICY = _f(
    "referrer-policy", parse.referrer_policy, "Referrer-Policy response header, none to send none.", "--referrer-policy"
)

FIELDS = (
    SSL_REDIRECT, WHITELIST, HSTS, MAINTENANCE, BODY_SIZE, CONNECT_TIMEOUT, READ_TIMEOUT, SEND_TIMEOUT, REFERRER_POLICY,
)  # fmt: skip
"""Ours. Those of other controllers become a second table of declarations beside this one, read into the same policy."""


def read_policies(ingress: Ingress, settings: Settings) -> tuple[Callable[[bool], Policy], list[Finding]]:
    """(whether a host stands under spec.tls -> its policy, complaints). What is broken closes."""
    values, findings = read(ingress.metadata.annotations, FIELDS, ingress.ref)
    field = annotation_field(values.key(WHITELIST))
    allow, about_whitelist = allowed(values.get(WHITELIST, ()), settings, ingress.ref, field)
    referrer = values.get(REFERRER_POLICY, settings.referrer_policy)

    def policy(tls: bool) -> Policy:
        made = Policy(
            allow=allow,
            https_redirect=REDIRECT if _redirects(values, tls) else None,
            hsts=_hsts(values, settings),
            maintenance=settings.retry_after if values.get(MAINTENANCE, False) else None,
            body_size=values.get(BODY_SIZE, settings.body_size),
            timeouts=_timeouts(values, settings),
            buffering=buffering_of(settings),
            referrer_policy="" if referrer == "none" else referrer,
            request_start=settings.request_start,
        )
        return shared(made)

    return functools.cache(policy), findings + about_whitelist


def _redirects(values: Values, tls: bool) -> bool:
    """HSTS implies it (RFC 6797 7.2). A value that was not understood redirects."""
    wanted = (values.get(SSL_REDIRECT, tls), values.get(HSTS, False))
    return any(isinstance(w, Broken) or w for w in wanted)


def _hsts(values: Values, settings: Settings) -> Hsts | None:
    """Only if it was said clearly: browsers remember it, so it can not be taken back."""
    if values.get(HSTS, False) is not True:
        return None
    return Hsts(max_age=settings.hsts_max_age, include_subdomains=settings.hsts_include_subdomains, preload=settings.hsts_preload)


def _timeouts(values: Values, settings: Settings) -> Timeouts:
    return Timeouts(
        connect=values.get(CONNECT_TIMEOUT, settings.connect_timeout),
        read=values.get(READ_TIMEOUT, settings.read_timeout),
        send=values.get(SEND_TIMEOUT, settings.send_timeout),
    )
