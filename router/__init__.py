"""Tidegate: an HTTP router and ingress gateway for Kubernetes, on nginx or HAProxy."""

__version__ = "0.1.0"
