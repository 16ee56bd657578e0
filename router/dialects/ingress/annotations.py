"""The annotations of an Ingress, declared. They hold for all its paths, and for nothing else."""

from collections.abc import Callable
from typing import Any

from router.base import parse
from router.facts.annotations import Broken, Field, Values
from router.settings import Settings
from router.table.from_settings import buffering_of
from router.table.routes import Hsts, Network, Policy, Timeouts

REDIRECT_STATUS = 308


def _f(name: str, reader: Callable[[str], Any], sentence: str, default: str = "", *, security: bool = False) -> Field:
    return Field(names=(f"tidegate.dev/{name}",), parse=reader, help=sentence, default=default, security=security)


SSL_REDIRECT = _f(
    "ssl-redirect", parse.boolean, "Redirect plain HTTP to HTTPS (308). Set to false, hosts under spec.tls are not redirected.",
    "true for hosts under spec.tls", security=True,
)  # fmt: skip
WHITELIST = _f("whitelist", parse.networks, "Client networks that are let in; everyone else gets 403.", security=True)
HSTS = _f("hsts", parse.boolean, "Send Strict-Transport-Security over HTTPS; redirects plain HTTP too.", "false", security=True)
MAINTENANCE = _f("maintenance", parse.boolean, "Answer 503 with the maintenance page to every request.", "false")
BODY_SIZE = _f("body-size", parse.size, "Largest request body, 0 for no limit.", "--body-size")
CONNECT = _f("connect-timeout", parse.duration_ms, "Time to connect to an endpoint.", "--connect-timeout")
READ = _f("read-timeout", parse.duration_ms, "Time between two reads from an endpoint.", "--read-timeout")
SEND = _f("send-timeout", parse.duration_ms, "Time between two writes to an endpoint.", "--send-timeout")
REFERRER = _f("referrer-policy", parse.referrer_policy, "Referrer-Policy response header; none sends none.", "--referrer-policy")

FIELDS = (SSL_REDIRECT, WHITELIST, HSTS, MAINTENANCE, BODY_SIZE, CONNECT, READ, SEND, REFERRER)


def policy(values: Values, settings: Settings, tls: bool) -> Policy:
    """The policy of one host of an Ingress; ``tls``: the host stands under spec.tls. What is broken closes."""
    hsts = values.get(HSTS, False)
    referrer = values.get(REFERRER, settings.referrer_policy)
    return Policy(
        allow=_allowed(values.get(WHITELIST, None), settings),
        https_redirect=REDIRECT_STATUS if _redirects(values, tls) else None,
        hsts=_hsts(settings) if hsts is True else None,
        maintenance=settings.retry_after if values.get(MAINTENANCE, False) else None,
        body_size=values.get(BODY_SIZE, settings.body_size),
        timeouts=Timeouts(
            connect=values.get(CONNECT, settings.connect_timeout),
            read=values.get(READ, settings.read_timeout),
            send=values.get(SEND, settings.send_timeout),
        ),
        buffering=buffering_of(settings),
        referrer_policy="" if referrer == "none" else referrer,
        request_start=settings.request_start,
    )


def _redirects(values: Values, tls: bool) -> bool:
    """HSTS implies it (RFC 6797 7.2); a value that was not understood redirects."""
    said = values.get(SSL_REDIRECT, tls)
    if values.get(HSTS, False):
        return True
    return True if isinstance(said, Broken) else bool(said)


def _allowed(said: tuple[Network, ...] | Broken | None, settings: Settings) -> tuple[Network, ...] | None:
    """An empty list is no list. A list with an item that was not understood lets nobody in."""
    if isinstance(said, Broken):
        return ()
    own = said or ()
    if settings.whitelist_mode == "override" and own:
        return tuple(sorted(own, key=str))
    everyone = sorted({*own, *settings.default_whitelist}, key=str)
    return tuple(everyone) if everyone or settings.enforce_whitelists else None


def _hsts(settings: Settings) -> Hsts:
    return Hsts(
        max_age=settings.hsts_max_age, include_subdomains=settings.hsts_include_subdomains, preload=settings.hsts_preload
    )  # fmt: skip
