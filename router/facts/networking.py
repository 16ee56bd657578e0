"""networking.k8s.io/v1: Ingress and IngressClass."""

from router.base.frozen import Frozen
from router.facts.meta import Fact, PortNumber, Reached


class BackendPort(Frozen, rename="camel"):
    name: str = ""
    number: PortNumber = 0


class IngressServiceBackend(Frozen, rename="camel"):
    name: str
    port: BackendPort = BackendPort()


class IngressBackend(Frozen, rename="camel"):
    """v1.IngressBackend. ``resource`` is kept only to say that it is not supported."""

    service: IngressServiceBackend | None = None
    resource: dict[str, str] | None = None


class HTTPIngressPath(Frozen, rename="camel"):
    backend: IngressBackend
    path: str = ""
    path_type: str = "ImplementationSpecific"


class HTTPIngressRuleValue(Frozen, rename="camel"):
    paths: tuple[HTTPIngressPath, ...] = ()


class IngressRule(Frozen, rename="camel"):
    host: str = ""
    http: HTTPIngressRuleValue | None = None


class IngressTLS(Frozen, rename="camel"):
    hosts: tuple[str, ...] = ()
    secret_name: str = ""


class IngressSpec(Frozen, rename="camel"):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    tls: tuple[IngressTLS, ...] | None = ()
    rules: tuple[IngressRule, ...] | None = ()


class Ingress(Fact):
    """v1.Ingress."""

    spec: IngressSpec = IngressSpec()
    status: Reached = Reached()


class IngressClassParameters(Frozen, rename="camel"):
    """v1.IngressClassParametersReference, as far as somebody must be told that nobody reads it."""

    kind: str = ""
    name: str = ""


class IngressClassSpec(Frozen, rename="camel"):
    controller: str = ""
    parameters: IngressClassParameters | None = None


class IngressClass(Fact):
    """v1.IngressClass."""

    spec: IngressClassSpec = IngressClassSpec()
