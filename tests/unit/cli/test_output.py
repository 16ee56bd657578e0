"""What people see of findings."""

import pytest

from router.base.findings import Location, ObjectRef, error, located, warning
from router.cli import output

REF = ObjectRef(kind="Ingress", namespace="shop", name="web")
FINDING = located(
    error(REF, "spec.rules[0].host", "InvalidHost", "'a\x1b[2Jb' is no host", "name it"), Location(file="a.yaml", line=3)
)


def test_a_finding_says_what_where_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    text = click.unstyle(output.finding_text(FINDING))
    assert text.splitlines() == [
        "error   Ingress shop/web spec.rules[0].host  InvalidHost",
        "        'a\\x1b[2Jb' is no host",
        "        fix: name it",
        "        at a.yaml:3",
    ]


def test_the_json_form_has_stable_keys() -> None:
    assert list(output.finding_builtins(FINDING)) == [
        "severity", "reason", "kind", "namespace", "name", "field", "message", "fix", "file", "line", "column",
    ]  # fmt: skip
    assert output.finding_builtins(warning(None, "", "R", "m"))["file"] is None


def test_numbers_of_findings_read_as_a_sentence() -> None:
    assert output.counts([FINDING]) == "1 error, 0 warnings"


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_a_warning_fails_only_where_that_is_asked_for(strict: bool, code: int) -> None:
    assert output.exit_code([warning(REF, "", "R", "m")], strict) == code
    assert output.exit_code([FINDING], strict) == 1
    assert output.exit_code([], strict) == 0


def test_colour_obeys_the_conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert output.colour_wanted(False) is True
    assert output.colour_wanted(True) is False
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.colour_wanted(False) is False
