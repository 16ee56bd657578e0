"""How one pod stands."""

import pytest

from router.controllers.daemon.standing import available, available_in, by_age, leaving, revision, seconds, stamp
from router.controllers.daemon.types import DRAIN
from tests.support.daemon_world import START, pod, readiness


@pytest.mark.parametrize(
    ("since", "min_ready", "wait"), [(0.0, 0, 0.0), (0.0, 10, 10.0), (-4.0, 10, 6.0), (-10.0, 10, 0.0), (-11.0, 10, 0.0), (3.0, 0, 0.0)]
)  # fmt: skip
def test_a_pod_is_available_when_it_has_been_ready_long_enough(since: float, min_ready: int, wait: float) -> None:
    one = pod("a", status=readiness(START + since))
    assert available_in(one, min_ready, START) == wait
    assert available(one, min_ready, START) is (wait == 0)


def test_a_pod_that_is_not_ready_is_never_available() -> None:
    for one in (pod("a"), pod("a", status=readiness(START, word=False))):
        assert not one.ready and available_in(one, 0, START) is None and not available(one, 0, START)


def test_a_pod_leaves_when_it_is_deleted_or_told_to_drain() -> None:
    assert not leaving(pod("a"))
    assert leaving(pod("a", metadata={"deletionTimestamp": stamp(START)}))
    assert leaving(pod("a", metadata={"annotations": {DRAIN: stamp(START)}}))


def test_the_pod_that_stays_is_scheduled_then_oldest_then_first_by_name() -> None:
    old, young = {"creationTimestamp": "2026-01-01T00:00:00Z"}, {"creationTimestamp": "2026-01-02T00:00:00Z"}
    pods = [
        pod("d", metadata=old),
        pod("c", on="n", metadata=young),
        pod("b", on="n", metadata=old),
        pod("a", on="n", metadata=young),
    ]
    assert [p.metadata.name for p in by_age(pods)] == ["b", "a", "c", "d"]


def test_times_go_there_and_back() -> None:
    assert seconds(stamp(START)) == START
    assert seconds("no time") == 0 and seconds("") == 0


def test_a_pod_without_the_label_is_of_no_revision() -> None:
    assert revision(pod("a")) == "" and revision(pod("a", labels={"controller-revision-hash": "x"})) == "x"
