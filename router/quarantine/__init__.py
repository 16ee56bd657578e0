"""Objects that the plane refuses in spite of everything: found, left out, tried again."""

from router.quarantine.keeper import Quarantine

__all__ = ["Quarantine"]
