"""Slips of the pen in fields."""

import pytest

from router.facts.core import Service
from router.facts.networking import Ingress
from router.facts.unknown import slips

INGRESS = {"metadata": {"name": "x"}, "spec": {"rules": [{"host": "a", "http": {"paths": [{"path": "/", "pathtype": "Exact"}]}}]}}


def test_a_slip_has_its_place_and_the_right_name() -> None:
    ((steps, message, fix),) = slips(INGRESS, Ingress)
    assert steps == ("spec", "rules", 0, "http", "paths", 0, "pathtype")
    assert message.startswith("spec.rules[0].http.paths[0].pathtype")
    assert "pathType" in fix


@pytest.mark.parametrize(("wrong", "right"), [("rulez", "rules"), ("Rules", "rules"), ("ingressClasName", "ingressClassName")])
def test_near_names_are_told(wrong: str, right: str) -> None:
    ((_, _, fix),) = slips({"spec": {wrong: []}}, Ingress)
    assert right in fix


def test_fields_of_kubernetes_that_we_do_not_read_are_not_told() -> None:
    spec = {
        "selector": {}, "clusterIP": "", "clusterIPs": [], "externalIPs": [], "externalTrafficPolicy": "", "internalTrafficPolicy": "",
        "ipFamilies": [], "ipFamilyPolicy": "", "sessionAffinity": "", "sessionAffinityConfig": {}, "publishNotReadyAddresses": True,
        "loadBalancerIP": "", "loadBalancerSourceRanges": [], "loadBalancerClass": "", "healthCheckNodePort": 1, "trafficDistribution": "",
        "allocateLoadBalancerNodePorts": True, "ports": [{"port": 1, "targetPort": 2, "nodePort": 3, "name": "x", "protocol": "TCP"}],
    }  # fmt: skip
    metadata = {
        "name": "x", "generateName": "", "selfLink": "", "uid": "", "deletionTimestamp": "", "deletionGracePeriodSeconds": 1,
        "ownerReferences": [], "finalizers": [], "managedFields": [], "resourceVersion": "", "generation": 1, "creationTimestamp": "",
    }  # fmt: skip
    assert slips({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": {}}, Service) == []


@pytest.mark.parametrize(
    "nonsense", [None, 5, [], {"spec": 5}, {"spec": {"rules": {"a": 1}}}, {"spec": {"rules": [5, None]}}, {1: 2}]
)
def test_nonsense_has_no_slips(nonsense: object) -> None:
    assert slips(nonsense, Ingress) == []


def test_a_thousand_slips_are_a_few_findings() -> None:
    paths = [{"pathtype": "Exact"}] * 1000
    assert len(slips({"spec": {"rules": [{"http": {"paths": paths}}]}}, Ingress)) == 20
