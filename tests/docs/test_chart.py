"""What is made from the Helm chart, or goes into it, is up to date."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import chart
from router.settings import BY_FIELD
from tests.support.cluster import helm

MANIFESTS = Path(__file__).parents[2] / "deploy" / "manifests"


def test_the_schema_knows_the_settings_that_there_are(bless: bool) -> None:
    if bless:
        chart.SCHEMA.write_text(chart.schema())
    assert chart.SCHEMA.read_text() == chart.schema(), f"{chart.SCHEMA.name} is stale: make bless"


def names(prefix: str, properties: dict[str, Any]) -> set[str]:
    found = set()
    for name, said in properties.items():
        found |= names(f"{prefix}{name}.", said["properties"]) if "properties" in said else {prefix + name}
    return found


def test_every_value_has_a_default_and_a_sentence() -> None:
    properties = json.loads(chart.SCHEMA.read_text())["properties"]
    listed = {value.strip("`") for value, _, _ in chart.rows()}
    assert listed == names("", properties) - {"global"}
    assert all(sentence.strip() for _, _, sentence in chart.rows())
    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    assert values.keys() == properties.keys() - {"global"}


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
def test_the_manifests_are_those_of_the_chart(plane: str, bless: bool) -> None:
    file, text = MANIFESTS / f"{plane}.yaml", helm.manifests(plane)
    if bless:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.read_text() == text, f"{file} is stale: make bless"


def test_the_variables_of_the_chart_are_settings() -> None:
    """Helm does not know what the router reads: a variable that nobody reads would be a value without effect."""
    known = {o.environment for o in BY_FIELD.values()} | {
        f"TIDEGATE_{name}" for name in ("PLANE", "LOG_FORMAT", "LOG_LEVEL", "DEPLOYMENT")
    }
    everything = {
        "namespaces": ["shop"],
        "tcp": {"5432": "db/pg:5432"},
        "pagesConfigMap": "pages",
        "settings": {"body-size": "1m"},
    }
    everything["writeBack"] = {"events": False, "publishAddresses": ["192.0.2.1"]}
    for values in (everything, {"writeBack": {"enabled": False}}):
        (workload,) = [item for item in helm.template(values) if item["kind"] == "Deployment"]
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        assert {entry["name"] for entry in container["env"]} - {"POD_NAME", "POD_NAMESPACE"} <= known
