"""What tenants' and clients' text does to logs, metrics, findings and pages: nothing. One record is one line, one value is one value."""

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from router.base import log
from router.base.clock import SystemClock
from router.base.findings import Finding, Location, ObjectRef, Severity, printable
from router.base.frozen import PrivateBytes
from router.cli import output, render
from router.planes.bundle import Bundle, File
from router.planes.store import Store, replace_folder, write_files
from router.report.http import application
from router.report.metrics import Exposition
from router.report.status import Status
from router.sources.directory import objects
from router.sources.source import Check
from router.table import explain, notation, story
from tests.support import hostile, tenants
from tests.support.properties import examples

pytestmark = pytest.mark.timeout(600)
"""On a machine that does much else."""
BASE = tenants.documents()
PLACES = [(n, path) for n, document in enumerate(BASE) for path in tenants.places(document)]
SECRET = b"-----BEGIN PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@st.composite
def told(draw: st.DrawFn) -> tenants.Made:
    """What becomes of the objects when one text of them is hostile."""
    number, path = draw(st.sampled_from(PLACES))
    text = draw(hostile.about(tenants.text_at(BASE[number], path)))
    return tenants.made(
        [*BASE[:number], tenants.changed(BASE[number], path, text), *BASE[number + 1 :]], versions=["haproxy 2.6"]
    )


def logged(format: str, finding: Finding) -> str:
    """As the loop tells it (router/reconcile.py)."""
    out = io.StringIO()
    log.configure(format, "info", out)
    log.Logger("router.reconcile").error(
        finding.message, object=finding.object, field=finding.field, reason=finding.reason, fix=finding.fix
    )
    return out.getvalue()


@examples(120)
@given(told())
def test_a_finding_about_any_text_is_one_line_of_the_log(made: tenants.Made) -> None:
    for finding in made.findings:
        line = logged("json", finding)
        assert line.count("\n") == 1
        said = json.loads(line)
        assert list(said) == ["ts", "level", "logger", "msg", "object", "field", "reason", "fix"]
        assert (said["msg"], said["field"], said["reason"]) == (finding.message, finding.field, finding.reason)
        text = logged("text", finding)
        assert text[:-1].isprintable() and text[-1] == "\n"


@examples(200)
@given(hostile.about('x  object="Ingress evil/x"  reason=Forged'), hostile.texts())
def test_no_message_forges_a_field_of_the_log(message: str, value: str) -> None:
    """In text, fields begin behind the first pair of blanks after the logger's name and the message, and a value with blanks, quotes or ``=`` is quoted."""
    finding = Finding(severity=Severity.ERROR, reason="Real", message=message, field=value)
    text = logged("text", finding)
    head, _, rest = text.rstrip("\n").partition(" router.reconcile  ")
    fields = rest.partition("  ")[2] if message.strip(" ") else rest
    assert head.endswith("ERROR  ")
    names = re.findall(r'(?:^| )([a-z]+)=(?:"(?:[^"\\]|\\.)*"|[^ "=]*)', fields)
    assert names == ["object", "field", "reason", "fix"]


@examples(120)
@given(told())
def test_findings_are_safe_on_a_terminal_and_whole_in_json(made: tenants.Made) -> None:
    for finding in made.findings:
        text = click.unstyle(output.finding_text(finding))
        assert all(line.isprintable() for line in text.split("\n"))
        assert 2 <= text.count("\n") + 1 <= 4
        again = msgspec.json.decode(msgspec.json.encode(output.finding_builtins(finding)))
        assert again["message"].encode() == finding.message.encode("utf-8", "backslashreplace")
        assert re.fullmatch(r"[A-Z][A-Za-z]+", finding.reason), "a closed set of words: it becomes a metric's label"
        assert SECRET.decode() not in finding.message


@examples(80)
@given(told())
def test_tables_and_explanations_are_lines_of_printable_text(made: tenants.Made) -> None:
    table = made.translation.table
    assert all(line.isprintable() for line in notation.to_text(table).split("\n"))
    assert msgspec.json.decode(msgspec.json.encode(_clean(notation.to_builtins(table))))["version"] == 1
    for virtual in table.hosts:
        request = explain.Request(host=virtual.host.name or "x", path="/exact")
        found = explain.explain(table, request)
        assert all(line.isprintable() for line in story.render_text(found).split("\n"))
        msgspec.json.encode(_clean(explain.to_builtins(found)))


def _clean(value: Any) -> Any:
    """Lone surrogates can not come through the doors (below); here, documents came past them."""
    return json.loads(json.dumps(value).replace("\\ud800", "?").replace("\\udfff", "?"))


@examples(150)
@given(st.data())
def test_no_value_of_a_tenant_brings_a_line_into_a_header(data: st.DataObject) -> None:
    """Headers that annotations decide about: Strict-Transport-Security, Referrer-Policy, Retry-After."""
    number, path = data.draw(st.sampled_from([p for p in PLACES if "annotations" in p[1] and p[1][-1] != tenants.KEY]))
    text = data.draw(hostile.about(tenants.text_at(BASE[number], path)))
    objects = [*BASE[:number], tenants.changed(BASE[number], path, text), *BASE[number + 1 :]]
    for name, rendered in tenants.made(objects, versions=["nginx 1.31", "haproxy 2.6"]).rendered.items():
        files = {f.path: f.data.decode() for f in rendered.bundle.files if not f.private}
        own = files["server.conf"] if name.startswith("nginx") else files["haproxy.cfg"].split("\nbackend ", 2)[2]
        values = re.findall(r"set \$tg_[a-z_]+ (.*);|-header (?:Strict|Referrer|Retry)[A-Za-z-]+ (.*)", own)
        assert len(values) > 4
        assert all(re.fullmatch(r"""["'A-Za-z0-9=; $-]*( if .*)?""", one or other) for one, other in values), values


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_no_door_lets_a_lone_surrogate_in(form: str) -> None:
    body = b'{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"name": "\\ud800", "port": 80}]}}'
    made = objects.read(f"x.{form}", body if form == "json" else b"# \n" + body)
    assert not made.objects
    assert made.findings


class HostileSource:
    synced = True

    def __init__(self, text: str) -> None:
        self._text = text

    def health(self) -> tuple[Check, ...]:
        return (Check(self._text, False, self._text),)


@examples(100)
@given(hostile.texts(), st.text(max_size=20))
def test_metrics_are_samples_whatever_labels_hold(text: str, other: str) -> None:
    """Nothing of a tenant is a label but names of Secrets, which are DNS names; the form would hold with any text."""
    text, other = (t.encode("utf-8", "replace").decode() for t in (text, other))
    status = Status(HostileSource(text), other, text)  # type: ignore[arg-type]
    status.findings = (
        Finding(severity=Severity.ERROR, reason=text, message=text),
        Finding(severity=Severity.ERROR, reason=other, message=text),
    )
    exposed = Exposition(status, SystemClock()).text().decode()
    plain = Exposition(Status(HostileSource("x"), "x", "x"), SystemClock()).text().decode()  # type: ignore[arg-type]
    samples = [s for family in text_string_to_metric_families(exposed) for s in family.samples]
    assert {s.name for s in samples} <= {s.name for f in text_string_to_metric_families(plain) for s in f.samples} | {
        "tidegate_findings"
    }
    assert {s.labels["check"] for s in samples if s.name == "tidegate_source_ok"} == {text}
    assert {s.labels["reason"] for s in samples if s.name == "tidegate_findings"} == {text, other}
    assert len(exposed.split("\n")) - len(plain.split("\n")) == len({text, other})


@pytest.mark.parametrize("text", [t for t in hostile.TEXTS if len(t) < 400][::4])
async def test_admin_pages_escape(text: str) -> None:
    status = Status(HostileSource(text), "nginx", "0")  # type: ignore[arg-type]
    status.problems = (text, f"nginx: [emerg] {text}")
    async with TestClient(TestServer(application(status, SystemClock()))) as client:
        answer = await client.get("/readyz?verbose")
        body = await answer.text()
        assert answer.content_type == "text/plain"
        assert all(line.isprintable() for line in body.split("\n"))
        assert body.count("\n") == 8, "no line more"
        assert (await client.get("/version")).content_type == "application/json"


@examples(200)
@given(hostile.about("maps/x.map"))
def test_no_file_leaves_the_bundle(text: str) -> None:
    try:
        made = File(path=text, content=b"")
    except ValueError:
        return
    root = Path("/bundle")
    assert os.path.normpath(root / made.path).startswith("/bundle/")


def test_no_symlink_leads_out_of_a_bundle_or_the_state_folder(tmp_path: Path) -> None:
    """What lies where a bundle is written is replaced or refused, never followed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    key = File(path="certs/x.pem", content=PrivateBytes(SECRET), mode=0o600)
    bundle = Bundle(plane="nginx", main="nginx.conf", generation="0" * 12, files=(key, File(path="nginx.conf", content=b"x")))
    folder = tmp_path / "into"
    folder.mkdir()
    (folder / "nginx.conf").symlink_to(outside / "nginx.conf")
    write_files(bundle, folder)
    (folder / "certs").rename(tmp_path / "certs-of-before")
    (folder / "certs").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic links"):
        write_files(bundle, folder)
    (tmp_path / ".made.new").symlink_to(outside)
    with pytest.raises(Exception, match="can not be written"):
        replace_folder(bundle, tmp_path / "made")
    store = Store(tmp_path / "state", "nginx")
    store.open()
    (store.bundles / bundle.generation).symlink_to(outside)
    (store.root / "staging").symlink_to(outside)
    assert not store.stage(bundle).is_symlink()
    store.close()
    assert not list(outside.iterdir())


def test_a_printed_configuration_has_nothing_that_a_terminal_acts_on(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\u202eevil\u2066 \x1b[31m"
    render.show(Bundle(plane="nginx", main="m", generation="0", files=(File(path="m", content=f'"{evil}" x;\nok\n'.encode()),)))
    assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))
    assert printable(evil).isprintable()


def test_a_file_with_any_name_can_be_told_as_json() -> None:
    finding = Finding(
        severity=Severity.ERROR,
        reason="X",
        message="m",
        location=Location(file="\udcff.yaml"),
        object=ObjectRef(kind="A", namespace="", name="b"),
    )
    assert msgspec.json.encode(output.finding_builtins(finding))
    assert output.finding_text(finding).isprintable() or "\\udcff" in output.finding_text(finding)
