"""The rights that the chart gives: routers that run with them are denied nothing, and use all of them. The audit log is the witness."""

import contextlib
from typing import Any

import pytest

from tests.support.cluster import manifests
from tests.support.cluster.api import Object, RefusedError
from tests.support.cluster.cluster import Cluster, until
from tests.support.cluster.kubelet import now
from tests.support.cluster.leading import events, shown
from tests.support.cluster.looking import external_address
from tests.support.cluster.release import RBAC, Release, ask, release

MERGE = "application/merge-patch+json"
Right = tuple[str, str, str]
"""(namespace, empty for the whole cluster; resource; verb)"""
WIDE, NARROW, NAMED = "all namespaces", "a named namespace", "a named namespace, named Secrets, and nodes as addresses"


class Case:
    """A release that serves a class of its own, and what is in the namespace ``served``."""

    def __init__(self, cluster: Cluster, made: Release, served: str, values: dict[str, Any]) -> None:
        self.cluster, self.release, self.served = cluster, made, served
        self.kind = values.get("kind", "Deployment")
        self.values = {"replicas": 1, "drainDelay": 0, "drainTimeout": 5, "ingressClass": {"name": served}, **values}
        cluster.api.apply(manifests.secret(served, "tls", {"tls.crt": "x", "tls.key": "x"}, "kubernetes.io/tls"))
        self._apply("bad", "absent")

    def _apply(self, name: str, backend: str) -> None:
        """An Ingress that leads to this Service."""
        item = manifests.ingress(self.served, name, f"{name}.example.com", backend=backend, secret="tls")
        item["spec"]["ingressClassName"] = self.served
        self.cluster.api.apply(item)

    @property
    def count(self) -> int:
        return 1 if self.kind == "Deployment" else len(self.cluster.nodes)

    def settled(self) -> None:
        self.release.settled(self.count, self.kind)

    def missing(self) -> bool:
        """Whether all routers know that a Service is missing."""
        addresses = [item["status"]["podIP"] for item in self.release.routers()]
        return all(b'reason="ServiceNotFound"' in ask(address, 9090, "x", "/metrics")[1] for address in addresses)

    def write(self, stack: contextlib.ExitStack) -> None:
        """Until every kind of write was made: an address, an Event, the same Event again."""
        self._reached_at("192.0.2.7", stack)
        until(lambda: {"ip": "192.0.2.7"} in shown(self.cluster, self.served, "bad"), 60, self.release.log)
        self._said("bad", 1)
        self.cluster.api.apply(manifests.service(self.served, "absent"))
        until(lambda: not self.missing(), 60, self.release.log)
        self._apply("worse", "nowhere")
        self._said("worse", 1)  # so the writer has looked at a cluster in which nothing is wrong with the other one
        self.cluster.api.delete(manifests.service(self.served, "absent"))
        self._said("bad", 2)

    def _reached_at(self, address: str, stack: contextlib.ExitStack) -> None:
        """Our Service has it, or a node, if nodes are published: as long as the test lasts, for nodes are everybody's."""
        if "writeBack" in self.values:
            stack.enter_context(external_address(self.cluster, self.release.routers()[0]["spec"]["nodeName"], address))
            return
        path = f"/api/v1/namespaces/{self.release.namespace}/services/tidegate/status"
        self.cluster.api.call("PATCH", path, {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}, MERGE)

    def _said(self, name: str, times: int) -> None:
        until(
            lambda: ("Warning", "ServiceNotFound", name, times) in events(self.cluster, self.served), 60,
            lambda: f"{events(self.cluster, self.served)} {self.release.log()}",
        )  # fmt: skip

    def rules(self) -> list[tuple[str, Object]]:
        """(namespace, rule) of all roles."""
        name = f"{self.release.namespace}:tidegate"
        found = [("", rule) for rule in self.cluster.api.get(RBAC, "ClusterRole", "", name)["rules"]]
        for namespace, role in ((self.served, name), (self.release.namespace, "tidegate")):
            with contextlib.suppress(RefusedError):
                found += [(namespace, rule) for rule in self.cluster.api.get(RBAC, "Role", namespace, role)["rules"]]
        return found

    def granted(self) -> set[Right]:
        return {
            (where, resource, verb) for where, rule in self.rules() for resource in rule["resources"] for verb in rule["verbs"]
        }

    def held(self) -> bool:
        """Whether the API server knows all rights: one that was just started denies everything until it has read them."""
        return all(self._allows(where, rule) for where, rule in self.rules())

    def _allows(self, namespace: str, rule: Object) -> bool:
        """Asked for somebody else, it does not stand in the audit log."""
        resource, _, sub = rule["resources"][0].partition("/")
        asked = {"namespace": namespace, "group": rule["apiGroups"][0], "resource": resource, "subresource": sub}
        asked |= {"verb": rule["verbs"][0], "name": (rule.get("resourceNames") or [""])[0]}
        spec = {"user": self.release.user, "resourceAttributes": asked}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        return bool(
            self.cluster.api.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)["status"]["allowed"]
        )

    def asked(self, but: tuple[str, str]) -> tuple[set[Right], set[Right]]:
        """(what was allowed, what was denied); a right that a Role gives is counted there. ``but``: a time in which
        denials do not count."""
        allowed, denied, granted = set[Right](), set[Right](), self.granted()
        for event in self.cluster.audit(self.release.user):
            ref = event["objectRef"]
            resource = f"{ref['resource']}/{ref['subresource']}" if "subresource" in ref else ref["resource"]
            right = (ref.get("namespace", ""), resource, event["verb"])
            if event["responseStatus"]["code"] == 403:
                denied |= set() if but[0] <= event["requestReceivedTimestamp"] <= but[1] else {right}
            else:
                allowed.add(right if right in granted else ("", *right[1:]))
        return allowed, denied


@pytest.mark.timeout(600, func_only=True)
def test_no_call_is_denied_and_no_right_is_unused(pods: Cluster) -> None:
    """Read once with streaming lists, and once from a server that has none: that is what the right to list is for."""
    with contextlib.ExitStack() as stack:

        def case(**values: Any) -> Case:
            made, served = stack.enter_context(release(pods)), stack.enter_context(pods.namespace("served"))
            filled = {
                key: [item.format(served) for item in value] if isinstance(value, list) else value
                for key, value in values.items()
            }
            return Case(pods, made, served, filled)

        cases = {
            WIDE: case(),
            NARROW: case(namespaces=["{}"], plane="haproxy"),
            NAMED: case(
                namespaces=["{}"],
                secrets=["{}/tls"],
                kind="DaemonSet",
                service={"enabled": False},
                writeBack={"publishNodes": "external"},
            ),
        }
        for one in cases.values():
            one.release.install(one.values)
        for one in cases.values():
            one.settled()
            one.write(stack)
        away = now()
        pods.stop_program("kube-apiserver")
        pods.start_program("kube-apiserver", "--feature-gates=WatchList=false")
        try:
            until(lambda: all(one.held() for one in cases.values()))
            back = now()
            for one in cases.values():
                pods.kubectl("rollout", "restart", "-n", one.release.namespace, f"{one.kind.lower()}/tidegate")
            for one in cases.values():
                one.settled()
                until(one.missing, 60, one.release.log)
            found = {name: one.asked((away, back)) for name, one in cases.items()}
        finally:
            pods.stop_program("kube-apiserver")
            pods.start_program("kube-apiserver")
        for name, one in cases.items():
            allowed, denied = found[name]
            # The router does not know that Secrets are named: it asks for all of type TLS, and then for each by its name.
            expected = {(one.served, "secrets", verb) for verb in ("list", "watch")} if name == NAMED else set()
            assert denied - expected == set(), name
            assert allowed == one.granted(), name
