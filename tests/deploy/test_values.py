"""Values of the Helm chart: wrong ones are refused by name, and right ones arrive as the settings that were meant."""

from typing import Any

import pytest

from docs.generate import NAMES
from router.base.parse import Address
from router.cli.options import settings_from
from router.cli.run import command
from router.settings import DEFAULTS, Settings, TcpService
from tests.support.cluster import helm
from tests.support.cluster.volumes import expand

WRONG: dict[str, dict[str, Any]] = {
    "/plane": {"plane": "apache"},
    "/kind": {"kind": "StatefulSet"},
    "/replicas": {"replicas": "two"},
    "additional properties 'relpicas'": {"relpicas": 2},
    "additional properties 'registry'": {"image": {"registry": "x"}},
    "/namespaces/0": {"namespaces": ["Shop"]},
    "/secrets/0": {"secrets": ["tls"]},
    "invalid propertyName 'http-port'": {"tcp": {"http-port": "db/pg:5432"}},
    "/tcp/5432": {"tcp": {"5432": "pg:5432"}},
    "invalid propertyName 'body_size'": {"settings": {"body_size": "1m"}},
    "invalid propertyName 'http'": {"settings": {"http": ":80"}},
    "/settings/gzip": {"settings": {"gzip": {"level": 5}}},
    "/log/level": {"log": {"level": "trace"}},
    "/ports/address": {"ports": {"address": "eth0"}},
    "/ports/http": {"ports": {"http": 70000}},
    "/service/type": {"service": {"type": "ExternalName"}},
    "/drainDelay": {"drainDelay": -1},
    "/runAsUser": {"runAsUser": 0},
    "/state/sizeLimit": {"state": {"sizeLimit": "much"}},
    "/podDisruptionBudget/maxUnavailable": {"podDisruptionBudget": {"maxUnavailable": "half"}},
    "/podLabels/a": {"podLabels": {"a": 1}},
    "/ingressClass/name": {"ingressClass": {"name": "My Class"}},
    "/writeBack/publishNodes": {"writeBack": {"publishNodes": "some"}},
    "controllers.enabled needs writeBack.enabled": {"controllers": {"enabled": True}, "writeBack": {"enabled": False}},
    "/controllers/run/0": {"controllers": {"run": ["weekly"]}},
    "/hostNetwork": {"hostNetwork": "yes"},
    "/image/tag": {"image": {"tag": "latest version"}},
    "/image/repository": {"image": {"repository": "registry.example.com/tide gate"}},
    "/pagesConfigMap": {"pagesConfigMap": "Our pages"},
    "/serviceAccount/name": {"serviceAccount": {"name": "system:edge"}},
    "/writeBack/publishAddresses/0": {"writeBack": {"publishAddresses": ["192.0.2.1, 192.0.2.2"]}},
    "invalid propertyName '70000'": {"tcp": {"70000": "db/pg:5432"}},
    "port 9090 is taken twice, by ports.http and by ports.admin": {"ports": {"http": 9090}},
    "port 9091 is taken twice, by ports.status and by tcp.9091": {"tcp": {"9091": "db/pg:5432"}},
    "the Service's port 443 is taken twice, by service.httpsPort and by tcp.443": {"tcp": {"443": "db/pg:5432"}},
}


@pytest.mark.parametrize("where", WRONG)
def test_a_wrong_value_is_refused_and_the_complaint_names_it(where: str) -> None:
    with pytest.raises(helm.RefusedError) as refused:
        helm.template(WRONG[where])
    if not where.startswith("invalid propertyName"):  # of names, Helm tells the name but not where it stands
        assert where in str(refused.value)
    assert where.rpartition("'")[0].rpartition("'")[2] in str(refused.value)


def settings(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, dict[str, Any]]:
    """What the router understands of the variables that the chart gives it: settings, and the rest of its options."""
    (workload,) = [item for item in helm.template(values, "edge") if item["kind"] in {"Deployment", "DaemonSet"}]
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    for entry in container["env"]:
        monkeypatch.setenv(entry["name"], expand(entry.get("value", ""), {}))
    assert container["args"][0] == "run"
    context = command.make_context("run", container["args"][1:], help_option_names=NAMES)  # click remembers the first ones it met
    return settings_from(context.params)[0], context.params


def test_without_values_it_is_what_the_router_does_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made, params = settings({}, monkeypatch)
    assert params["plane"] == "nginx"
    assert params["in_cluster"]
    assert made.publish_service == "edge/tidegate"
    assert made.state == "/var/lib/tidegate"
    assert (made.http, made.https, made.admin) == tuple(Address(host="0.0.0.0", port=port) for port in (8080, 8443, 9090))
    ours = {"publish_service", "state", "admin"}
    assert {f for f in made.__struct_fields__ if getattr(made, f) != getattr(DEFAULTS, f)} == ours


def test_values_arrive_as_the_settings_that_were_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "plane": "haproxy", "namespaces": ["shop", "blog"], "ingressClass": {"name": "edge"}, "drainDelay": 7, "drainTimeout": 3600,
        "tcp": {"25": "mail/smtp:smtp", "5432": "db/pg:5432"}, "ports": {"status": 9999},
        "settings": {
            "worker-connections": 15000000, "gzip": False, "body-size": "10m", "platform-domain": "apps.example.com",
            "trusted-proxies": ["10.0.0.0/8", "fd00::/8"], "plane-binary": "/opt/$(POD_NAME)$$x",
        },
        "controllers": {"enabled": True},
        "writeBack": {"publishNodes": "internal", "publishService": False, "publishAddresses": ["192.0.2.1", "gw.example.com"], "events": False},
    }  # fmt: skip
    made, params = settings(values, monkeypatch)
    assert params["plane"] == "haproxy"
    assert made.namespaces == ("shop", "blog")
    assert made.ingress_class == "edge"
    assert (made.drain_delay, made.drain_timeout, made.status.port) == (7, 3600, 9999)
    ports = [(t.listen, t.namespace, t.service, t.port) for t in sorted(made.tcp)]
    assert ports == [(25, "mail", "smtp", "smtp"), (5432, "db", "pg", 5432)]
    assert isinstance(made.tcp[0], TcpService)
    assert (made.worker_connections, made.gzip, made.body_size) == (15_000_000, False, 10 * 1024**2)
    assert [str(network) for network in made.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    assert made.plane_binary == "/opt/$(POD_NAME)$$x"
    assert made.publish_address == ("192.0.2.1", "gw.example.com")
    assert (made.publish_service, made.publish_nodes, made.events) == ("", "internal", False)
    assert made.controllers == ("daemon", "diurnal")


def test_in_a_cluster_of_ipv6_it_listens_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = settings({"ports": {"address": "::"}}, monkeypatch)
    assert {made.http.host, made.https.host, made.admin.host} == {"::"}


def test_nothing_is_written_without_write_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = settings({"writeBack": {"enabled": False}}, monkeypatch)
    assert (made.leader_lease, made.publish_service) == ("off", "")
    kinds = {item["kind"] for item in helm.template({"writeBack": {"enabled": False}})}
    assert "Lease" not in kinds
    groups = [
        g for item in helm.template({"writeBack": {"enabled": False}}) for r in item.get("rules", ()) for g in r["apiGroups"]
    ]
    assert "coordination.k8s.io" not in groups
    assert "events.k8s.io" not in groups


@pytest.mark.parametrize(("drain_delay", "drain_timeout"), [(5, 30), (0, 0), (60, 3600)])
def test_the_grace_period_holds_both_halves_of_the_drain(drain_delay: int, drain_timeout: int) -> None:
    values = {"drainDelay": drain_delay, "drainTimeout": drain_timeout}
    (workload,) = [item for item in helm.template(values) if item["kind"] == "Deployment"]
    spec = workload["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] >= drain_delay + drain_timeout + 10


def test_custom_resource_definitions_come_with_the_controllers_and_stay_when_the_release_goes() -> None:
    folder = sorted((helm.CHART.parents[1] / "crds").glob("*.yaml"))
    made = [item for item in helm.template({"controllers": {"enabled": True}}) if item["kind"] == "CustomResourceDefinition"]
    assert len(made) >= len(folder)
    assert all(item["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep" for item in made)
    assert not [item for item in helm.template() if item["kind"] == "CustomResourceDefinition"]


TCP = {"tcp": {"5432": "db/pg:5432"}}
MONITORING = [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]


@pytest.mark.parametrize(
    ("values", "admin"),
    [
        (TCP, None),
        (TCP | {"networkPolicy": {"adminFrom": MONITORING}}, MONITORING),
        (TCP | {"serviceMonitor": {"enabled": True}}, [{"namespaceSelector": {}}]),
        (TCP | {"serviceMonitor": {"enabled": True}, "networkPolicy": {"adminFrom": MONITORING}}, MONITORING),
    ],
)
def test_everybody_reaches_what_clients_ask_and_nobody_the_admin_port_but_who_is_named(
    values: dict[str, Any], admin: Any
) -> None:
    """What a NetworkPolicy means (networking.k8s.io/v1): pods that it selects get nothing but what a rule lets through."""
    made = helm.template(values)
    (policy,) = [item for item in made if item["kind"] == "NetworkPolicy"]
    (workload,) = [item for item in made if item["kind"] == "Deployment"]
    spec, template = policy["spec"], workload["spec"]["template"]
    assert spec["policyTypes"] == ["Ingress"], "what the router may reach is not limited"
    assert spec["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    reached = {port["port"]: rule.get("from") for rule in spec["ingress"] for port in rule["ports"]}
    ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    assert ports == {"http", "https", "tcp-5432", "admin"}
    assert reached == dict.fromkeys(ports - {"admin"}) | ({"admin": admin} if admin else {})


def test_on_the_nodes_network_there_is_no_policy_as_it_would_mean_nothing() -> None:
    made = helm.template({"kind": "DaemonSet", "hostNetwork": True, "service": {"enabled": False}})
    assert {"NetworkPolicy", "PodDisruptionBudget", "Service"}.isdisjoint(item["kind"] for item in made)
