"""The rules for text that reaches a configuration, one test each. What each rule is for: docs/explanation/text-is-not-configuration.md."""

import ast
import re
from collections import Counter
from pathlib import Path

import jinja2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dialects import ingress, service
from router.planes.haproxy import render as haproxy_render
from router.planes.nginx import render as nginx_render
from router.planes.text import Token, UnsafeText, only_tokens
from router.table.backends import SERVICE_FIELDS
from router.table.routes import Policy
from tests.support import hostile, tenants
from tests.support.properties import examples
from tests.support.tenants import PLANES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))
MADE_OUTSIDE = {
    "router/planes/entries.py": 2,  # keys and values that were tokens, out of the text in which they are kept
    "router/planes/haproxy/render.py": 1,  # the log's format
    "router/planes/haproxy/sections.py": 3,  # the path of a list (a digest), words of ours, a redirect made of words
    "router/planes/haproxy/view.py": 1,  # our own port
    "router/planes/nginx/profiles.py": 3,  # the name of a list (a digest), a scheme, a redirect made of tokens
    "router/planes/nginx/render.py": 6,  # on or off, names of our variables, the access log's path, quoted
}
"""Tokens that are not made by an encoder: of constants, digests, numbers, and of other tokens. Look twice before you add one."""


def test_rule_one_encoder_per_plane_and_templates_print_nothing_else() -> None:
    found: Counter[str] = Counter()
    for path in (ROOT / "router").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.endswith(("planes/nginx/text.py", "planes/haproxy/text.py")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Token"
                and not isinstance(node.args[0], ast.Constant)
            ):
                found[name] += 1
    assert found == MADE_OUTSIDE
    for environment in (nginx_render._ENVIRONMENT, haproxy_render._ENVIRONMENT):
        assert environment.finalize is only_tokens
        assert environment.undefined is jinja2.StrictUndefined
    for value in ("text", 1.0, True, None, b"x", ["x"], object()):
        with pytest.raises(UnsafeText):
            only_tokens(value)
    assert only_tokens(Token("x")) == "x"


def test_rule_a_template_only_prints() -> None:
    """No template takes a text apart or puts one together: ``t(...)`` prints literals of ours and words that code chose."""
    for file in TEMPLATES:
        for found in re.findall(r"\bt\(([^()]*)\)", file.read_text()):
            assert re.fullmatch(r"\"[^\"]*\"|p\.mode|\" \(as its PROXY header says", found) or "PROXY" in found, (
                file.name,
                found,
            )
        assert not re.search(r"\|\s*(safe|replace|format|join|e)\b|~\s*[a-z]", file.read_text()), file.name


@examples(150)
@given(hostile.texts())
def test_rule_control_bytes_are_refused_before_encoding(text: str) -> None:
    for encode in (nginx_render.quoted, nginx_render.word, haproxy_render.quoted, haproxy_render.word):
        try:
            made = encode(text)
        except UnsafeText:
            continue
        assert made.isprintable() or all(c.isprintable() or ord(c) > 0x9F for c in made)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", made)


def test_rule_render_from_the_parsed_form() -> None:
    """Of everything that a route's policy can hold, one value is text, and that is a choice of words."""
    free = [
        (f.name, str(f.type))
        for f in msgspec.structs.fields(Policy)
        if "str" in str(f.type) and f.name not in ("referrer_policy", "request_headers", "response_headers")
    ]
    assert not free
    for fields in (service.FIELDS, ingress.FIELDS):
        (referrer,) = (f for f in fields if f.name.lower().replace("-", "").endswith("referrerpolicy"))
        for text in hostile.TEXTS:
            assert referrer.parse(text) in ("none", "origin") or not isinstance(referrer.parse(text), str), text


def test_rule_fullmatch_ascii_and_tests_before_int_urlsplit_ipaddress_splitlines() -> None:
    """The scan of our code is in test_python_traps; each of its tests is there."""
    names = (Path(__file__).parent / "test_python_traps.py").read_text()
    assert set(re.findall(r"^def test_trap_([0-9]+)_", names, re.MULTILINE)) == {str(n) for n in range(1, 14)}


def test_rule_no_user_text_in_comments_or_names() -> None:
    """Names that a plane's text is built of are our words and digests."""
    made = tenants.made(tenants.documents())
    for name, rendered in made.rendered.items():
        main = next(f.data.decode() for f in rendered.bundle.files if f.path == rendered.bundle.main)
        shared = "".join(f.data.decode() for f in rendered.bundle.files if f.path == "server.conf")
        blocks = re.findall(
            r"^\s*(?:upstream|location|backend|frontend|listen|geo) ([^\n{]*?)(?: \{)?$", main + shared, re.MULTILINE
        )
        good = r"@?[pub][0-9a-f]{12}|f_https?|t_tcp-[0-9]+|\$tg_allow_[0-9a-f]{12}|nobody|@nobody|@farewell|tidegate_status|.*\$tg_[a-z]+|/|= /[a-z_]+"
        good += r"|\^~ /\./pages/|[a-z]+_[a-z]+|\S+:[0-9]+.*"
        assert len(blocks) > 8
        assert not [b for b in blocks if not re.fullmatch(good, b)], name
        assert all(re.fullmatch(r"[a-z0-9./-]+", f.path) for f in rendered.bundle.files)


def test_rule_no_snippets() -> None:
    """No annotation, native or Deis', takes text that a plane reads as configuration."""
    for field in (*service.FIELDS, *ingress.FIELDS, *SERVICE_FIELDS):
        assert not re.search("snippet|template|config|lua|raw", " ".join((*field.names, field.help)), re.IGNORECASE), field.name


def test_rule_an_independent_parser_compares_before_it_is_applied() -> None:
    """Neither reader knows templates or encoders, and each driver asks both halves of its read-back."""
    for plane in ("nginx", "haproxy"):
        for module in ("read_back", "expected"):
            tree = ast.parse((ROOT / f"router/planes/{plane}/{module}.py").read_text())
            imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert not imported & {f"router.planes.{plane}.text", "jinja2"}
    for driver, binary in PLANES.values():
        made = tenants.made(tenants.documents()).translation.table
        bundle = driver.render(made, binary).bundle
        assert driver.read_back(bundle, made, binary) == ()
        assert driver.read_back(bundle, msgspec.structs.replace(made, hosts=made.hosts[1:]), binary)


@examples(100)
@given(st.sampled_from(["x", "10.0.0.0/33", "fe80::1%x;}evil/128", "1.2.3.4;", "\u2028", "allow all"]))
def test_rule_a_broken_security_setting_closes_its_location_and_its_neighbours_serve(text: str) -> None:
    base = tenants.documents()
    number = next(n for n, d in enumerate(base) if d["metadata"]["name"] == "web")
    notes = base[number]["metadata"]["annotations"] | {"tidegate.dev/whitelist": text}
    broken = [
        *base[:number],
        {**base[number], "metadata": {**base[number]["metadata"], "annotations": notes}},
        *base[number + 1 :],
    ]
    before, after = (tenants.made(objects, versions=[]).translation.table for objects in (base, broken))
    for old, new in zip(before.hosts, after.hosts, strict=True):
        for route, same in zip(old.routes, new.routes, strict=True):
            if route.origin.object.name == "web":
                assert same.policy.allow == ()
            elif route.origin.object.name != "mounted":
                assert same == route
