"""Ports of the host, and when a second pod can not start beside the first."""

from typing import Any

import pytest

from router.controllers.daemon.ports import held, met, shares, why_no_surge, words
from router.controllers.daemon.reading import daemon_controller
from tests.support.daemon_world import manifest, pod


def spec(*ports: dict[str, Any], host_network: bool = False) -> dict[str, Any]:
    return {"containers": [{"name": "edge", "image": "i", "ports": list(ports)}], "hostNetwork": host_network}


WEB = {"containerPort": 8080, "hostPort": 80}


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        (spec(WEB), {("TCP", "", 80)}),
        (spec({"containerPort": 8080}), set()),
        (spec({"containerPort": 8080}, host_network=True), {("TCP", "", 8080)}),
        (spec({**WEB, "hostIP": "10.0.0.1", "protocol": "UDP"}), {("UDP", "10.0.0.1", 80)}),
        (spec({**WEB, "hostIP": "0.0.0.0"}), {("TCP", "", 80)}),
    ],
)
def test_what_the_scheduler_counts_is_held(written: dict[str, Any], ports: set[tuple[str, str, int]]) -> None:
    assert held(pod("a", spec=written).spec) == ports


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (("TCP", "", 80), ("TCP", "", 80), True),
        (("TCP", "", 80), ("UDP", "", 80), False),
        (("TCP", "", 80), ("TCP", "", 81), False),
        (("TCP", "", 80), ("TCP", "10.0.0.1", 80), True),
        (("TCP", "10.0.0.1", 80), ("TCP", "", 80), True),
        (("TCP", "10.0.0.1", 80), ("TCP", "10.0.0.2", 80), False),
        (("TCP", "10.0.0.1", 80), ("TCP", "10.0.0.1", 80), True),
    ],
)
def test_two_clash_when_protocol_and_number_and_address_meet(
    one: tuple[str, str, int], other: tuple[str, str, int], clash: bool
) -> None:
    assert met([one], [other]) == ([one] if clash else [])


@pytest.mark.parametrize(
    ("new", "old", "rolling", "blocked"),
    [
        (spec(), [spec()], {"maxSurge": 1}, ""),
        (spec(WEB), [spec(WEB)], {"maxSurge": 1}, "host port 80/TCP"),
        (spec(WEB), [spec(WEB)], {"maxUnavailable": 1}, ""),
        (spec(WEB), [spec()], {"maxSurge": 1}, ""),
        (spec(WEB), [], {"maxSurge": 1}, "host port 80/TCP"),
        (spec(), [spec(WEB)], {"maxSurge": 1}, ""),
        (spec({"containerPort": 80}, host_network=True), [spec(WEB)], {"maxSurge": 1}, "host port 80/TCP"),
        (spec(host_network=True), [spec(host_network=True)], {"maxSurge": 1}, "host's network"),
        (spec(host_network=True), [spec()], {"maxSurge": 1}, ""),
        (spec(host_network=True), [spec(host_network=True)], {"maxSurge": 1, "hostPorts": "Share"}, ""),
        (spec(WEB), [spec(WEB)], {"maxSurge": 1, "hostPorts": "Share"}, "host port 80/TCP"),
    ],
)
def test_a_surge_is_possible_or_the_clash_is_named(
    new: dict[str, Any], old: list[dict[str, Any]], rolling: dict[str, Any], blocked: str
) -> None:
    update = daemon_controller(manifest(rolling=rolling)).spec.update
    why = why_no_surge(update, pod("a", spec=new).spec, [pod("b", spec=o) for o in old])
    assert bool(why) == bool(blocked) and blocked in why


def test_only_pods_of_the_hosts_network_share() -> None:
    update = daemon_controller(manifest(rolling={"maxSurge": 1, "hostPorts": "Share"})).spec.update
    assert shares(update, pod("a", spec=spec(host_network=True)).spec)
    assert not shares(update, pod("a", spec=spec()).spec)


def test_ports_are_written_as_people_write_them() -> None:
    assert words([("TCP", "", 80), ("UDP", "10.0.0.1", 53)]) == "80/TCP, 10.0.0.1:53/UDP"
