"""The policy of an app: its annotations over the router's settings."""

import msgspec

from router.base.findings import Finding, ObjectRef, error
from router.dialects.service import annotations as a
from router.dialects.service.whitelist import read_whitelist
from router.facts.annotations import Broken, Values, annotation_field
from router.settings import Settings
from router.table.routes import Buffering, Hsts, Policy, Timeouts

REDIRECT = 301
"""What Deis answers; Ingress redirects with 308."""


def read_policy(values: Values, settings: Settings, ref: ObjectRef) -> tuple[Policy, list[Finding]]:
    """Whatever of it is broken closes what it was to close, or is the router's setting."""
    allow, findings = read_whitelist(values, settings, ref)
    buffering, complaints = _buffering(values, settings, ref)
    referrer = values.get(a.REFERRER_POLICY, settings.referrer_policy)
    policy = Policy(
        allow=allow,
        https_redirect=REDIRECT if _enforced(values, settings) else None,
        hsts=_hsts(values, settings),
        maintenance=settings.retry_after if values.get(a.MAINTENANCE, False) else None,
        body_size=values.get(a.BODY_SIZE, settings.body_size),
        timeouts=_timeouts(values, settings),
        buffering=buffering,
        referrer_policy="" if referrer == "none" else referrer,
        request_start=settings.request_start and not values.get(a.NO_REQUEST_START, False),
    )
    return policy, findings + complaints


def _enforced(values: Values, settings: Settings) -> bool:
    """The router's setting or the app's. An app can not opt out: Deis' controller writes ``ssl.enforce: "false"`` on every
    app that did not ask for it. HSTS implies it; a value that is not understood counts as true."""
    asked = (values.get(a.ENFORCE, False), values.get(a.HSTS, False))
    return settings.ssl_enforce or settings.hsts or any(x is True or isinstance(x, Broken) for x in asked)


def _hsts(values: Values, settings: Settings) -> Hsts | None:
    """Only if it was said clearly: browsers remember it, so it can not be taken back."""
    if values.get(a.HSTS, settings.hsts) is not True:
        return None
    return Hsts(
        max_age=values.get(a.HSTS_MAX_AGE, settings.hsts_max_age),
        include_subdomains=values.get(a.HSTS_SUBDOMAINS, settings.hsts_include_subdomains),
        preload=values.get(a.HSTS_PRELOAD, settings.hsts_preload),
    )


def _timeouts(values: Values, settings: Settings) -> Timeouts:
    return Timeouts(
        connect=values.get(a.CONNECT_TIMEOUT, settings.connect_timeout),
        read=values.get(a.TCP_TIMEOUT, settings.read_timeout),
        send=values.get(a.TCP_TIMEOUT, settings.send_timeout),
    )


def _buffering(values: Values, settings: Settings, ref: ObjectRef) -> tuple[Buffering, list[Finding]]:
    """nginx refuses its whole configuration if the sizes do not fit (proxy_busy_buffers_size), so one app must not bring them."""
    router = Buffering(
        enabled=settings.proxy_buffers,
        number=settings.proxy_buffers_number,
        size=settings.proxy_buffers_size,
        busy_size=settings.proxy_buffers_busy_size,
    )
    number, size = values.get(a.BUFFERS_NUMBER, router.number), values.get(a.BUFFERS_SIZE, router.size)
    enabled, busy = values.get(a.BUFFERS, router.enabled), values.get(a.BUFFERS_BUSY, max(router.busy_size, size))
    wanted = Buffering(enabled=enabled, number=number, size=size, busy_size=busy)
    if (number, size, busy) == (router.number, router.size, router.busy_size) or (
        1024 <= size <= busy <= (number - 1) * size and number * size <= 1 << 30
    ):
        return wanted, []
    message = f"proxyBuffers: {number} buffers of {size} bytes, {busy} of them busy, do not fit; the router's sizes are used."
    fix = "busySize is at least size, and at most all buffers but one; a buffer has 1k or more."
    field = annotation_field(values.key(a.BUFFERS_SIZE))
    kept = msgspec.structs.replace(router, enabled=enabled)
    return kept, [error(ref, field, "InvalidBuffers", message, fix)]
