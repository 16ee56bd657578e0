"""The dialect ``ingress``: networking.k8s.io/v1 Ingress."""

from router.dialects.ingress.annotations import FIELDS
from router.dialects.ingress.claims import claims

__all__ = ["FIELDS", "claims"]
