"""Ours, foreign, or a slip of the pen."""

import pytest

from router.facts.snapshot import KINDS
from router.sources.directory.kinds import known, near_miss


def test_every_kind_that_sources_read_is_known_and_no_near_miss() -> None:
    for (version, kind), (_, fact) in KINDS.items():
        assert known(version, kind) is fact


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("apps/v1", "StatefulSet"),
        ("serving.knative.dev/v1", "Service"),
        ("config.openshift.io/v1", "Ingress"),
        ("networking.internal.knative.dev/v1alpha1", "Ingress"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ("traefik.io/v1alpha1", "Service"),
        (None, None),
        ([], {}),
        (1, 2),
        ("v1", ["Service"]),
    ],
)
def test_what_is_foreign_passes_in_silence(version: object, kind: object) -> None:
    assert known(version, kind) is None
    assert near_miss(version, kind) == ""


@pytest.mark.parametrize(
    ("version", "kind", "write"),
    [
        ("extensions/v1beta1", "Ingress", "apiVersion: networking.k8s.io/v1"),
        ("networking.k8s.io/v1beta1", "Ingress", "apiVersion: networking.k8s.io/v1"),
        ("networking.k8s.io/V1", "Ingress", "apiVersion: networking.k8s.io/v1"),
        ("network.k8s.io/v1", "Ingress", "apiVersion: networking.k8s.io/v1"),
        ("extensions/v1beta1", "Deployment", "apiVersion: apps/v1"),
        ("discovery.k8s.io/v1beta1", "EndpointSlice", "apiVersion: discovery.k8s.io/v1"),
        ("core/v1", "Service", "apiVersion: v1"),
        ("V1", "Secret", "apiVersion: v1"),
        (1, "Service", "apiVersion: v1"),
        (None, "Ingress", "apiVersion: networking.k8s.io/v1"),
        ("networking.k8s.io/v1", "ingress", "kind: Ingress"),
        ("networking.k8s.io/v1", "Ingresses", "kind: Ingress"),
        ("v1", "service", "kind: Service"),
        ("v1", "Endpoints", "EndpointSlice of discovery.k8s.io/v1"),
        ("networking.k8s.io/v1", None, "kind is missing"),
    ],
)
def test_a_near_miss_is_told_what_to_write(version: object, kind: object, write: str) -> None:
    assert known(version, kind) is None
    assert write in near_miss(version, kind)
