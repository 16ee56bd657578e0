"""P1 to P16: what ends each class of faults in which a tenant's text became an ingress controller's configuration.

Three of them are about what this product does not have. Their tests hold on to why it can not happen today, and fail on the day when it could.
"""

import asyncio
import builtins
import functools
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.base.clock import SystemClock
from router.base.parse import Bad
from router.certs import read
from router.dialects import ingress, service
from router.facts.annotations import Field
from router.planes.bundle import Bundle, File
from router.planes.check import check_folder
from router.planes.haproxy import allowed as haproxy_allowed
from router.planes.haproxy import text as haproxy
from router.planes.nginx import allowed as nginx_allowed
from router.planes.nginx import text as nginx
from router.planes.text import UnsafeText
from router.report.http import application
from router.report.status import Status
from router.settings import Settings
from router.sources.directory import documents
from router.table import paths
from router.table.explain import Request, explain
from router.table.routes import Forward, Hsts, Policy
from router.translate import translate
from tests.golden.cases import pair
from tests.support import hostile, tenants
from tests.support.certificates import NOW, secret
from tests.support.neighbours import settings, tenant
from tests.support.properties import examples
from tests.support.tenants import PLANES, Document

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
ROOT = Path(__file__).parents[2]
BASE = tenants.documents()
CANARY = """{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "canary", "namespace": "canary"},
 "spec": {"rules": [{"host": "canary.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
 "backend": {"service": {"name": "canary", "port": {"number": 80}}}}]}}]}}"""
ENCODERS = (
    nginx.quoted,
    nginx.key,
    nginx.exactly,
    nginx.word,
    haproxy.quoted,
    haproxy.header,
    haproxy.word,
    haproxy.key,
    haproxy.value,
)
CONTROLS = [chr(n) for n in (*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF)]


def texts(bundle: Bundle) -> dict[str, str]:
    return {f.path: f.data.decode() for f in bundle.files if not f.private and not f.path.startswith("pages/")}


def marked() -> list[Document]:
    """Objects in which every text of a tenant's choice that is printed anywhere holds a word of its own: ``mark<n>``."""

    def rename(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: rename(v) for k, v in value.items()}
        if isinstance(value, list):
            return [rename(v) for v in value]
        if isinstance(value, str) and not value.startswith("LS0"):
            value = re.sub(
                r"\b(shop|paths|wild|old|outside|inner|bare|resting|h2c(?=\.)|pp(?=\.))\b", lambda m: f"mark{m[0]}", value
            )
            value = re.sub(r"^/(exact|a/b|b|mounted)", lambda m: f"/mark{m[1]}", value)
        return value

    return [rename(d) for d in BASE]


MARKED = tenants.made(marked())


def test_p1_one_sink() -> None:
    """User text stands between double quotes (nginx), alone on the line of a file that needs none (HAProxy), or is a name or address."""
    for name, rendered in MARKED.rendered.items():
        found = 0
        for path, text in texts(rendered.bundle).items():
            for line in (line for line in text.split("\n") if "mark" in line.replace("mark-down", "")):
                found += 1
                outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
                quoted = "mark" not in outside or bool(re.fullmatch(r"\s*server [a-z0-9.:]*mark[a-z0-9.:-]*;", line))
                in_file = path.startswith(("maps/", "certs/list.txt"))
                server = re.match(r"    server s[0-9]+b? [a-z0-9.:\[\]-]+ ", line) or "log-format" in line
                assert quoted if name.startswith("nginx") else in_file or server, f"{name} {path}: {line}"
        assert found > 20


@pytest.mark.parametrize("encode", ENCODERS, ids=lambda e: f"{e.__module__.split('.')[2]}-{e.__name__}")
def test_p2_no_control_bytes(encode: Any) -> None:
    for character in CONTROLS:
        for text in (character, f"a{character}", f"{character}a", f"a{character}a", f"/a {character}"):
            with pytest.raises(UnsafeText):
                encode(text)


EQUAL = (
    ("1m", "1024k", "1048576"), ("true", "yes", "on", "1", " TRUE "), ("false", "no", "off", "0"), ("30s", "30000ms", "30"), ("1h", "60m"),
    ("10.0.0.0/8", "10.1.2.3/8"), ("2001:db8::/32", "2001:DB8:0::1/32"), ("a.example.com", "A.Example.COM", "a.example.com."),
    ("10.0.0.1:80", "10.0.0.1:080"), ("[::1]:80", "[0:0::1]:80"), ("HTTP", "http"),
)  # fmt: skip


def test_p3_render_from_types() -> None:
    """What is printed is the value that was read: texts that read the same print the same, and most values can not even hold text."""
    tried = 0
    for fields, number in ((service.FIELDS, 0), (ingress.FIELDS, next(n for n, d in enumerate(BASE) if d["kind"] == "Ingress"))):
        for field in fields:
            for first, *others in EQUAL:
                for other in others:
                    values = field.parse(first), field.parse(other)
                    if isinstance(values[0], Bad | str) or values[0] != values[1]:
                        continue
                    if field.name in ("tidegate.dev/domains", "tidegate.dev/proxyLocations", "tidegate.dev/whitelist"):
                        continue
                    bundles = [_with(number, field, text) for text in (first, other)]
                    assert bundles[0] == bundles[1], (field.name, first, other)
                    tried += 1
    assert tried > 30
    numbers = {n: kind for n, kind in Policy.__annotations__.items() if n != "referrer_policy"}
    assert "str" not in str(numbers.values())
    assert set(Hsts.__annotations__.values()) == {int, bool}


def _with(number: int, field: Field, text: str) -> dict[str, Bundle]:
    notes = {k: v for k, v in BASE[number]["metadata"]["annotations"].items() if k not in field.names} | {field.name: text}
    document = {**BASE[number], "metadata": {**BASE[number]["metadata"], "annotations": notes}}
    made = tenants.made([*BASE[:number], document, *BASE[number + 1 :]])
    return {name: r.bundle for name, r in made.rendered.items()}


def test_p4_fullmatch_and_ascii() -> None:
    """The code is scanned in test_python_traps (traps 1, 2 and 10); here: no reader takes what stands around a good value."""
    for reader in (f.parse for f in (*service.FIELDS, *ingress.FIELDS)):
        for good in ("10m", "80", "true", "v1", "same-origin", "30s"):
            value = reader(good)
            if not isinstance(value, Bad | str | tuple):
                for bad in (f"{good}\x0b", f"\x85{good}", f"{good}\u2028", f"{good};", f"{good}\n{good}", f"{good}\0"):
                    assert isinstance(reader(bad), Bad), (good, bad)


@examples(200)
@given(st.text("$x{}%ab/", min_size=1, max_size=8))
def test_p5_dollar_is_literal(text: str) -> None:
    """nginx: only our own variable for a dollar stands in a quoted text. HAProxy: strong quotes, and ``%`` is doubled."""
    assert "$" not in nginx.quoted(text).replace(nginx.DOLLAR, "")
    assert nginx.quoted(text)[1:-1].replace(nginx.DOLLAR, "$").replace("\\\\", "\\") == text
    assert "%" not in haproxy.header(text).replace("%%", "")
    for name, rendered in MARKED.rendered.items():
        if name.startswith("nginx"):
            values = [line for path, t in texts(rendered.bundle).items() if path.startswith("maps/") for line in t.split("\n")]
            assert not [v for v in values if re.search(r"\$(?!\{tg_dollar\}|\";)", v.replace('$" "', '"'))]


def test_p6_no_user_text_in_names_or_comments() -> None:
    for name, rendered in MARKED.rendered.items():
        bundle = rendered.bundle
        assert not [f.path for f in bundle.files if "mark" in f.path]
        for path, text in texts(bundle).items():
            if path.startswith(("maps/", "certs/")):
                continue
            for line in text.split("\n"):
                comment = line.lstrip().startswith("#")
                block = re.match(r"\s*(upstream|location|backend|frontend|listen|geo|map|server) .*mark.*(\{|$)", line)
                server = re.match(r"\s*server (s[0-9]+ )?[a-z0-9.:\[\]-]+[; ]", line)
                assert "mark" not in line or not (comment or (block and not server)), f"{name} {path}: {line}"


def test_p7_validation_is_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no webhook. What judges objects opens no file, socket or process; a plane's program only reads what read-back accepted."""
    routes = [(r.method, r.resource and r.resource.canonical) for r in application(_status(), SystemClock()).router.routes()]
    assert {method for method, _ in routes} <= {"GET", "HEAD"}, "nobody posts objects here"

    def forbidden(*_: object, **__: object) -> object:
        raise AssertionError("what judges objects has a side effect")

    for where, what in ((builtins, "open"), (socket, "socket"), (subprocess, "Popen"), (asyncio, "create_subprocess_exec")):
        monkeypatch.setattr(where, what, forbidden)
    assert translate(tenants.snapshot(BASE), tenants.SETTINGS, tenants.NOW, None).table.hosts


async def test_p7_a_program_only_sees_what_read_back_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forbidden(*_: object, **__: object) -> object:
        raise AssertionError("the plane was asked")

    monkeypatch.setattr("router.planes.check.run_command", forbidden)
    table = MARKED.translation.table
    for driver, binary in PLANES.values():
        bundle = driver.render(table, binary).bundle
        evil = File(path=bundle.main, content=texts(bundle)[bundle.main].encode() + b"evil on;\n")
        files = tuple(evil if f.path == bundle.main else f for f in bundle.files)
        verdict = await check_folder(driver, binary, msgspec.structs.replace(bundle, files=files), table, tmp_path)
        assert not verdict.ok


def test_p8_independent_post_check() -> None:
    """Every line and word is tried in test_read_back; here: what may stand in a file is a list, and nothing dangerous is in it."""
    named = set().union(*nginx_allowed.ALLOWED.values())
    bad = re.compile(
        r"ssl_engine|.*_by_lua.*|js_.*|perl.*|root|user|env|fastcgi_pass|uwsgi_pass|scgi_pass|mirror|auth_request.*|sub_filter|dav_.*"
    )
    assert not [n for n in named if bad.fullmatch(n)]
    assert nginx_allowed.ALLOWED[""] & {"load_module"}, "stream's module of Debian; its path is the binary's own"
    keywords = set().union(*haproxy_allowed.ALLOWED.values()) | haproxy_allowed.ACTIONS
    assert not [
        k for k in keywords if re.match(r"lua|program|external-check|do-resolve|exec|spoe|filter|setenv|user|group|chroot", k)
    ]


@examples(300)
@given(st.sampled_from([f for f in (*service.FIELDS, *ingress.FIELDS) if f.security or f.name.endswith("whitelist")]), st.data())
def test_p9_fail_closed(field: Field, data: st.DataObject) -> None:
    """A security setting that is not understood never leaves a route more open than without it."""
    kind = "Service" if field in service.FIELDS else "Ingress"
    number = next(n for n, d in enumerate(BASE) if d["kind"] == kind and d["metadata"]["name"] in ("web", "paths"))
    text = data.draw(hostile.about(tenants.sample(field)))
    document = {
        **BASE[number],
        "metadata": {**BASE[number]["metadata"], "annotations": {"tidegate.dev/domains": "shop.example.com", field.name: text}},
    }
    table = translate(
        tenants.snapshot([*BASE[:number], document, *BASE[number + 1 :]]), tenants.SETTINGS, tenants.NOW, None
    ).table
    name = BASE[number]["metadata"]["name"]
    policies = [r.policy for v in table.hosts for r in v.routes if r.origin.object.name == name and r.origin.object.kind == kind]
    assert policies
    for policy in policies:
        if field.name.endswith("whitelist"):
            assert policy.allow is not None or not any(item.strip(" \t\r\n") for item in text.split(","))
        elif isinstance(field.parse(text), Bad):
            assert policy.https_redirect


@examples(300)
@given(st.data())
def test_p10_isolation(data: st.DataObject) -> None:
    """Whatever one object says, everybody else's routes are the same, and both planes' text is what was meant."""
    number = data.draw(st.sampled_from([n for n, d in enumerate(BASE) if d["kind"] != "IngressClass"]))  # that is the operator's
    path = data.draw(st.sampled_from(tenants.places(BASE[number])))
    text = data.draw(hostile.about(tenants.text_at(BASE[number], path)))
    canary = msgspec.json.decode(CANARY)
    hostile_objects = [*BASE[:number], tenants.changed(BASE[number], path, text), *BASE[number + 1 :], canary]
    version = data.draw(st.sampled_from(list(PLANES)))
    made = tenants.made(hostile_objects, versions=[version])
    assert _canary(made.translation.table) == _canary_alone()
    assert not made.translation.faults
    driver, binary = PLANES[version]
    assert not driver.read_back(made.rendered[version].bundle, made.translation.table, binary)


@functools.cache
def _canary_alone() -> object:
    return _canary(tenants.made([*BASE, msgspec.json.decode(CANARY)], versions=[]).translation.table)


def _canary(table: Any) -> object:
    return [(v.host, v.owner, v.routes) for v in table.hosts if v.owner == "canary"]


def test_p11_least_privilege() -> None:
    """Keys are for their owner only, also while they are written. The role may follow Secrets by name, never change them, and has no wildcard."""
    for rendered in MARKED.rendered.values():
        keys = [f for f in rendered.bundle.files if f.path.endswith(".pem")]
        assert all(f.private and f.mode == 0o600 for f in keys)
        assert not [f.path for f in rendered.bundle.files if b"PRIVATE KEY" in f.data and not f.private]
    rights = yaml.safe_load((ROOT / "deploy/helm/tidegate/rights.yaml").read_text())
    rules = [(part, rule) for part, listed in rights.items() for rule in listed]
    assert not [rule for _, rule in rules if "*" in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])]
    about_secrets = [(part, rule["verbs"]) for part, rule in rules if "secrets" in rule["resources"]]
    assert about_secrets == [("secrets", ["list", "watch"])], "the list of a Secret is by its name: decision 0005"


@pytest.mark.parametrize("size", [10_000, 1_000_000])
def test_p12_bounded_input(size: int) -> None:
    """No webhook to flood. Texts of any length end as findings: what is printed is bounded by the limits of its kind."""
    assert paths.LONGEST == 4096
    assert isinstance(paths.parse_path("/" + "a" * size), Bad)
    assert documents.MAX_FILE == 32 * 1024 * 1024
    number = next(n for n, d in enumerate(BASE) if d["metadata"]["name"] == "web")
    for field in service.FIELDS:
        made = tenants.made(
            [*BASE[:number], _annotated(number, field.name, "x" * size), *BASE[number + 1 :]], versions=["nginx 1.31"]
        )
        lines = [line for text in texts(made.rendered["nginx 1.31"].bundle).values() for line in text.split("\n")]
        assert max(map(len, lines)) < 10_000, field.name
    big = secret(b"-----BEGIN CERTIFICATE-----\n" + b"A" * size, b"x" * size)
    assert read(big, NOW).certificate is None


def _annotated(number: int, key: str, text: str) -> Document:
    document = BASE[number]
    return {**document, "metadata": {**document["metadata"], "annotations": {**document["metadata"]["annotations"], key: text}}}


@examples(150)
@given(tenant("a"), settings("path"))
def test_p13_tenancy(objects: list[Document], known: Settings) -> None:
    """No reference leaves its namespace. (Who owns a host: test_two_tenants.)"""
    table = translate(tenants.snapshot(objects), known, tenants.NOW, None).table
    backends = {b.id: b for b in table.backends}
    for virtual in table.hosts:
        for route in virtual.routes:
            if isinstance(route.action, Forward):
                assert {backends[w.backend].service.namespace for w in route.action.backends} <= {route.origin.object.namespace}
    for dialect in (service, ingress):
        for claims in (dialect.claims(tenants.snapshot(objects), known),):
            assert all(c.namespace == c.origin.object.namespace for c in _claimed(claims))


def _claimed(claims: Any) -> list[Any]:
    many = claims.values() if hasattr(claims, "values") else [claims]
    return [c for each in many for c in each.certificates]


@examples(150)
@given(hostile.texts(), hostile.texts(), st.sampled_from(["before", "after", "between", "header", "key"]))
def test_p14_referenced_data_is_untrusted(text: str, other: str, where: str) -> None:
    """Of a Secret nothing goes on but a certificate and a key that were parsed and written anew."""
    chain, key = pair("shop.example.com")
    junk, more = (t.encode("utf-8", "surrogatepass") for t in (text, other))
    dirty = {
        "before": (junk + b"\n" + chain, key), "after": (chain + junk, key), "between": (junk + b"\n" + chain + more, more + b"\n" + key),
        "header": (chain.replace(b"-----\n", b"-----\n" + junk + b": x\n\n", 1), key), "key": (chain, junk + b"\n" + key + more),
    }[where]  # fmt: skip
    clean = read(secret(chain, key), NOW).certificate
    made = read(secret(*dirty), NOW).certificate
    assert clean
    assert made is None or (made.id, made.chain, made.key, made.names) == (clean.id, clean.chain, clean.key, clean.names)


def test_p15_no_auth_subrequest_yet() -> None:
    """Not applicable yet: nothing asks another server whether a request may pass. On the day something does, this test wants the real one."""
    declared = {name for f in (*service.FIELDS, *ingress.FIELDS) for name in f.names}
    assert not [name for name in declared if "auth" in name]
    assert not [d for block in nginx_allowed.ALLOWED.values() for d in block if "auth" in d]
    assert not [d for d in haproxy_allowed.ACTIONS if "auth" in d or "lua" in d]


@examples(200)
@given(
    st.text("/ab.%2eF;", min_size=1, max_size=10).map(lambda t: f"/{t}"),
    st.sampled_from(["shop.example.com", "paths.example.com"]),
)
def test_p16_routed_path_is_forwarded_path(path: str, host: str) -> None:
    """What was matched is what is sent, byte for byte. (Every plane against explain: tests/planes.)"""
    found = explain(MARKED.translation.table, Request(host=f"mark{host}", path=path))
    assert not found.url or found.url == path
    for name, rendered in MARKED.rendered.items():
        text = "".join(texts(rendered.bundle).values())
        if name.startswith("nginx"):
            assert set(re.findall(r"_pass ([a-z]+://\S+);", text)) <= {
                f"{s}://$tg_upstream" for s in ("http", "https", "grpc", "grpcs")
            }
            assert not re.search(r"\brewrite\b|try_files", text)
        else:
            sections = text.split("\nbackend ")[1:]
            assert not [s for s in sections if re.search(r"set-(uri|path|query)|replace-", s.split("\nfrontend ")[0])]


def _status() -> Status:
    class Source:
        synced = True

        def health(self) -> tuple[Any, ...]:
            return ()

    return Status(Source(), "nginx", "0")  # type: ignore[arg-type]
