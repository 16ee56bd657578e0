"""Which Ingresses are ours: IngressClass, its default, and the annotation of before (networking.k8s.io/v1 IngressClass)."""

from collections.abc import Mapping

from router.base.findings import Finding, warning
from router.facts.meta import Key
from router.facts.networking import Ingress, IngressClass
from router.settings import Settings

CONTROLLER = "tidegate.dev/ingress"
LEGACY = "kubernetes.io/ingress.class"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def is_served(ingress: Ingress, classes: Mapping[Key, IngressClass], settings: Settings) -> bool:
    """Ours, and in a namespace that is served."""
    return is_ours(ingress, classes, settings) and (not settings.namespaces or ingress.metadata.namespace in settings.namespaces)


def is_ours(ingress: Ingress, classes: Mapping[Key, IngressClass], settings: Settings) -> bool:
    """By ``spec.ingressClassName``, else the legacy annotation, else the default class; without any class, everything is.

    A class is ours if it is the one that is served, and no other controller has it. A name whose IngressClass does not exist
    counts as well: without a cluster nobody writes that object.
    """
    named = ingress.spec.ingress_class_name or ingress.metadata.annotations.get(LEGACY)
    if named:
        return named == settings.ingress_class and _is_free(named, classes)
    if not classes:
        return True
    defaults = (c for c in classes.values() if c.metadata.annotations.get(DEFAULT) == "true")
    return any(c.spec.controller == CONTROLLER and c.metadata.name == settings.ingress_class for c in defaults)


def about(classes: Mapping[Key, IngressClass], settings: Settings) -> tuple[Finding, ...]:
    """What has no effect on the class that we serve."""
    ours = classes.get(("", settings.ingress_class))
    if ours is None or ours.spec.controller != CONTROLLER or ours.spec.parameters is None:
        return ()
    named = f"{ours.spec.parameters.kind} {ours.spec.parameters.name}".strip()[:200]
    message = f"The parameters {named!r} have no effect: Tidegate has no kind of parameters."
    fix = "Remove spec.parameters; what holds for a whole router is a setting (docs/reference/settings.md)."
    return (warning(ours.ref, "spec.parameters", "ParametersIgnored", message, fix),)


def _is_free(name: str, classes: Mapping[Key, IngressClass]) -> bool:
    found = classes.get(("", name))
    return found is None or found.spec.controller == CONTROLLER
