"""Which Ingresses are ours."""

import pytest

from router.dialects.ingress.classes import about, is_ours
from router.facts.meta import Meta
from router.facts.networking import Ingress, IngressClass, IngressClassParameters, IngressClassSpec, IngressSpec
from router.settings import Settings

OURS, THEIRS = "tidegate.dev/ingress", "k8s.io/ingress-nginx"


def ingress(name: str | None = None, legacy: str | None = None) -> Ingress:
    annotations = {"kubernetes.io/ingress.class": legacy} if legacy else {}
    return Ingress(
        metadata=Meta(name="web", namespace="shop", annotations=annotations), spec=IngressSpec(ingress_class_name=name)
    )


def a_class(name: str, controller: str = OURS, default: str = "") -> IngressClass:
    annotations = {"ingressclass.kubernetes.io/is-default-class": default} if default else {}
    return IngressClass(metadata=Meta(name=name, annotations=annotations), spec=IngressClassSpec(controller=controller))


@pytest.mark.parametrize(
    ("wanted", "classes", "ours"),
    [
        (ingress(), [], True),
        (ingress("tidegate"), [], True),
        (ingress("nginx"), [], False),
        (ingress(legacy="tidegate"), [], True),
        (ingress(legacy="nginx"), [], False),
        (ingress("tidegate", legacy="nginx"), [], True),
        (ingress("nginx", legacy="tidegate"), [], False),
        (ingress(), [a_class("tidegate")], False),
        (ingress(), [a_class("tidegate", default="true")], True),
        (ingress(), [a_class("tidegate", default="yes")], False),
        (ingress(), [a_class("other", default="true")], False),
        (ingress(), [a_class("tidegate", THEIRS, default="true")], False),
        (ingress("tidegate"), [a_class("tidegate")], True),
        (ingress("tidegate"), [a_class("tidegate", THEIRS)], False),
        (ingress("tidegate"), [a_class("nginx", THEIRS)], True),
        (ingress("other"), [a_class("other")], False),
    ],
)
def test_the_class_decides(wanted: Ingress, classes: list[IngressClass], ours: bool) -> None:
    assert is_ours(wanted, {c.key: c for c in classes}, Settings()) is ours


def test_another_class_can_be_served() -> None:
    edge = a_class("edge", default="true")
    found = [
        is_ours(i, {edge.key: edge}, Settings(ingress_class="edge")) for i in (ingress("edge"), ingress(), ingress("tidegate"))
    ]
    assert found == [True, True, False]


@pytest.mark.parametrize(
    ("name", "controller", "parameters", "told"),
    [
        ("tidegate", OURS, IngressClassParameters(kind="Tuning", name="fast"), ["'Tuning fast'"]),
        ("tidegate", OURS, IngressClassParameters(), ["''"]),
        ("tidegate", OURS, None, []),
        ("tidegate", THEIRS, IngressClassParameters(kind="Tuning", name="fast"), []),
        ("other", OURS, IngressClassParameters(kind="Tuning", name="fast"), []),
    ],
)
def test_parameters_of_the_class_that_is_served_have_no_effect(
    name: str, controller: str, parameters: IngressClassParameters | None, told: list[str]
) -> None:
    spec = IngressClassSpec(controller=controller, parameters=parameters)
    made = IngressClass(metadata=Meta(name=name), spec=spec)
    assert [f.message.split("parameters ")[1].split(" have")[0] for f in about({made.key: made}, Settings())] == told
