"""Thirteen traps of Python, in which a check lets through more than it seems to. Each: our code does not step into it, and what it does instead.

Where a call is allowed, the place and the reason stand here, so that a new one has to be looked at.
"""

import ast
import contextlib
import functools
import ipaddress
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import jinja2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.base import parse
from router.base.parse import Bad
from router.controllers.diurnal import zones
from router.dialects import ingress, service
from router.facts import annotations
from router.planes.haproxy import text as haproxy
from router.planes.text import Token, UnsafeText, environment
from router.settings import OPTIONS
from router.table.backends import SERVICE_FIELDS
from router.table.names import parse_host
from router.table.paths import parse_path
from tests.support import hostile
from tests.support.properties import examples

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
ROOT = Path(__file__).parents[2]
READERS = [f.parse for f in (*service.FIELDS, *ingress.FIELDS, *SERVICE_FIELDS)] + [o.parse for o in OPTIONS]
"""Everything that reads a text which a tenant or an operator wrote."""


@functools.cache
def trees() -> dict[str, ast.Module]:
    return {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text()) for p in (ROOT / "router").rglob("*.py")}


def calls(*names: str) -> Iterator[tuple[str, str, ast.Call]]:
    """(file, the call as text, node) of calls of these functions or methods, whatever they are called on."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield path, ast.unparse(node), node


def patterns() -> Iterator[tuple[str, str, str]]:
    """(file, pattern, flags) of every regular expression that is written in our code."""
    for path, text, node in calls("compile", "search", "sub", "split", "findall", "finditer", "fullmatch", "match"):
        if text.startswith("re.") and node.args:
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
            literal = "".join(str(p.value) for p in parts if isinstance(p, ast.Constant))
            yield path, literal, " ".join(ast.unparse(a) for a in [*node.args[1:], *(k.value for k in node.keywords)])


def unexpected(found: set[str], allowed: dict[str, str]) -> str:
    """What is new, and what is listed but gone."""
    return f"new: {sorted(found - allowed.keys())}; gone: {sorted(allowed.keys() - found)}" if found != allowed.keys() else ""


def test_the_scan_sees_code() -> None:
    """These tests can fail: there is code to look at."""
    assert len(list(patterns())) > 30
    assert len(list(calls("int"))) > 10


def test_trap_1_dollar_matches_before_a_trailing_newline() -> None:
    assert re.match("^(GET|POST)$", "GET\n")
    found = {f"{path}: {text}" for path, text, _ in calls("match")}
    assert not unexpected(
        found,
        {
            "router/planes/nginx/read_back.py: _SIMPLE.match(text, at)": "one token at a place, no check of a value",
            "router/controllers/diurnal/chart.py: _NUMBER.match(value)": "the digits of a percentage that was read before",
        },
    )
    anchored = [(path, p) for path, p, _ in patterns() if re.search(r"(?<!\\)\$(?![^\[]*\])", p)]
    assert not anchored, "write fullmatch, or \\Z"
    for reader in READERS:
        for good in ("10m", "80", "true", "v1", "same-origin", "10.0.0.0/8", "a.example.com", "text/html", "http"):
            if not isinstance(reader(good), Bad) and not isinstance(reader(f"{good}\n"), Bad):
                assert reader(f"{good}\n") == reader(good), "a trailing newline may be cut off, never kept"
    assert isinstance(parse_host("a.example.com\n"), Bad)
    assert isinstance(parse_path("/a\n"), Bad)


def test_trap_2_classes_of_characters_are_those_of_unicode() -> None:
    assert re.fullmatch(r"\d\w", "٣é")
    loose = [(path, p) for path, p, flags in patterns() if re.search(r"\\[wWdDsSbB]", p) and "re.ASCII" not in flags]
    assert not loose, "add re.ASCII"
    for text in ("１２", "٣", "²", "é", "ſ", "K"):
        for reader in (parse.count, parse.port, parse.size, parse.duration_ms, parse.port_name_or_number, parse.dns_labels):
            assert isinstance(reader(text), Bad), text


INT = {
    "router/base/parse.py: int(found[1])": "two places: a pattern of digits matched",
    "router/base/parse.py: int(value)": "_DIGITS matched",
    "router/facts/decode.py: int(index)": "_STEP matched digits",
    "router/planes/confirm.py: int(port)": "our own status address",
    "router/planes/process.py: int(child)": "the kernel's list of children",
    "router/sources/kubernetes/client.py: int(raw.status)": "the client library's, a number",
    "router/planes/haproxy/driver.py: int(found[1])": "a pattern of digits matched",
    "router/planes/haproxy/driver.py: int(found[2])": "the same",
    "router/planes/haproxy/driver.py: int(found[3] or 0)": "the same",
    "router/planes/haproxy/render.py: int(name)": "names of pages: our own",
    "router/planes/nginx/driver.py: int(found[1])": "a pattern of digits matched",
    "router/planes/nginx/driver.py: int(found[2])": "the same",
    "router/planes/nginx/driver.py: int(found[3])": "the same",
    "router/planes/nginx/text.py: int(digit)": "a digit of an int",
    "router/planes/process.py: int(_stat(pid)[19])": "/proc/PID/stat",
    "router/cli/output.py: int(any((strict or f.severity is Severity.ERROR for f in findings)))": "a boolean",
    "router/sources/directory/documents.py: int(said[2])": "_BYTE matched digits",
    "router/sources/directory/nodes.py: int(bare)": "_INTEGER matched",
    "router/sources/directory/nodes.py: int(found[1] + digits.replace('_', ''), base)": "_BASED matched",
    "router/sources/kubernetes/client.py: int(self._raw.status)": "an int of aiohttp",
    "router/sources/directory/objects.py: int(found[2])": "_STEP matched digits, of a field that a finding of ours names",
    "router/table/backends.py: int(word[1])": "v1 or v2",
    "router/cli/diurnal/describe.py: int(ready['status'] != 'True')": "a boolean",
    "router/cli/diurnal/diff.py: int(len(lines) > 1 or bool(alone) or (not (before.good and after.good)))": "a boolean",
    "router/cli/diurnal/world.py: int(index)": "a step of our own path: a pattern of digits matched",
    "router/controllers/daemon/reading.py: int(found[1])": "_PERCENT matched digits",
    "router/controllers/daemon/reading.py: int(value)": "_NUMBER matched",
    "router/controllers/diurnal/changes.py: int(span[1])": "_SPAN matched digits",
    "router/controllers/diurnal/chart.py: int(found[0])": "_NUMBER matched digits",
    "router/controllers/diurnal/entries.py: int(text)": "isdigit() and isascii(), at most 7 of them",
    "router/controllers/diurnal/entries.py: int(text[:9])": "isdigit() and isascii()",
    "router/controllers/diurnal/iso.py: int(digits[2:])": "a pattern of digits matched",
    "router/controllers/diurnal/iso.py: int(digits[:2])": "the same",
    "router/controllers/diurnal/iso.py: int(found[1])": "the same",
    "router/controllers/diurnal/iso.py: int(found[2])": "the same",
    "router/controllers/diurnal/iso.py: int(part or 0)": "the same",
    "router/controllers/diurnal/iso.py: int(part)": "the same",
    "router/controllers/diurnal/numbers.py: int(found[1])": "_PERCENT matched digits",
    "router/controllers/kit/barrier.py: int(version)": "isdigit() and isascii()",
    "router/facts/matching.py: int(bound)": "_INTEGER matched",
    "router/facts/matching.py: int(value)": "_INTEGER matched",
    "router/facts/quantity.py: int(suffix[1:])": "_FORM matched at most three digits",
    "router/sources/kubernetes/reflector.py: int(self._version)": "isdigit() and isascii()",
    "router/table/types.py: int(port)": "our own text of a number",
    "router/table/types.py: int(weight)": "the same",
    "router/table/merge.py: int(part)": "our own names of rules, split by _NUMBER",
}


def test_trap_3_int_takes_blanks_and_underscores() -> None:
    assert int(" 1_0\n") == 10
    assert not unexpected({f"{path}: {text}" for path, text, node in calls("int") if isinstance(node.func, ast.Name)}, INT)
    for text in (" 1_0\n", "1_0", "+1", "-1", "0x10", "1e3", "1.0", ""):
        for reader in (parse.count, parse.port, parse.bounded(0, 99)):
            assert isinstance(reader(text), Bad), text
    assert isinstance(service.annotations.BODY_SIZE.parse("1_0"), Bad)


def test_trap_4_int_takes_digits_of_other_scripts() -> None:
    assert int("١٢") == 12
    for field in (
        service.annotations.PORT,
        service.annotations.HSTS_MAX_AGE,
        service.annotations.BODY_SIZE,
        ingress.annotations.READ_TIMEOUT,
    ):
        for text in ("١٢", "１２", "१२"):
            assert isinstance(field.parse(text), Bad), field.name
    assert isinstance(parse.address("127.0.0.1:８０"), Bad)


ADDRESSES = {
    "router/base/parse.py: ipaddress.ip_address(value)": "after '%' and other scripts were refused",
    "router/base/parse.py: ipaddress.ip_network(value, strict=False)": "the same",
    "router/table/backends.py: ipaddress.ip_address(ip)": "what parse.ip_address gave",
    "router/table/request.py: ipaddress.ip_address(address)": "the peer's address, or what parse.ip_address gave",
}


@examples(200)
@given(
    hostile.about("fe80::1") | st.builds("fe80::1%{}".format, hostile.texts()) | st.builds("10.0.0.{}/8".format, hostile.texts())
)
def test_trap_5_addresses_keep_any_text_as_scope(text: str) -> None:
    for reader in (parse.ip_address, parse.network):
        made = reader(text)
        assert isinstance(made, Bad) or re.fullmatch(r"[0-9a-f:./]+", str(made)), made


def test_trap_5_addresses_are_read_in_one_place() -> None:
    assert "evil" in str(ipaddress.ip_network("fe80::1%x;}evil/128"))
    found = {
        f"{path}: {t}" for path, t, _ in calls("ip_address", "ip_network", "ip_interface", "ip_address") if "ipaddress." in t
    }
    assert not unexpected(found, ADDRESSES)


def test_trap_6_urlsplit_deletes_newlines_and_tabs() -> None:
    assert urlsplit("http://a\nb/").netloc == "ab"
    found = {f"{path}: {text}" for path, text, _ in calls("urlsplit", "urlparse", "urljoin", "parse_qs", "unquote")}
    assert not unexpected(found, {"router/cli/explain.py: urlsplit(full)": "after isprintable(), for the operator's own URL"})


LINES = {
    "router/base/log.py: _traceback(self, record).splitlines()": "each part is indented and made printable",
    "router/planes/check.py: (done.stderr + done.stdout).replace(f'{folder}/', '').splitlines()": "what the plane says; for the log, which escapes",
    "router/planes/haproxy/driver.py: answer.splitlines()": "what the master says; for the log, which escapes",
    "router/controllers/diurnal/calendars.py: text.splitlines()": "lines of dates; each is read by iso.dates, and a calendar is no config",
    "router/controllers/diurnal/describe.py: text.splitlines()": "a table of ours, printed to a terminal",
    "router/planes/hook.py: (done.stderr + done.stdout).splitlines()": "what the operator's command says; for the log, which escapes",
    "router/state.py: file.read_text().splitlines()": "resolv.conf; each address is read by parse.ip_address",
}


def test_trap_7_splitlines_splits_at_more_than_lines() -> None:
    assert len("a\x0bb\x85c\u2028d".splitlines()) == 4
    assert not unexpected({f"{path}: {text}" for path, text, _ in calls("splitlines")}, LINES)
    assert parse.items("a\u2028b,\x85c") == ("a\u2028b", "\x85c"), "items are cut at commas, blanks and tabs only"


def test_trap_8_a_template_prints_what_it_is_given() -> None:
    assert jinja2.Template("{{ x }}").render(x="x;}evil") == "x;}evil"
    made_of_text = [(path, text) for path, text, _ in calls("from_string", "Template") if "Token" not in text]
    assert {path for path, _ in made_of_text} <= {"router/controllers/daemon/reading.py", "router/controllers/daemon/types.py"}, (
        "pods' own"
    )
    sources = [path for path, text, _ in calls("Environment") if "jinja2" in text]
    assert sources == ["router/planes/text.py"]
    made = environment(lambda _: "{{ x }}").get_template("x")
    for value in ("{{7*7}}", "plain", None, 1.5, True, ["x"], b"x"):
        with pytest.raises(UnsafeText):
            made.render(x=value)
    assert made.render(x=Token("{{7*7}}")) == "{{7*7}}", "what comes out is not a template again"


@examples(200)
@given(hostile.texts())
def test_trap_9_haproxy_reads_variables_and_expressions_in_words(text: str) -> None:
    """``$ENV`` in weak quotes, ``%[...]`` in log formats, ``#`` and ``,`` outside quotes."""
    for encode in (haproxy.quoted, haproxy.header):
        try:
            token = encode(text)
        except UnsafeText:
            continue
        assert token[0] == token[-1] == "'"
        assert re.fullmatch(r"'(?:[^']|'\\'')*'", token), "strong quotes only: nothing is special in them"
    with contextlib.suppress(UnsafeText):
        assert "%" not in haproxy.header(text).replace("%%", "")
    with contextlib.suppress(UnsafeText):
        assert not set(haproxy.word(text)) & set(" #'\"\\%$\n\r\t")
    with contextlib.suppress(UnsafeText):
        assert not set(haproxy.key(text)) & set(" \n\r\t\0") and haproxy.key(text)[0] != "#"


def test_trap_10_a_pattern_of_msgspec_takes_a_trailing_newline() -> None:
    assert msgspec.convert("a\n", Annotated[str, msgspec.Meta(pattern="^a$")]) == "a\n"
    found = [text for _, text, node in calls("Meta") if any(k.arg == "pattern" for k in node.keywords)]
    assert not found, "test it with fullmatch when it is decoded"


def test_trap_11_autoescape_is_for_html() -> None:
    """It would turn ``&`` into ``&amp;`` and keep ``;``. Configurations are not HTML; our pages have nothing of a tenant in them."""
    assert environment(str).autoescape is False
    for page in [*(ROOT / "nginx" / "pages").glob("*.html"), *(ROOT / "haproxy" / "pages").glob("*.html")]:
        assert not re.search(r"\{\{|\{%|%\[|\$", page.read_text()), page


def test_trap_12_a_pattern_of_a_user_may_never_end() -> None:
    """No text of a tenant is compiled as a regular expression, here or in a plane: what becomes one in a map is escaped."""
    dynamic = [
        (p, t) for p, t, n in calls("compile", "search", "sub", "fullmatch", "match") if t.startswith("re.") and not _literal(n)
    ]
    assert {p for p, _ in dynamic} <= {"router/table/paths.py", "router/table/passing.py"}, dynamic
    evil = "a" * 5_000 + "!"
    for reader in READERS:
        for text in (
            evil,
            "1" * 5_000 + "x",
            "a." * 2_500,
            "a-" * 2_500 + "-",
            "/" * 5_000 + "\n",
            "," * 5_000,
            "a,," * 2_000 + "!",
        ):
            began = time.process_time()
            reader(text)
            assert time.process_time() - began < 2, "a linear reader takes milliseconds"


def _literal(node: ast.Call) -> bool:
    parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else node.args[:1]
    return all(isinstance(p, ast.Constant) for p in parts)


def test_trap_13_difflib_is_quadratic() -> None:
    """What a tenant wrote is cut before it is compared with names of ours."""
    found = {
        f"{path}: {text.partition('(')[2][:20]}"
        for path, text, _ in calls("get_close_matches", "SequenceMatcher", "unified_diff", "ndiff")
    }
    assert {f.partition(":")[0] for f in found} == {
        "router/facts/annotations.py", "router/facts/own_deployment.py", "router/facts/unknown.py", "router/cli/root.py", "router/sources/directory/kinds.py",
        "router/controllers/diurnal/zones.py", "router/controllers/diurnal/fields.py", "router/controllers/daemon/slips.py",
    }  # fmt: skip
    began = time.process_time()
    ref = msgspec.structs.replace(annotations.ObjectRef(kind="Service", namespace="a", name="b"))
    annotations.unknown({f"tidegate.dev/{'x' * 100_000}{n}": "" for n in range(20)}, (*service.FIELDS,), ref)
    assert isinstance(zones.known("Europe/" + "x" * 100_000), Bad)
    assert time.process_time() - began < 2


@examples(300)
@given(st.data())
def test_readers_never_raise(data: st.DataObject) -> None:
    data.draw(st.sampled_from(READERS))(data.draw(hostile.texts()))
