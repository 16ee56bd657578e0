"""When an endpoint that is still listed is left out: what both planes do, from what they see of requests (passive health).

An endpoint that could not be connected to ``FAILURES`` times in a row is *out*: it gets no requests for ``OUT`` seconds,
then it is tried again. When all endpoints of a backend are out, all of them are used: somebody may have recovered, and an
error is no better than a try. A backend with one endpoint has nobody else to ask, so that one is never out. A reload begins anew.
"""

from collections.abc import Collection

from router.base import parse
from router.base.parse import Bad
from router.table.types import Endpoint

FAILURES = 3
OUT = 10


def watched(endpoints: Collection[Endpoint]) -> bool:
    """Whether these endpoints can be left out: more than one, and none of them a DNS name, which means whatever DNS says."""
    return len(endpoints) > 1 and not any(isinstance(parse.ip_address(e.address), Bad) for e in endpoints)
