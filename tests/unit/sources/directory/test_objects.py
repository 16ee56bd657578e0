"""What one file holds: facts with places, findings about the rest."""

import json

import pytest

from router.base.findings import Finding
from router.sources.directory.objects import Content, read

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: {0}}}\n"


def yaml(text: str) -> Content:
    return read("f.yaml", text.encode())


def names(content: Content) -> list[str]:
    return [f"{placed.fact.ref} {placed.location}" for placed in content.objects]


def only(content: Content) -> Finding:
    (finding,) = content.findings
    return finding


def test_each_object_has_its_place_and_foreign_ones_pass_in_silence() -> None:
    content = yaml("# x\n" + SERVICE.format("a") + "---\nkind: ConfigMap\napiVersion: v1\n---\n" + SERVICE.format("b"))
    assert names(content) == ["Service default/a f.yaml:2:1", "Service default/b f.yaml:9:1"]
    assert content.findings == ()


def test_an_object_of_a_wrong_type_costs_only_itself() -> None:
    bad = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec:\n  ports:\n    - port: 80\n    - port: http\n---\n"
    content = yaml(SERVICE.format("a") + bad + SERVICE.format("c"))
    assert [name.split()[1] for name in names(content)] == ["default/a", "default/c"]
    finding = only(content)
    assert (str(finding.object), finding.field, str(finding.location)) == (
        "Service default/b",
        "spec.ports[1].port",
        "f.yaml:12:13",
    )
    assert not content.broken


def test_an_annotation_without_quotes_is_named_with_line_and_column() -> None:
    finding = only(
        yaml("apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations:\n    tidegate.dev/maintenance: true\n")
    )
    assert finding.message == "tidegate.dev/maintenance is a boolean, but must be text; the object is not used"
    assert (finding.field, finding.fix) == ("tidegate.dev/maintenance", "put the value in quotes")
    assert (finding.severity, str(finding.location)) == ("error", "f.yaml:6:31")


LIST = """\
apiVersion: {version}
kind: {kind}
items:
  - {{{own}, metadata: {{name: a}}}}
  - {{{own}, metadata: {{name: Bad}}}}
  - text
  - {{{own}, metadata: {{name: c, labels: {{x: 1}}}}}}
"""


@pytest.mark.parametrize(
    ("version", "kind", "own"), [("v1", "List", "apiVersion: v1, kind: Service"), ("v1", "ServiceList", "spec: {}")]
)
def test_lists_are_taken_apart_and_one_bad_item_costs_only_itself(version: str, kind: str, own: str) -> None:
    content = yaml(LIST.format(version=version, kind=kind, own=own))
    assert names(content) == ["Service default/a f.yaml:4:5"]
    assert [f.location.line for f in content.findings if f.location] == [5, 6, 7]
    assert [str(f.object) for f in content.findings] == ["None", "None", "Service default/c"]


def test_a_list_in_a_list_is_taken_apart_but_not_without_end() -> None:
    document: object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}
    for depth in range(1, 8):
        document = {"apiVersion": "v1", "kind": "List", "items": [document]}
        content = read("f.json", json.dumps(document).encode())
        assert len(content.objects) == (1 if depth <= 5 else 0)


@pytest.mark.parametrize("items", ["null", "[]", "{}", "x"])
def test_an_empty_list_is_nothing(items: str) -> None:
    assert yaml(f"apiVersion: v1\nkind: List\nitems: {items}\n") == Content()


def test_a_json_list_as_kubectl_prints_it_is_read() -> None:
    items = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}} for name in ("a", "b")]
    content = read("f.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2).encode())
    assert names(content) == ["Service default/a f.json", "Service default/b f.json"]


def test_a_near_miss_is_a_warning_where_it_stands() -> None:
    finding = only(yaml("---\n\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n"))
    assert (finding.severity, finding.reason, str(finding.location)) == ("warning", "NotRead", "f.yaml:3:1")


def test_a_document_that_does_not_parse_marks_the_file_as_broken() -> None:
    content = yaml(SERVICE.format("a") + "---\na: b: c\n")
    assert content.broken
    assert len(content.objects) == 1
    assert only(content).reason == "NotParsed"
