"""The dialect ``ingress``: networking.k8s.io/v1 Ingress."""

from router.dialects.ingress.annotations import FIELDS
from router.dialects.ingress.claims import Reading, claims
from router.dialects.ingress.classes import about

__all__ = ["FIELDS", "Reading", "about", "claims"]
