"""What HAProxy says on its standard error: ``[WARNING]  (123) : a sentence``, from its master and its workers."""

import re

from router.planes.voice import Heard

_LINE = re.compile(r"\[(NOTICE|WARNING|ALERT)\] +\([0-9]{1,10}\) : (.*)", re.ASCII)
_LEVELS = {"NOTICE": "debug", "WARNING": "warning", "ALERT": "error"}
_FAREWELL = re.compile(r"Proxy \S+ stopped \(cumulated conns: FE: [0-9]+, BE: [0-9]+\)\.", re.ASCII)
"""An old worker says it at each reload of all that it has: thousands of lines."""


def hear(line: str) -> Heard:
    """What is not of that form is passed on as it is."""
    found = _LINE.fullmatch(line)
    if found is None:
        return ("info", line) if line else None
    if _FAREWELL.fullmatch(found[2]):
        return None
    return _LEVELS[found[1]], found[2]
