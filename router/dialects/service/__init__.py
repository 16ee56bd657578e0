"""The service dialect: apps in the style of Deis, Services that carry their own routing in annotations."""

from router.dialects.service.annotations import FIELDS
from router.dialects.service.reading import Reading, claims

__all__ = ["FIELDS", "Reading", "claims"]
