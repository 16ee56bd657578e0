"""The source ``kubernetes``: list and watch of an API server. Only ``client`` knows the client library."""

from router.sources.kubernetes.source import KubernetesSource, kubernetes_source

__all__ = ["KubernetesSource", "kubernetes_source"]
