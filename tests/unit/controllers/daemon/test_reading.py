"""A DaemonController from a document: both times' shapes, and what is wrong with the others."""

from typing import Any

import pytest

from router.controllers.daemon.reading import canonical, daemon_controller
from router.controllers.daemon.types import Amount, DaemonController, HostPorts
from router.facts.scheduling import Selector

TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


def read(spec: dict[str, Any]) -> DaemonController:
    full = {"selector": {"app": "x"}, "template": TEMPLATE, **spec}
    return daemon_controller({"metadata": {"name": "d", "namespace": "n", "uid": "u"}, "spec": full})


def rolling(**fields: Any) -> dict[str, Any]:
    return {"updateStrategy": {"rollingUpdate": fields}}


def test_the_manifest_of_2015_is_read() -> None:
    spec = {**TEMPLATE["spec"], "nodeSelector": {"color": "red"}, "nodeName": "node-1"}
    daemon = read({"template": {**TEMPLATE, "spec": spec}})
    assert daemon.usable and not daemon.findings
    assert daemon.spec.selector == Selector(match_labels={"app": "x"})
    assert daemon.spec.template.spec.node_selector == {"color": "red"}
    assert daemon.spec.template.spec.node_name == "node-1"


def test_what_is_left_out_is_as_upstream_has_it() -> None:
    spec = read({}).spec
    assert (spec.min_ready, spec.history_limit) == (0, 10)
    assert spec.update.max_unavailable == Amount(number=1) and not spec.update.surges
    assert spec.choice.nodes is None and spec.pre_delete is None and spec.make_room is None


def test_all_fields_are_read() -> None:
    spec = read({
        "minReadySeconds": 5, "revisionHistoryLimit": 2, "nodes": "30%", "choice": {"salt": "s", "zoneLabel": "z"},
        "preDelete": {"labels": {"busy": "yes"}, "http": {"port": 9090, "path": "/drain"}, "timeoutSeconds": 60},
        "makeRoom": {"enabled": True, "afterSeconds": 10, "maxEvictions": 3},
        **rolling(maxUnavailable=0, maxSurge="25%", partition="50%", nodeSelector={"canary": "yes"}, paused=True, strict=True,
                  hostPorts="Share"),
    }).spec  # fmt: skip
    update = spec.update
    assert update.surges and update.max_surge == Amount(number=25, percent=True) and update.partition.percent
    assert update.canary == Selector(match_labels={"canary": "yes"}) and update.paused and update.strict
    assert update.host_ports is HostPorts.SHARE and not update.held
    assert spec.choice.nodes == Amount(number=30, percent=True) and spec.choice.zone_label == "z"
    assert spec.pre_delete and spec.pre_delete.port == 9090 and spec.pre_delete.timeout == 60
    assert spec.make_room and spec.make_room.after == 10 and spec.make_room.limit == 3


def test_a_surge_alone_needs_no_word_about_unavailable() -> None:
    daemon = read(rolling(maxSurge=1))
    assert not daemon.findings and daemon.spec.update.max_unavailable == Amount(number=0)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"selector": {}}, "spec.selector"),
        ({"selector": None}, "spec.selector"),
        ({"selector": "app=x"}, "spec.selector"),
        ({"selector": {"app": "y"}}, "spec.selector"),
        ({"template": None}, "spec.template"),
        ({"template": {"metadata": {"labels": {"app": "x"}}}}, "spec.template.spec.containers"),
        ({"template": {**TEMPLATE, "spec": {"containers": "none"}}}, "spec.template.spec.containers"),
        ({"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}, "spec.template.spec.restartPolicy"),
        ({"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "activeDeadlineSeconds": 5}}}, "spec.template.spec.activeDeadlineSeconds"),
        ({"nodes": "a third"}, "spec.nodes"),
        ({"nodes": "130%"}, "spec.nodes"),
        ({"nodes": -1}, "spec.nodes"),
        ({"choice": {"salt": 1}}, "spec.choice.salt"),
        ({"preDelete": {}}, "spec.preDelete"),
        ({"preDelete": {"http": {"path": "/"}}}, "spec.preDelete.http.port"),
        ({"preDelete": {"http": {"port": 99999}}}, "spec.preDelete.http.port"),
        ({"preDelete": {"http": {"port": 80, "path": "drain"}}}, "spec.preDelete.http.path"),
        ({"preDelete": {"http": {"port": 80, "path": "/\r\nHost: x"}}}, "spec.preDelete.http.path"),
        ({"preDelete": {"labels": {"a": "1"}, "timeoutSeconds": -1}}, "spec.preDelete.timeoutSeconds"),
    ],
)  # fmt: skip
def test_what_decides_where_pods_run_and_how_they_go_closes_the_object(spec: dict[str, Any], field: str) -> None:
    daemon = read(spec)
    assert [f.field for f in daemon.findings] == [field]
    assert not daemon.usable
    assert str(daemon.findings[0].object) == "DaemonController n/d"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (rolling(maxUnavailable=True), "maxUnavailable"),
        (rolling(maxUnavailable="1/2"), "maxUnavailable"),
        (rolling(maxUnavailable=0), "maxUnavailable"),
        (rolling(maxUnavailable=1, maxSurge=1), "maxSurge"),
        (rolling(partition="-1"), "partition"),
        (rolling(nodeSelector="canary"), "nodeSelector"),
        (rolling(paused="yes"), "paused"),
        (rolling(hostPorts="Ignore"), "hostPorts"),
        ({"updateStrategy": {"type": "Recreate"}}, "type"),
        ({"minReadySeconds": -1}, "minReadySeconds"),
        ({"revisionHistoryLimit": "ten"}, "revisionHistoryLimit"),
        ({"makeRoom": {"enabled": "yes"}}, "enabled"),
    ],
)  # fmt: skip
def test_what_decides_how_pods_are_replaced_holds_the_update(spec: dict[str, Any], field: str) -> None:
    daemon = read(spec)
    assert daemon.usable and daemon.spec.update.held
    assert daemon.findings[0].field.endswith(field)


def test_equal_templates_have_equal_texts() -> None:
    assert (
        canonical({"b": [1, {"d": None, "c": 2}], "a": "x"})
        == canonical({"a": "x", "b": [1, {"c": 2}]})
        == '{"a":"x","b":[1,{"c":2}]}'
    )
    assert canonical({"a": [1, 2]}) != canonical({"a": [2, 1]})


@pytest.mark.parametrize(
    ("amount", "total", "up", "number"),
    [("30%", 10, True, 3), ("30%", 11, True, 4), ("30%", 11, False, 3), ("0%", 9, True, 0), ("100%", 9, True, 9), (4, 2, True, 4)],
)  # fmt: skip
def test_a_percentage_is_rounded_as_asked(amount: str | int, total: int, up: bool, number: int) -> None:
    nodes = read({"nodes": amount}).spec.choice.nodes
    assert nodes and nodes.of(total, up=up) == number
