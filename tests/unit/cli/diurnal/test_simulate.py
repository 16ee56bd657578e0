"""``tidegate diurnal simulate``."""

import json
from pathlib import Path

import pytest

from router.base.errors import TidegateError
from tests.unit.cli.conftest import Run

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parents[4] / "examples" / "diurnal"
SPEC = """\
apiVersion: tidegate.dev/v1alpha1
kind: DiurnalController
metadata: {name: web, namespace: shop}
spec:
  target: {kind: Deployment, name: web}
  timeZone: Europe/Berlin
  base: {replicas: 2}
  schedule: [{name: open, from: "08:00", to: "18:00", replicas: 10}]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "web.yaml"
    file.write_text(SPEC)
    return file


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("example", ["changing-hour", "formula", "shop"])
def test_the_days_on_which_the_clock_is_put_are_as_they_were(run: Run, bless: bool, example: str, day: str) -> None:
    result = run("diurnal", "simulate", "-f", EXAMPLES / f"{example}.yaml", "--date", day, "--zone", "Europe/Berlin", "-o", "csv")
    assert result.exit_code == 0, result.stderr
    file = GOLDEN / f"{example}-{day}.csv"
    if bless:
        file.write_text(result.stdout)
    assert result.stdout == file.read_text()


def test_every_example_is_without_findings(run: Run) -> None:
    for file in sorted(EXAMPLES.glob("*.yaml")):
        result = run("diurnal", "simulate", "-f", file, "--date", "2026-11-27", "--days", "7", "-o", "json", "--strict")
        assert (result.exit_code, result.stderr) == (0, ""), file
        assert json.loads(result.stdout)["namespaces"][0]["changes"]


def test_the_table_has_every_change_in_local_time_and_utc_and_a_curve(run: Run, spec: Path) -> None:
    out = run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23").stdout
    assert "2026-11-23T08:00:00+01:00  2026-11-23T07:00:00Z  Deployment/web replicas  2 -> 10  open" in out
    assert "10 |" in out and "Largest change within a minute: Deployment/web replicas 8" in out


def test_json_has_a_version_and_all_that_the_table_has(run: Run, spec: Path) -> None:
    report = json.loads(run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23", "-o", "json").stdout)
    (space,) = report["namespaces"]
    assert report["version"] == 1 and space["start"] == "2026-11-22T23:00:00Z"
    assert [(c["before"], c["after"]) for c in space["changes"]] == [("", "2"), ("2", "10"), ("10", "2")]
    assert [largest["size"] for largest in space["largest"]] == [8]


@pytest.mark.parametrize(("rate", "code"), [(8, 0), (7, 1)])
def test_a_change_that_is_too_fast_fails(run: Run, spec: Path, rate: int, code: int) -> None:
    result = run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23", "--max-rate", rate)
    assert result.exit_code == code and ("TooFast" in result.stderr) is bool(code)


def test_two_objects_on_one_target_fail(run: Run, spec: Path) -> None:
    spec.write_text(SPEC + "---\n" + SPEC.replace("name: web, namespace", "name: web2, namespace"))
    result = run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23")
    assert result.exit_code == 1 and "SharedTarget" in result.stderr


def test_an_overlap_fails_with_strict_only(run: Run, spec: Path) -> None:
    spec.write_text(SPEC.replace("replicas: 10}", 'replicas: 10}, {from: "12:00", to: "13:00", replicas: 3}'))
    assert run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23").exit_code == 0
    assert run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23", "--strict").exit_code == 1


def test_a_mistake_is_told_with_its_line(run: Run, spec: Path) -> None:
    spec.write_text(SPEC.replace("08:00", "8 am"))
    result = run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23")
    assert result.exit_code == 1
    assert f"{spec}:8" in result.stderr and "spec.schedule[0].from" in result.stderr


def test_mistakes_in_a_list_have_their_lines_too(run: Run, spec: Path) -> None:
    body = "\n".join("  " + line for line in SPEC.replace("08:00", "8 am").splitlines())
    spec.write_text("kind: List\nitems:\n- " + body[2:] + "\n")
    assert f"{spec}:10" in run("diurnal", "simulate", "-f", spec, "--date", "2026-11-23").stderr


@pytest.mark.parametrize(
    "args",
    [("--date", "tomorrow"), ("--date", "2026-02-30"), ("--zone", "Mars"), ("--days", "0"), ("-o", "gif"), ("--max-rate", "-1")],
)
def test_wrong_usage_is_exit_code_2(run: Run, spec: Path, args: tuple[str, str]) -> None:
    assert run("diurnal", "simulate", "-f", spec, *args).exit_code == 2


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_is_drawn_without_a_display_and_equal_days_are_equal_bytes(
    run: Run, spec: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    pictures = []
    for name in ("a", "b"):
        file = tmp_path / f"{name}.{form}"
        assert run("diurnal", "simulate", "-f", spec, "--date", "2026-03-29", "-o", form, "--to", file).exit_code == 0
        pictures.append(file.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG" if form == "png" else b"<?xml")


def test_the_day_of_today_is_the_default(run: Run, spec: Path) -> None:
    assert run("diurnal", "simulate", "-f", spec).exit_code == 0


def test_a_number_that_nobody_can_know_is_not_shown(run: Run, tmp_path: Path) -> None:
    """Its calendar is not there, nor is the target: that is not 0."""
    (tmp_path / "web.yaml").write_text(SPEC + "  calendars: [{name: de, configMap: {name: absent}}]\n")
    result = run("diurnal", "simulate", "-f", tmp_path, "--date", "2026-11-23", "-o", "csv")
    assert result.exit_code == 1 and result.stdout.count("\n") == 1
    assert "is not there. The last value is kept. From 2026-11-23T00:00:00+01:00 on.\n" in result.stderr


def test_without_a_schedule_what_could_not_be_read_is_told_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("a: [\n")
    with pytest.raises(TidegateError, match=r"^there is no DiurnalController in the manifests$"):
        run("diurnal", "simulate", "-f", tmp_path)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_hours_below_a_curve_are_round_also_when_the_clock_is_put(run: Run, tmp_path: Path, day: str, hours: int) -> None:
    (tmp_path / "web.yaml").write_text(SPEC)
    lines = run("diurnal", "simulate", "-f", tmp_path, "--date", day).stdout.splitlines()
    (axis,) = (line.split() for line in lines if line.split()[:1] == ["00:00"])
    assert axis == [f"{hour:02}:00" for hour in range(0, 24, 3)], hours
