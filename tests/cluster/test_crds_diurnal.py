"""DiurnalController on a real API server: what it takes, what it refuses and says. The door agrees with it."""

import json
from typing import Any

import pytest

from router.controllers.diurnal.reading import read
from tests.support.cluster.api import Object, RefusedError
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.placing import diurnal

WEB = {"kind": "Deployment", "name": "web"}
PATH = "/apis/tidegate.dev/v1alpha1/namespaces/{}/diurnalcontrollers"


def spec(**more: Any) -> Object:
    return {"target": WEB, "base": {"replicas": 2}} | more


def entry(**more: Any) -> Object:
    return {"target": WEB, "schedule": [more]}


def create(cluster: Cluster, namespace: str, given: Object, name: str = "day") -> Object:
    return dict(cluster.api.call("POST", PATH.format(namespace), diurnal(namespace, name, **given)))


REFUSED: list[tuple[Object, str]] = [
    ({"base": {"replicas": 1}}, "spec: Invalid value: says no target; write target: {kind: Deployment, name: web}"),
    (spec(target={"name": "web"}), "spec.target.kind: Required value"),
    (spec(target={"kind": "Deployment"}), "spec.target: Invalid value: name or matchLabels must be there, one of the two"),
    (spec(target=WEB | {"matchLabels": {"a": "b"}}), "spec.target: Invalid value: name or matchLabels must be there"),
    (
        spec(target={"kind": "Thing", "name": "a"}),
        "spec.target: Invalid value: apiVersion is missing, which a kind of others needs",
    ),
    (spec(selector={}), "spec.selector in body should have at least 1 properties"),
    (spec(gap="guess"), 'spec.gap: Unsupported value: "guess"'),
    (spec(mode="fight"), 'spec.mode: Unsupported value: "fight"'),
    (spec(base={}), "spec.base: Invalid value: says no number; add replicas, percent, min or max"),
    (spec(base={"replicas": -1}), "spec.base.replicas in body should be greater than or equal to 0"),
    (spec(override={"replicas": 1}), "spec.override.until: Required value"),
    (spec(override={"replicas": 1, "until": "tomorrow"}), "spec.override.until in body must be of type date-time"),
    (spec(override={"until": "2026-01-01T00:00:00Z"}), "spec.override: Invalid value: says no number"),
    (spec(limits={"every": "1m"}), "spec.limits.step: Required value"),
    (spec(ramp={"over": "5m", "shape": "steps"}), "spec.ramp: Invalid value: steps and shape: steps need each other"),
    (spec(calendars=[{"name": "a"}, {"name": "a"}]), "spec.calendars[1]: Duplicate value"),
    (entry(at="06:00", to="07:00", replicas=1), "spec.schedule[0]: Invalid value: at stands beside from or to"),
    (entry(**{"from": "06:00"}, replicas=1), "spec.schedule[0]: Invalid value: to is missing; say when the window ends"),
    (entry(at="06:00"), "spec.schedule[0]: Invalid value: says no number; add replicas, percent, min, max or formula"),
    (entry(at="06:00", replicas=1, percent=5), "spec.schedule[0]: Invalid value: write one of replicas, percent and formula"),
    (entry(at="06:00", min=5, max=1), "spec.schedule[0]: Invalid value: min is above max"),
    (entry(at="06:00", formula="t"), "spec.schedule[0]: Invalid value: a formula needs a window, not at"),
]
ACCEPTED: list[Object] = [
    spec(),
    {"selector": {"name": "redis-slave"}, "times": "00:00Z,00:02Z,01:00Z,02:30Z", "counts": "3,7,6,9"},
    {"selector": {"name": "x"}, "times": ["0600-0500", "0900-0500"], "counts": [15, 20], "origin": "creation"},
    spec(targets=[{"kind": "StatefulSet", "matchLabels": {"a": "b"}}], target={"apiVersion": "a.b/v1", "kind": "T", "name": "x"}),
    {"target": {"kind": "DaemonController", "name": "edge"}, "schedule": [{"at": "06:00", "percent": 80}]},
    {"target": {"kind": "HorizontalPodAutoscaler", "name": "web"}, "mode": "bounds", "base": {"min": 1, "max": 5}},
    entry(
        **{"from": "22:00", "to": "06:00"}, days="Mon-Fri", replicas=2, ramp={"over": "10m", "shape": "cosine", "side": "start"}
    ),
    entry(**{"class": ["holiday"], "calendars": "de"}, replicas=1) | {"calendars": [{"name": "de", "configMap": {"name": "h"}}]},
    entry(formula="10 + 5*sin(t)", every="5m") | {"timeZone": "Europe/Berlin", "gap": "shift", "repeat": "both"},
    spec(override={"until": "2026-01-01T00:00:00Z", "replicas": 1, "reason": "a fair"}, skipNext="2026-01-01T00:00:00Z"),
    spec(limits={"step": 2, "every": "30s"}, suspend=True, priority=-5, drift="edge", outside="restore", overlap="latest"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[f"{n:02} {m[:60]}" for n, (_, m) in enumerate(REFUSED)])
def test_what_is_refused_is_said(kinds: Cluster, namespace: str, given: Object, message: str) -> None:
    with pytest.raises(RefusedError) as wrong:
        create(kinds, namespace, given)
    assert message in _without_values(str(wrong.value), message)


def _without_values(said: str, message: str) -> str:
    """Kubernetes quotes the whole value before the message."""
    field, colon, words = message.partition(": Invalid value: ")
    return f"{field}{colon}{words}" if colon and f"{field}: Invalid value" in said and words in said else said


def test_what_is_accepted_is_understood(kinds: Cluster, namespace: str) -> None:
    for number, given in enumerate(ACCEPTED):
        made = create(kinds, namespace, given, f"n{number}")
        reading = read(made)
        assert reading.findings == (), given
        plain = read(made | {"spec": given})
        assert reading == plain, "the defaults of the schema are those of the door"
        assert reading.object is not None


@pytest.mark.parametrize("given", [g for g, m in REFUSED if "Required value" not in m], ids=lambda g: json.dumps(g)[-60:])
def test_what_the_server_refuses_the_door_refuses_too(given: Object) -> None:
    assert read(diurnal("ns", "day", **given)).object is None


COLUMNS = """\
NAME   NOW   ENTRY     NEXT                               TO    READY   ZONE            SUSPENDED   WHY         AGE
day    12    morning   2026-03-29T03:00:00+02:00 Berlin   20    True    Europe/Berlin   false       from 0600   AGE
"""


def test_get_shows_what_stands_and_what_comes_next(kinds: Cluster, namespace: str) -> None:
    create(kinds, namespace, spec())
    status = {
        "timeZone": "Europe/Berlin", "current": {"value": "12", "entry": "morning", "why": "from 0600"},
        "next": {"local": "2026-03-29T03:00:00+02:00 Berlin", "value": "20"}, "conditions": [{"type": "Ready", "status": "True"}],
    }  # fmt: skip
    kinds.api.call("PATCH", f"{PATH.format(namespace)}/day/status", {"status": status}, "application/merge-patch+json")
    said = kinds.kubectl("get", "diurnal", "-n", namespace, "-o", "wide")
    head, row = said.rstrip("\n").split("\n")
    assert [head, row[: head.index("AGE")] + "AGE"] == COLUMNS.splitlines()


def test_explain_tells_what_a_field_is(kinds: Cluster) -> None:
    assert "clocks go forward" in " ".join(kinds.kubectl("explain", "diurnal.spec.gap").split())
