import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.facts.core import Deployment
from router.facts.meta import Meta
from router.facts.own_deployment import NOT_APPLICABLE, from_deployment
from router.settings import DEFAULTS, OPTIONS, Settings

_WORDS = """
workerProcesses maxWorkerConnections trafficStatusZoneSize defaultTimeout serverNameHashMaxSize serverNameHashBucketSize
gzip.enabled gzip.compLevel gzip.minLength gzip.httpVersion gzip.disable gzip.proxied gzip.vary gzip.types bodySize
largeHeaderBuffersCount largeHeaderBuffersSize proxyRealIpCidrs useProxyProtocol disableServerTokens errorLogLevel logFormat
platformDomain requestIDs requestStartHeader enforceWhitelists defaultWhitelist whitelistMode enableRegexDomains
loadModsecurityModule defaultServiceEnabled defaultServiceIP defaultAppName DefaultAppName http2Enabled referrerPolicy
proxyBuffers.enabled proxyBuffers.number proxyBuffers.size proxyBuffers.busySize ssl.enforce ssl.protocols ssl.ciphers
ssl.sessionCache ssl.sessionTimeout ssl.useSessionTickets ssl.bufferSize ssl.hsts.enabled ssl.hsts.maxAge
ssl.hsts.includeSubDomains ssl.hsts.preload ssl.earlyDataMethods
"""
DEIS_ROUTER_SCOPE = _WORDS.split()


def read(annotations, explicit=(), settings=DEFAULTS):
    deployment = Deployment(metadata=Meta(name="deis-router", namespace="deis", annotations=annotations))
    return from_deployment(settings, deployment, frozenset(explicit))


def changed(annotations, explicit=()):
    made, _ = read(annotations, explicit)
    return {f: getattr(made, f) for f in Settings.__struct_fields__ if getattr(made, f) != getattr(DEFAULTS, f)}


def reasons(annotations, explicit=()):
    return [f.reason for f in read(annotations, explicit)[1]]


@pytest.mark.parametrize("name", DEIS_ROUTER_SCOPE)
def test_every_router_setting_of_deis_is_known(name):
    assert "UnknownSetting" not in reasons({f"router.deis.io/nginx.{name}": "x"})


@pytest.mark.parametrize("name", NOT_APPLICABLE)
def test_a_setting_that_does_not_apply_changes_nothing_and_says_why(name):
    made, (finding,) = read({f"router.deis.io/{name}": "1"})
    assert (made, finding.reason) == (DEFAULTS, "NotApplicable")
    assert NOT_APPLICABLE[name] in finding.message


def test_settings_are_read_in_both_spellings():
    assert changed({"router.deis.io/nginx.bodySize": "5m", "tidegate.dev/gzip-level": "9"}) == {
        "body_size": 5 * 1024 * 1024,
        "gzip_level": 9,
    }


def test_the_native_spelling_wins_with_a_warning_if_they_differ():
    both = {"router.deis.io/nginx.bodySize": "5m", "tidegate.dev/body-size": "6m"}
    assert (changed(both), reasons(both)) == ({"body_size": 6 * 1024 * 1024}, ["AnnotationsDiffer"])
    assert reasons(dict.fromkeys(both, "5m")) == []


def test_a_flag_or_the_environment_wins_over_the_deployment():
    assert changed({"router.deis.io/nginx.bodySize": "5m"}, explicit=["body_size"]) == {}


def test_the_default_timeout_of_deis_is_three_of_ours():
    timeout = {"router.deis.io/nginx.defaultTimeout": "1300s"}
    fields = ("read_timeout", "send_timeout", "keepalive_timeout")
    assert changed(timeout) == dict.fromkeys(fields, 1_300_000)
    assert changed(timeout, explicit=["send_timeout"]) == {"read_timeout": 1_300_000, "keepalive_timeout": 1_300_000}
    assert changed({**timeout, "tidegate.dev/send-timeout": "5s"})["send_timeout"] == 5_000


def test_disabling_server_tokens_is_the_inverse_of_ours():
    tokens = Settings(server_tokens=True)
    assert read({"router.deis.io/nginx.disableServerTokens": "true"}, settings=tokens)[0].server_tokens is False
    assert changed({"router.deis.io/nginx.disableServerTokens": "false"}) == {"server_tokens": True}
    assert changed({"router.deis.io/nginx.disableServerTokens": "maybe"}) == {}


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("ssl.enforce", {"ssl_enforce": True}),
        ("ssl.hsts.enabled", {"ssl_enforce": True}),
        ("enforceWhitelists", {"enforce_whitelists": True}),
        ("defaultWhitelist", {"enforce_whitelists": True}),
        ("bodySize", {}),
        ("proxyRealIpCidrs", {}),
    ],
)
def test_a_bad_value_leaves_the_default_or_what_is_safe(name, closed):
    annotation = {f"router.deis.io/nginx.{name}": "maybe"}
    assert (changed(annotation), reasons(annotation)) == (closed, ["InvalidSetting"])


def test_a_broken_default_whitelist_closes_even_if_a_flag_would_open():
    assert changed({"tidegate.dev/default-whitelist": "x"}, explicit=["enforce_whitelists"]) == {"enforce_whitelists": True}


def test_one_bad_network_costs_only_itself():
    annotation = {"router.deis.io/nginx.defaultWhitelist": "10.0.0.0/8,nonsense,2001:db8::/32"}
    networks = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))
    assert (changed(annotation), reasons(annotation)) == ({"default_whitelist": networks}, ["InvalidSetting"])


def test_an_empty_text_is_the_default_where_deis_says_so():
    empty = {f"router.deis.io/nginx.{n}": "" for n in ("platformDomain", "referrerPolicy", "defaultWhitelist")}
    assert (changed(empty), reasons(empty)) == ({}, [])


def test_an_unknown_name_is_answered_with_the_nearest():
    _, (near, far) = read({"router.deis.io/nginx.bodysize": "1m", "tidegate.dev/zzzzzz": "1"})
    assert (near.reason, near.fix) == ("UnknownSetting", "Did you mean nginx.bodySize?")
    assert far.fix == "See docs/reference/settings.md."


def test_what_the_process_needs_first_is_a_flag_only():
    annotation = {"tidegate.dev/reload-hook": "rm -rf /", "tidegate.dev/state": "/tmp"}
    assert (changed(annotation), reasons(annotation)) == ({}, ["FlagOnly", "FlagOnly"])


def test_annotations_of_others_are_not_ours():
    assert reasons({"kubectl.kubernetes.io/last-applied-configuration": "{}", "router.deis.io": "x"}) == []


KEYS = st.sampled_from([f"router.deis.io/nginx.{n}" for n in DEIS_ROUTER_SCOPE] + [f"tidegate.dev/{o.flag[2:]}" for o in OPTIONS])


@given(st.dictionaries(KEYS | st.text(max_size=30).map("tidegate.dev/".__add__), st.text(max_size=40), max_size=5))
def test_any_text_gives_settings_of_the_right_types(annotations):
    made, _ = read(annotations)
    assert all(type(getattr(made, f)) is type(getattr(DEFAULTS, f)) for f in Settings.__struct_fields__)
