"""The written notation and the JSON form."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import ObjectRef
from router.base.frozen import PrivateBytes
from router.base.parse import Bad, networks
from router.certs import Certificate
from router.table import notation
from router.table.explain import Explanation
from router.table.hosts import ANY_HOST, HostKind, HostPattern
from router.table.routes import (
    Action,
    Buffering,
    Forward,
    Hsts,
    Match,
    Origin,
    PathMatch,
    PathRewriteKind,
    Policy,
    Redirect,
    Respond,
    Rewrite,
    Route,
    Timeouts,
    ValueMatch,
    WeightedBackend,
)
from router.table.types import (
    Backend,
    BackendProtocol,
    Endpoint,
    Listener,
    Protocol,
    Refused,
    SniBinding,
    StreamRoute,
    Table,
    UpstreamTls,
    VirtualHost,
)

REF = ObjectRef(kind="Ingress", namespace="shop", name="web")
ORIGIN = Origin(dialect="ingress", object=REF, rule="rules[0]")
SERVICE = ObjectRef(kind="Service", namespace="shop", name="web")
CERTIFICATE = Certificate(
    id="0123456789abcdef", source="Secret shop/tls", names=("*.example", "example"), not_before="2026", not_after="2027",
    chain="CHAIN", key=PrivateBytes(b"SECRET-KEY"), key_type="ed25519",
)  # fmt: skip
BACKENDS = (
    Backend(id="b1", label="shop/web:http", service=SERVICE, endpoints=(Endpoint(address="::1", port=1), Endpoint(address="a.b", port=2))),
    Backend(id="b2", label="shop/gone:80", service=SERVICE, problem="Service shop/gone does not exist"),
    Backend(
        id="b3", label="shop/rpc:grpc", service=SERVICE, protocol=BackendProtocol.GRPCS, proxy_protocol=2,
        tls=UpstreamTls(server_name="rpc.example", ca=PrivateBytes(b"SECRET-CA")), endpoints=(Endpoint(address="10.0.0.1", port=3),),
    ),
)  # fmt: skip


def route(action: Action, match: Match = Match(), policy: Policy = Policy(), *, fallback: bool = False) -> Route:  # noqa: B008
    return Route(id="r", origin=ORIGIN, match=match, action=action, policy=policy, fallback=fallback)


def to(*backends: str, rewrite: Rewrite | None = None) -> Forward:
    return Forward(backends=tuple(WeightedBackend(backend=b, weight=n + 1) for n, b in enumerate(backends)), rewrite=rewrite)


TABLE = Table(
    listeners=(
        Listener(name="http", port=80, protocol=Protocol.HTTP),
        Listener(name="https", port=443, protocol=Protocol.HTTPS, address="::", proxy_protocol=True),
        Listener(name="tcp-1", port=1, protocol=Protocol.TCP, address="10.0.0.1"),
    ),
    hosts=(
        VirtualHost(
            host=HostPattern(kind=HostKind.ONE_LABEL, name="example"), listeners=("http",), owner="shop",
            routes=(
                route(to("b1"), Match(path=PathMatch(value="/a"), method="GET", headers=(ValueMatch(name="x", value="1"),))),
                route(to("b1", "b2"), policy=Policy(maintenance=60, hsts=Hsts(preload=True))),
                route(to("b3"), fallback=True),
            ),
        ),
        VirtualHost(host=ANY_HOST, listeners=("http",), routes=()),
    ),
    backends=BACKENDS,
    certificates=(CERTIFICATE,),
    sni=(SniBinding(host=HostPattern(kind=HostKind.EXACT, name="example"), certificate=CERTIFICATE.id),),
    default_certificate=CERTIFICATE.id,
    streams=(StreamRoute(id="s", listener="tcp-1", origin=Origin(dialect="settings", object=SERVICE, rule="--tcp 1"), backend="b2"),),
)  # fmt: skip
TEXT = """\
listener http HTTP *:80
listener https HTTPS [::]:443 proxy-protocol
listener tcp-1 TCP 10.0.0.1:1
certificate 01234567 *.example,example until 2027 from Secret shop/tls default
sni example -> 01234567
host *.example owner shop
  prefix /a GET header x=1 -> shop/web:http  # Ingress shop/web rules[0]
  prefix / -> shop/web:http*1 + shop/gone:80*2  # Ingress shop/web rules[0]
    hsts max-age=15552000; preload
    maintenance, retry after 60s
  default -> shop/rpc:grpc  # Ingress shop/web rules[0]
host *
backend shop/web:http -> [::1]:1 a.b:2
backend shop/gone:80 -> nothing: Service shop/gone does not exist
backend shop/rpc:grpc grpcs sni rpc.example proxy-v2 -> 10.0.0.1:3
stream tcp-1 -> shop/gone:80  # Service shop/web --tcp 1
"""


def test_a_table_is_written_one_thing_a_line() -> None:
    assert notation.to_text(TABLE) == TEXT
    assert notation.to_text(Table()) == ""


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Forward(), "nothing"),
        (Respond(status=404), "respond 404"),
        (Redirect(status=301), "redirect 301"),
        (Redirect(scheme="https", host="a.b", port=8443), "redirect 302 scheme https port 8443 host a.b"),
        (Redirect(path_kind=PathRewriteKind.PREFIX, path="/x"), "redirect 302 prefix /x"),
        (
            to("b1", rewrite=Rewrite(host="inner", path_kind=PathRewriteKind.FULL, path="/x")),
            "shop/web:http host inner full /x",
        ),
    ],
)
def test_an_action_is_written_in_words(action: Action, text: str) -> None:
    assert notation.action_text(action, {b.id: b.label for b in BACKENDS}) == text


LISTS = networks("10.0.0.0/8, ::1")
assert not isinstance(LISTS, Bad)


@pytest.mark.parametrize(
    ("policy", "texts"),
    [
        (Policy(), []),
        (Policy(allow=()), ["allow nobody"]),
        (Policy(allow=LISTS, https_redirect=308), ["allow 10.0.0.0/8, ::1/128", "redirect to https 308"]),
        (Policy(body_size=0), ["body of any size"]),
        (Policy(body_size=5), ["body at most 5 bytes"]),
        (Policy(timeouts=Timeouts(read=1)), ["timeouts connect 5000ms read 1ms send 60000ms"]),
        (Policy(timeouts=Timeouts(request=1)), ["timeouts connect 5000ms read 60000ms send 60000ms request 1ms"]),
        (Policy(buffering=Buffering(enabled=True)), ['buffering {"enabled":true,"number":8,"size":4096,"busy_size":8192}']),
        (Policy(referrer_policy="origin", request_start=True), ["referrer-policy origin", "x-request-start"]),
    ],
)
def test_only_policies_that_differ_from_the_defaults_are_written(policy: Policy, texts: list[str]) -> None:
    assert list(notation.policy_texts(policy)) == texts


def test_no_private_key_is_written() -> None:
    forms = [notation.to_text(TABLE), msgspec.json.encode(notation.to_builtins(TABLE)).decode(), repr(TABLE)]
    assert not [form for form in forms if "SECRET" in form]


def test_the_json_form_is_versioned_and_holds_every_part_of_the_table() -> None:
    made = notation.to_builtins(TABLE)
    assert made["version"] == notation.VERSION
    assert set(made) == {"version", *Table.__struct_fields__}
    assert made["certificates"][0]["names"] == ["*.example", "example"]
    assert msgspec.yaml.decode(msgspec.yaml.encode(made)) == msgspec.json.decode(msgspec.json.encode(made))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_of_an_object_breaks_a_line(name: str) -> None:
    origin = Origin(dialect="ingress", object=ObjectRef(kind="Ingress", namespace="shop", name=name))
    virtual = VirtualHost(
        host=ANY_HOST, listeners=(), routes=(msgspec.structs.replace(route(Respond(status=404)), origin=origin),)
    )
    assert len(notation.to_text(Table(hosts=(virtual,))).splitlines()) == 2


def test_the_reference_names_every_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "table.md").read_text()
    parts = [Table, Listener, VirtualHost, Route, Backend, SniBinding, StreamRoute, Refused, Explanation]
    names = {name for part in parts for name in part.__struct_fields__}
    assert not [name for name in sorted(names) if f"`{name}`" not in page]
