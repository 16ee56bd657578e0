"""Settings: one declaration each. Flags, environment, the Deployment's annotations and the reference page come from it.

Precedence: flag > environment (``TIDEGATE_...``) > annotation on the router's own Deployment > default.
The Deployment annotations are Deis' router-scope settings (``router.deis.io/nginx.<name>``) and their native spelling
(``tidegate.dev/<option>``). This module is the only reader of flags and environment.
"""

from router.settings.declared import BY_FIELD, CONTROLLERS, DEFAULTS, OPTIONS, SECTIONS, Option
from router.settings.types import Settings, TcpService

__all__ = ["BY_FIELD", "CONTROLLERS", "DEFAULTS", "OPTIONS", "SECTIONS", "Option", "Settings", "TcpService"]
