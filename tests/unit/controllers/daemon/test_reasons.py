"""Why a node has no available pod."""

from typing import Any

import msgspec
import pytest

from router.controllers.daemon import reasons
from router.controllers.daemon.picture import picture
from router.controllers.daemon.reasons import OnNodes, Why, grouped, names
from router.controllers.daemon.standing import stamp
from router.controllers.daemon.types import DRAIN
from router.facts.pods import Pod
from tests.support.daemon_world import START, World, manifest, node, pod, readiness

TERM = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}
FOR_N = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [TERM]}}}}
BIG = {"containers": [{"name": "c", "resources": {"requests": {"cpu": "3"}}}]}
WEB = {"containers": [{"name": "c", "ports": [{"containerPort": 80, "hostPort": 80}]}]}
REFUSED = {
    "phase": "Pending",
    "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no such luck"}],
}


def why(*pods: Pod, refused: str = "", min_ready: int = 0, **template: Any) -> Why:
    world = World(manifest(spec={"minReadySeconds": min_ready}, **template), [node("n", cpu="2", pods="10")])
    world.add(*pods)
    memory = msgspec.structs.replace(world.memory, create_errors={"n": refused} if refused else {})
    seen = world.seen()
    return reasons.reasons(picture(START, seen, memory), memory, OnNodes(seen))["n"]


HOLDER = pod("holder", on="n", owner="other", labels={"x": "y"}, spec=WEB)


@pytest.mark.parametrize(
    ("found", "reason", "words"),
    [
        (why(pod("a", on="n", status=readiness(START))), "", ""),
        (why(nodeName="m"), "NotSelected", "names the node m"),
        (why(), "Starting", "is being created"),
        (why(refused="exceeded quota"), "CreateRefused", "exceeded quota"),
        (why(pod("a", on="n", status={"phase": "Failed", "reason": "Evicted"})), "PodFailed", "a failed: Evicted"),
        (why(pod("a", on="n", metadata={"deletionTimestamp": stamp(START)})), "Leaving", "a ends first"),
        (why(pod("a", on="n", metadata={"annotations": {DRAIN: stamp(START)}})), "Leaving", "a is drained first"),
        (why(pod("a", spec={**FOR_N, **BIG}, status=REFUSED)), "NodeFull", "a waits: 1 cpu are missing"),
        (why(pod("a", spec={**FOR_N, **WEB}, status=REFUSED), HOLDER), "PortClash", "a waits: the host port 80/TCP is taken"),
        (why(pod("a", spec=FOR_N, status=REFUSED)), "Unscheduled", "a waits: no such luck"),
        (why(pod("a", spec=FOR_N, status={"phase": "Pending"})), "Starting", "waits for the scheduler"),
        (why(pod("a", on="n")), "Starting", "a starts"),
        (why(pod("a", on="n", status=readiness(START, word=False))), "NotReady", "a is not ready"),
        (why(pod("a", on="n", status=readiness(START)), min_ready=9), "NotAvailableYet", "ready, but not yet for 9 s"),
    ],
)
def test_the_reason_is_one_word_and_a_sentence(found: Why, reason: str, words: str) -> None:
    assert found.reason == reason and words in found.detail


def test_reasons_are_gathered_and_names_are_not_listed_for_ever() -> None:
    whys = {"a": Why(reason="X"), "b": Why(), "c": Why(reason="X"), "d": Why(reason="W")}
    assert grouped(whys) == {"W": ["d"], "X": ["a", "c"]}
    assert grouped(whys, ["X"]) == {"X": ["a", "c"]}
    assert names(["a", "b"]) == "a, b" and names(list("abcdefg")) == "a, b, c, d, e and 2 more"
