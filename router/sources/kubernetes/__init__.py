"""The source ``kubernetes``: list and watch of an API server. Only ``client`` knows the client library."""

from router.sources.kubernetes.source import KubernetesSource, beside, kubernetes_source, routers

__all__ = ["KubernetesSource", "beside", "kubernetes_source", "routers"]
