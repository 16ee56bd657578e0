"""What the daemon controller follows."""

from typing import cast

import msgspec

from router.controllers.daemon.reading import daemon_controller
from router.controllers.daemon.types import API_VERSION, DaemonController
from router.controllers.kit.following import Kind
from router.controllers.kit.kinds import BUDGETS, NODES, PODS, PRIORITIES, REVISIONS, WORKLOADS, document_of
from router.facts.meta import Fact


def _daemon(raw: msgspec.Raw) -> Fact:
    return cast(Fact, daemon_controller(document_of(raw)))


DAEMONS = Kind(api_version=API_VERSION, plural="daemoncontrollers", fact=DaemonController, read=_daemon)
KINDS = (DAEMONS, PODS, NODES, REVISIONS, BUDGETS, PRIORITIES, *WORKLOADS.values())
