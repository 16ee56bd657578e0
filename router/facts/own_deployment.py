"""Settings from the annotations of the Deployment that the router itself runs in: Deis' router scope.

``router.deis.io/nginx.bodySize`` or, as the native spelling, ``tidegate.dev/body-size`` (the flag's name). A text that is
not understood leaves the default, but never opens what it was meant to close.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.base import parse
from router.base.findings import Finding, ObjectRef, error, warning
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.facts.annotations import DEIS, NATIVE, annotation_field
from router.facts.core import Deployment
from router.settings import OPTIONS, SECTIONS, Option, Settings

NOT_APPLICABLE: Mapping[str, str] = {
    "nginx.trafficStatusZoneSize": "statistics are on the metrics page of the admin address",
    "nginx.serverNameHashMaxSize": "hosts are looked up in a map, whose size follows from its content",
    "nginx.serverNameHashBucketSize": "hosts are looked up in a map, whose size follows from its content",
    "nginx.gzip.httpVersion": "whether a client takes compressed answers is read from Accept-Encoding",
    "nginx.gzip.disable": "whether a client takes compressed answers is read from Accept-Encoding",
    "nginx.gzip.proxied": "answers are compressed for clients behind proxies too",
    "nginx.largeHeaderBuffersCount": "headers up to 32 KB in all are always served",
    "nginx.largeHeaderBuffersSize": "request lines up to 8 KB and headers up to 32 KB in all are always served",
    "nginx.logFormat": "the access log is one JSON line a request, with fixed keys",
    "nginx.requestIDs": "every request has an X-Request-Id",
    "nginx.enableRegexDomains": "domains are names, not patterns; use a wildcard such as *.example.com",
    "nginx.loadModsecurityModule": "there is no web application firewall",
    "nginx.defaultServiceEnabled": "an Ingress with only a default backend serves the hosts that nobody names",
    "nginx.defaultServiceIP": "an Ingress with only a default backend serves the hosts that nobody names",
    "nginx.defaultAppName": "an Ingress with only a default backend serves the hosts that nobody names",
    "nginx.DefaultAppName": "an Ingress with only a default backend serves the hosts that nobody names",
    "nginx.ssl.protocols": "TLS 1.2 and 1.3 are served; older versions are not safe",
    "nginx.ssl.ciphers": "the ciphers are those of Mozilla's intermediate profile",
    "nginx.ssl.sessionCache": "the size of the session cache is set with --ssl-session-cache, in megabytes",
    "nginx.ssl.bufferSize": "the plane chooses the size of TLS records",
    "nginx.ssl.earlyDataMethods": "TLS 1.3 early data can be replayed, so it is not accepted",
}
"""Deis' router-scope settings that have no counterpart, and what there is instead."""

_INVERTED = {"nginx.disableServerTokens": "server_tokens"}
_ALSO = {"nginx.defaultTimeout": ("send_timeout", "keepalive_timeout")}
"""One Deis setting that is several of ours."""
_PROCESS = ("Where it listens and lives", "What it writes to the cluster")
_FLAG_ONLY = frozenset({o.field for heading in _PROCESS for o in SECTIONS[heading]} | {"pages"})
"""What the process needs before it can read a Deployment."""
_NETWORK_LISTS = frozenset({"default_whitelist", "trusted_proxies"})
_CLOSED: Mapping[str, Mapping[str, Any]] = {
    "ssl_enforce": {"ssl_enforce": True},
    "hsts": {"ssl_enforce": True},
    "enforce_whitelists": {"enforce_whitelists": True},
    "default_whitelist": {"enforce_whitelists": True},
}
"""What holds when a security setting is not understood. Without a default whitelist only apps with their own are open."""


class _Wish(Frozen):
    """One annotation and the setting it names."""

    key: str
    text: str
    option: Option
    inverted: bool = False
    also: tuple[str, ...] = ()


def from_deployment(
    settings: Settings, deployment: Deployment, explicit: frozenset[str] = frozenset()
) -> tuple[Settings, list[Finding]]:
    """``settings`` with what the annotations change. ``explicit``: fields set by a flag or the environment; they win."""
    ref, findings, given = deployment.ref, list[Finding](), dict[str, _Wish]()
    for wish in _wishes(deployment, findings):
        other = given.get(wish.option.field)
        if other and other.text != wish.text:
            sentence = f"{other.key} says something else; the native spelling wins."
            findings.append(warning(ref, annotation_field(wish.key), "AnnotationsDiffer", sentence, f"Remove {other.key}."))
        given[wish.option.field] = wish
    changes: dict[str, Any] = {}
    for field, wish in given.items():
        if field not in explicit:
            changes |= _changes(wish, ref, explicit, findings)
    return msgspec.structs.replace(settings, **changes), findings


def _wishes(deployment: Deployment, findings: list[Finding]) -> Iterator[_Wish]:
    """Deis' spelling first, so that the native one overwrites it."""
    deis = {o.deis: o for o in OPTIONS if o.deis}
    native = {o.flag[2:]: o for o in OPTIONS}
    for key, text in sorted(deployment.metadata.annotations.items()):
        name = key.removeprefix(DEIS)
        if not key.startswith(DEIS):
            continue
        if name in _INVERTED:
            option = next(o for o in OPTIONS if o.field == _INVERTED[name])
            yield _Wish(key=key, text=text, option=option, inverted=True)
        elif name in deis:
            yield _Wish(key=key, text=text, option=deis[name], also=_ALSO.get(name, ()))
        else:
            findings.append(_unused(deployment.ref, key, name, [*deis, *_INVERTED, *NOT_APPLICABLE]))
    for key, text in sorted(deployment.metadata.annotations.items()):
        name = key.removeprefix(NATIVE)
        if key.startswith(NATIVE) and name in native and native[name].field not in _FLAG_ONLY:
            yield _Wish(key=key, text=text, option=native[name])
        elif key.startswith(NATIVE):
            findings.append(_unused(deployment.ref, key, name, list(native)))


def _unused(ref: ObjectRef, key: str, name: str, known: list[str]) -> Finding:
    if name in NOT_APPLICABLE:
        return warning(
            ref, annotation_field(key), "NotApplicable", f"{name} has no effect here: {NOT_APPLICABLE[name]}.", "Remove it."
        )
    if name in known:
        fix = f"Use the flag --{name} or its environment variable."
        return warning(ref, annotation_field(key), "FlagOnly", f"{name} is needed before annotations can be read.", fix)
    near = difflib.get_close_matches(name[:100], known, 1, 0.5)
    fix = f"Did you mean {near[0]}?" if near else "See docs/reference/settings.md."
    return warning(ref, annotation_field(key), "UnknownSetting", f"{name!r} is not a setting.", fix)


def _changes(wish: _Wish, ref: ObjectRef, explicit: frozenset[str], findings: list[Finding]) -> Mapping[str, Any]:
    field, text = wish.option.field, wish.text.strip(" \t\r\n")
    if field in _NETWORK_LISTS:
        return _networks(wish, text, ref, findings)
    value = wish.option.parse(text) if text or wish.option.default != "" else ""
    if isinstance(value, Bad):
        closed = _CLOSED.get(field, {})
        rest = "The safe choice holds: it is on." if closed else "The default holds."
        findings.append(error(ref, annotation_field(wish.key), "InvalidSetting", f"{wish.option.flag[2:]}: {value.why}. {rest}"))
        return closed
    if wish.inverted:
        return {field: not value}
    return dict.fromkeys([field, *(f for f in wish.also if f not in explicit)], value)


def _networks(wish: _Wish, text: str, ref: ObjectRef, findings: list[Finding]) -> Mapping[str, Any]:
    """Each bad item alone is refused. Nothing good in a list that says something: nobody."""
    read = [parse.network(item) for item in parse.items(text)]
    good = tuple(n for n in read if not isinstance(n, Bad))
    for bad in (n for n in read if isinstance(n, Bad)):
        findings.append(
            error(ref, annotation_field(wish.key), "InvalidSetting", f"{wish.option.flag[2:]}: {bad.why}. The other items hold.")
        )
    closed = _CLOSED.get(wish.option.field, {}) if read and not good else {}
    return {wish.option.field: good, **closed}
