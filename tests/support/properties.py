"""How many examples a property gets: the same ones at every run, or more with ``HYPOTHESIS_PROFILE=thorough``."""

import os

from hypothesis import HealthCheck, settings

_HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
settings.register_profile("thorough", deadline=None, suppress_health_check=_HEALTH)
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TIMES = 25
"""How many more examples ``thorough`` tries, each time others."""


def examples(number: int) -> settings:
    """For ``@examples(100)`` above ``@given``."""
    if THOROUGH:
        return settings(max_examples=number * TIMES, deadline=None, suppress_health_check=_HEALTH)
    return settings(max_examples=number, deadline=None, derandomize=True, database=None, suppress_health_check=_HEALTH)
