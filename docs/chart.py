"""The reference page of the Helm chart's values, and the names of settings in its schema. ``make bless`` writes both."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from router.settings import OPTIONS

CHART = Path(__file__).parents[1] / "deploy" / "helm" / "tidegate"
SCHEMA = CHART / "values.schema.json"
HAS_VALUE = frozenset({
    "http", "https", "admin", "status", "state", "drain_delay", "drain_timeout", "leader_lease", "publish_service",
    "publish_address", "publish_nodes", "events", "ingress_class", "namespaces", "tcp", "pages", "reload_hook", "hook_timeout",
    "controllers",
})  # fmt: skip
"""Settings that a value of the chart decides, or that mean nothing in its pod."""


def schema() -> str:
    """values.schema.json with the names of all settings there are now."""
    read = json.loads(SCHEMA.read_text())
    read["properties"]["settings"]["propertyNames"]["enum"] = [o.flag[2:] for o in OPTIONS if o.field not in HAS_VALUE]
    return json.dumps(read, indent=2, ensure_ascii=False) + "\n"


def rows() -> Iterator[tuple[str, str, str]]:
    """(value, default, what it means)."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    yield from _rows("", json.loads(SCHEMA.read_text())["properties"], values)


def _rows(prefix: str, properties: dict[str, Any], values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, said in properties.items():
        if name not in values:
            continue
        if "properties" in said:
            yield from _rows(f"{prefix}{name}.", said["properties"], values[name])
        else:
            words = " ".join(f"`{word or 'empty'}`" for word in said.get("enum", ()))
            default = json.dumps(values[name]) if values[name] != "" else ""
            yield f"`{prefix}{name}`", f"`{default}`" if default else "", said["description"] + (f" {words}" if words else "")
