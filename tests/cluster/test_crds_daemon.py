"""DaemonController on a real API server: what it takes, what it refuses and says, what it shows. The door agrees with it."""

import json
from typing import Any

import pytest

from router.controllers.daemon.reading import daemon_controller
from tests.support.cluster.api import Object, RefusedError
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.placing import daemon

LABELS = {"app": "web"}
CONTAINER = {"name": "a", "image": "b"}


def spec(**more: Any) -> Object:
    template = {"metadata": {"labels": dict(LABELS)}, "spec": {"containers": [dict(CONTAINER)]}}
    return {"selector": dict(LABELS), "template": template} | more


def pod(**more: Any) -> Object:
    made = spec()
    made["template"]["spec"] |= more
    return made


def rolling(**more: Any) -> Object:
    return spec(updateStrategy={"rollingUpdate": more})


def without(field: str) -> Object:
    made = spec()
    del made[field]
    return made


def create(cluster: Cluster, namespace: str, given: Object) -> Object:
    path = f"/apis/tidegate.dev/v1alpha1/namespaces/{namespace}/daemoncontrollers"
    return dict(cluster.api.call("POST", path, daemon(namespace, "web", given)))


ROLLING = "spec.updateStrategy.rollingUpdate"
POD = "spec.template.spec"
REFUSED: list[tuple[Object, str]] = [
    (without("selector"), "spec.selector: Required value"),
    (spec(selector={}), "spec.selector in body should have at least 1 properties"),
    (without("template"), "spec.template: Required value"),
    (
        spec(selector={"matchLabels": {"app": "other"}}),
        "spec.selector: Invalid value: does not match the labels of spec.template; write the same labels in both",
    ),
    (pod(containers=[]), f"{POD}.containers in body should have at least 1 items"),
    (pod(containers=[{"image": "b"}]), f"{POD}.containers[0].name: Required value"),
    (
        pod(restartPolicy="Never"),
        f"{POD}.restartPolicy: Invalid value: a daemon's pod runs for ever; leave restartPolicy out, or write Always",
    ),
    (pod(activeDeadlineSeconds=5), f"{POD}: Forbidden: a daemon's pod runs for ever; remove activeDeadlineSeconds"),
    (pod(nodeSelector={"a": 1}), f"{POD}.nodeSelector.a in body must be of type string"),
    (spec(minReadySeconds=-1), "spec.minReadySeconds in body should be greater than or equal to 0"),
    (spec(updateStrategy={"type": "Recreate"}), 'spec.updateStrategy.type: Unsupported value: "Recreate"'),
    (rolling(maxUnavailable=-1), f"{ROLLING}.maxUnavailable: Invalid value: -1: must be a number of 0 or more"),
    (rolling(maxUnavailable="101%"), f'{ROLLING}.maxUnavailable: Invalid value: "101%": must be a number of 0 or more'),
    (rolling(maxUnavailable=1, maxSurge=1), f"{ROLLING}: Invalid value: one of maxUnavailable and maxSurge must be 0"),
    (rolling(maxUnavailable=0, maxSurge=0), f"{ROLLING}: Invalid value: one of maxUnavailable and maxSurge must be 0"),
    (rolling(maxUnavailable="0%", maxSurge="0%"), f"{ROLLING}: Invalid value: one of maxUnavailable and maxSurge must be 0"),
    (rolling(maxUnavailable=0), f"{ROLLING}: Invalid value: one of maxUnavailable and maxSurge must be 0"),
    (rolling(partition="most"), f'{ROLLING}.partition: Invalid value: "most": must be a number of 0 or more'),
    (rolling(paused="yes"), f"{ROLLING}.paused in body must be of type boolean"),
    (rolling(hostPorts="Fight"), f'{ROLLING}.hostPorts: Unsupported value: "Fight"'),
    (spec(nodes="half"), 'spec.nodes: Invalid value: "half": must be a number of 0 or more, or a percentage up to 100%'),
    (spec(nodes=-3), "spec.nodes: Invalid value: -3: must be a number of 0 or more, or a percentage up to 100%"),
    (spec(preDelete={}), "spec.preDelete: Invalid value: says neither labels nor http"),
    (spec(preDelete={"http": {"path": "/drain"}}), "spec.preDelete.http.port: Required value"),
    (spec(preDelete={"http": {"port": 0}}), "spec.preDelete.http.port in body should be greater than or equal to 1"),
    (
        spec(makeRoom={"enabled": True, "maxEvictions": 0}),
        "spec.makeRoom.maxEvictions in body should be greater than or equal to 1",
    ),
]
ACCEPTED: list[Object] = [
    spec(),
    spec(selector={"matchLabels": LABELS}),
    spec(selector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}),
    pod(nodeSelector={"color": "red"}),
    pod(nodeName="node-1", restartPolicy="Always"),
    rolling(maxUnavailable="10%"),
    rolling(maxSurge=1),
    rolling(maxSurge="25%", maxUnavailable=0),
    rolling(maxUnavailable="3"),
    rolling(partition="70%", nodeSelector={"role": "canary"}, paused=True, strict=True, hostPorts="Share"),
    rolling(nodeSelector={"matchLabels": {"role": "canary"}}),
    spec(updateStrategy={"type": "OnDelete"}, nodes="30%", choice={"salt": "a", "zoneLabel": "topology.kubernetes.io/zone"}),
    spec(nodes=3, preDelete={"http": {"port": 9090, "path": "/drain"}, "timeoutSeconds": 0}),
    spec(preDelete={"labels": {"busy": "yes"}}, makeRoom={"enabled": True}),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[f"{n:02} {m[:60]}" for n, (_, m) in enumerate(REFUSED)])
def test_what_is_refused_is_said(kinds: Cluster, namespace: str, given: Object, message: str) -> None:
    with pytest.raises(RefusedError) as wrong:
        create(kinds, namespace, given)
    assert message in str(wrong.value)


def test_what_is_accepted_is_understood(kinds: Cluster, namespace: str) -> None:
    for given in ACCEPTED:
        made = create(kinds, namespace, given)
        read = daemon_controller(made)
        assert (read.findings, read.usable, read.spec.update.held) == ((), True, False), given
        assert read == daemon_controller(_merged(made, given)), "the defaults of the schema are those of the door"
        kinds.api.delete({"apiVersion": made["apiVersion"], "kind": made["kind"], "metadata": made["metadata"]})


def _merged(made: Object, given: Object) -> Object:
    """As it was written, without defaults."""
    return made | {"spec": given}


@pytest.mark.parametrize("given", [g for g, m in REFUSED if "Required value" not in m], ids=lambda g: json.dumps(g)[-60:])
def test_what_the_server_refuses_the_door_refuses_too(given: Object) -> None:
    """Objects from before a rule was there are still in etcd."""
    assert daemon_controller(daemon("ns", "web", given)).findings


def test_an_object_of_2015_is_accepted_as_it_was_but_for_its_api_version(kinds: Cluster, namespace: str) -> None:
    """The shape that was shown on 10 July 2015: a plain selector, a template with nodeSelector, labels on the object."""
    kinds.kubectl("create", "-n", namespace, "-f", "-", stdin=SHOWN_IN_2015)
    read = daemon_controller(kinds.api.get("tidegate.dev/v1alpha1", "DaemonController", namespace, "datadog"))
    assert read.usable
    assert read.spec.selector.match_labels == {"name": "datadog"}
    assert read.spec.template.spec.node_selector == {"color": "red"}


SHOWN_IN_2015 = """\
apiVersion: tidegate.dev/v1alpha1
kind: DaemonController
metadata:
  labels:
    name: datadog
  name: datadog
spec:
  selector:
    name: datadog
  template:
    metadata:
      labels:
        name: datadog
    spec:
      nodeSelector:
        color: red
      containers:
      - image: tidegate.test/echo:1
        name: dd-agent
        resources: {}
"""

COLUMNS = """\
NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   MISSCHEDULED   NODES   CONFLICT   AGE
web    3         2         1       2            1           0              30%     True       AGE
"""


def test_get_shows_the_numbers_of_a_daemon(kinds: Cluster, namespace: str) -> None:
    create(kinds, namespace, spec(nodes="30%"))
    path = f"/apis/tidegate.dev/v1alpha1/namespaces/{namespace}/daemoncontrollers/web/status"
    conflict = {"type": "Conflict", "status": "True", "reason": "R", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    status = {
        "desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1, "updatedNumberScheduled": 2,
        "numberAvailable": 1, "numberMisscheduled": 0, "conditions": [conflict],
    }  # fmt: skip
    kinds.api.call("PATCH", path, {"status": status}, "application/merge-patch+json")
    said = kinds.kubectl("get", "dc", "-n", namespace, "-o", "wide")
    head, row = said.rstrip("\n").split("\n")
    assert [
        head,
        row.rsplit(None, 1)[0] + " " * (head.index("AGE") - len(row.rsplit(None, 1)[0])) + "AGE",
    ] == COLUMNS.splitlines()
    assert "daemoncontroller.tidegate.dev/web" in kinds.kubectl("get", "tidegate", "-n", namespace, "-o", "name")


def test_a_status_does_not_change_the_spec_nor_its_generation(kinds: Cluster, namespace: str) -> None:
    made = create(kinds, namespace, spec())
    path = f"/apis/tidegate.dev/v1alpha1/namespaces/{namespace}/daemoncontrollers/web/status"
    change = {"spec": {"minReadySeconds": 9}, "status": {"numberReady": 1}}
    after = kinds.api.call("PATCH", path, change, "application/merge-patch+json")
    assert (after["spec"], after["metadata"]["generation"]) == (made["spec"], made["metadata"]["generation"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("dc.spec.nodes", "a number, or a percentage"),
        ("dc.spec.updateStrategy.rollingUpdate.maxSurge", "second pod during an update"),
        ("dc.spec.preDelete.http", "asked with GET until it answers 200"),
        ("dc.status.conditions", "lastTransitionTime"),
    ],
)
def test_explain_tells_what_a_field_is(kinds: Cluster, field: str, words: str) -> None:
    assert words in " ".join(kinds.kubectl("explain", field).split())
