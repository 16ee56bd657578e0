"""Files as documents: each by itself, each with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.sources.directory import documents
from router.sources.directory.documents import read


def places(text: str, *steps: str | int) -> list[str]:
    return [str(d.location(steps)) for d in read("f.yaml", text.encode()).documents]


def complaints(file: str, data: bytes) -> list[str]:
    reading = read(file, data)
    assert reading.broken == any(f.severity == "error" for f in reading.findings)
    return [f"{f.location} {f.message}" for f in reading.findings]


def values(text: str) -> list[object]:
    return [d.value for d in read("f.yaml", text.encode()).documents]


def test_documents_are_split_at_their_markers_and_know_their_lines() -> None:
    text = "# first\na: 1\n---\n# two\na: 2\n--- {a: 3}\n---\n...\na: 4\n--- # five\na: 5\n"
    assert values(text) == [{"a": n} for n in range(1, 6)]
    assert places(text, "a") == ["f.yaml:2:4", "f.yaml:5:4", "f.yaml:6:9", "f.yaml:9:4", "f.yaml:11:4"]


def test_a_marker_inside_a_line_or_a_longer_word_is_text() -> None:
    assert values('a: "x --- y"\nb: |\n  ---\n---a: 1\n') == [{"a": "x --- y", "b": "---\n", "---a": 1}]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n---\n# x\n---", "%YAML 1.2\n---\n", "--- ~\n", "\ufeff"])
def test_documents_with_nothing_in_them_are_nothing(text: str) -> None:
    reading = read("f.yaml", text.encode())
    assert (reading.documents, reading.findings, reading.broken) == ((), (), False)


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    text = "\ufeffa: 1\r\n---\r\na: 2\r\n"
    assert values(text) == [{"a": 1}, {"a": 2}]
    assert places(text, "a") == ["f.yaml:1:4", "f.yaml:3:4"]


def test_a_document_that_does_not_parse_costs_only_itself_and_says_where() -> None:
    text = "a: 1\n---\na: b: c\n---\na: 3\n---\n- list\n---\na: 'open\n"
    reading = read("f.yaml", text.encode())
    assert [d.value for d in reading.documents] == [{"a": 1}, {"a": 3}]
    assert reading.broken
    assert [str(f.location) for f in reading.findings] == ["f.yaml:3:5", "f.yaml:7:1", "f.yaml:9:4"]
    assert {f.reason for f in reading.findings} == {"NotParsed"}


def test_a_key_that_stands_twice_is_a_warning() -> None:
    (said,) = read("f.yaml", b"x: 1\n---\na: 1\na: 2\n").findings
    assert (said.severity, said.reason, str(said.location)) == ("warning", "DuplicateKey", "f.yaml:4:1")


def test_json_is_read_as_json_and_places_are_still_known() -> None:
    text = '{\n\t"a": [1,\n\t\t{"b": "\\/"}]\n}'
    (document,) = read("f.json", text.encode()).documents
    assert document.value == {"a": [1, {"b": "/"}]}
    assert str(document.location(("a", 1, "b"))) == "f.json:3:9"


def test_a_place_in_json_that_yaml_can_not_read_is_only_the_file() -> None:
    (document,) = read("f.json", b'{"a": "\\ud83d\\ude00"}').documents
    assert document.value == {"a": "\U0001f600"}
    assert str(document.location(("a",))) == "f.json"


def test_json_in_a_yaml_file_may_also_be_a_flow_mapping_or_many_documents() -> None:
    assert values("{a: 1}\n---\n{b: 2}\n") == [{"a": 1}, {"b": 2}]
    assert values('{"a": 1}') == [{"a": 1}]


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("f.json", b'{"a": 1,\n "b": }', "f.json:2:7 this file is not JSON: JSON is malformed: invalid character"),
        ("f.json", b'{"a": 1', "f.json this file is not JSON: Input data was truncated"),
        ("f.yaml", b"a: 1\nb: \xff", "f.yaml:2:4 this file is not UTF-8"),
        ("f.yaml", b"x" * (documents.MAX_FILE + 1), "f.yaml this file is larger than 32 MiB"),
        ("f.yaml", b"a: b\x01", "f.yaml:1 this document is not YAML: control characters are not allowed"),
    ],
)
def test_a_file_that_can_not_be_read_at_all_says_why(file: str, data: bytes, said: str) -> None:
    assert complaints(file, data) == [said]


def test_deep_json_is_refused_not_a_crash() -> None:
    assert "recursion" in complaints("f.json", b'{"a":' * 200_000)[0]


@given(st.binary() | st.text('-.{}[]":, \nab#%').map(str.encode), st.sampled_from(["f.yaml", "f.json"]))
def test_any_bytes_are_documents_or_findings(data: bytes, file: str) -> None:
    reading = read(file, data)
    for document in reading.documents:
        assert document.location(("a", 0)).line >= 0
    assert reading.broken == any(f.reason == "NotParsed" for f in reading.findings)


@given(st.lists(st.dictionaries(st.text("abc", min_size=1), st.integers() | st.text("xyz-# \n")), min_size=1))
def test_many_documents_are_read_as_if_each_had_its_own_file(written: list[dict[str, object]]) -> None:
    assert values("\n---\n".join(json.dumps(one) for one in written)) == written
