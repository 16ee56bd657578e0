"""Nobody decides before the caches show what was written."""

import math

import pytest

from router.controllers.kit.barrier import PATIENCE, Barrier, Read

OWNER = ("ns", "web")


def opened(barrier: Barrier, version: int = 0, listed: float = -math.inf, there: tuple[str, ...] = (), now: float = 10) -> bool:
    return barrier.open(OWNER, lambda kind: Read(version=version, listed=listed), lambda uid: uid in there, now)


@pytest.mark.parametrize(
    ("wrote", "version", "listed", "expected"),
    [
        ("7", 6, -math.inf, False),
        ("7", 7, -math.inf, True),
        ("7", 8, -math.inf, True),
        ("7", 0, -math.inf, False),
        ("7", 0, 4.0, False),  # a list that began before the write may not show it
        ("7", 3, 6.0, True),  # of a server whose versions began anew
        ("odd", 99, -math.inf, False),
        ("odd", 0, 6.0, True),
    ],
)
def test_a_write_is_seen_by_its_version_or_by_a_list_that_began_later(
    wrote: str, version: int, listed: float, expected: bool
) -> None:
    barrier = Barrier()
    barrier.wrote(OWNER, "Pod", wrote, 5.0)
    assert opened(barrier, version, listed) is expected
    assert barrier.waits == (not expected)


def test_the_newest_of_several_writes_counts() -> None:
    barrier = Barrier()
    for version in ("7", "9", "8"):
        barrier.wrote(OWNER, "Pod", version, 5.0)
    assert not opened(barrier, 8)
    assert opened(barrier, 9)


def test_each_kind_has_its_own_mark_and_each_object_its_own_barrier() -> None:
    barrier = Barrier()
    barrier.wrote(OWNER, "Pod", "7", 5.0)
    barrier.wrote(OWNER, "ControllerRevision", "9", 5.0)
    reads = {"Pod": Read(version=8, listed=0), "ControllerRevision": Read(version=8, listed=0)}
    assert not barrier.open(OWNER, reads.__getitem__, lambda uid: False, 10)
    assert barrier.open(("ns", "other"), reads.__getitem__, lambda uid: False, 10)
    reads["ControllerRevision"] = Read(version=9, listed=0)
    assert barrier.open(OWNER, reads.__getitem__, lambda uid: False, 10)


def test_what_was_deleted_must_be_gone_or_ending() -> None:
    barrier = Barrier()
    barrier.deleted(OWNER, "u1", 5.0)
    assert not opened(barrier, there=("u1",), now=1e9)
    assert opened(barrier)


def test_a_delete_without_an_answer_is_waited_for_but_not_for_ever() -> None:
    barrier = Barrier()
    barrier.deleted(OWNER, "u1", 5.0, answered=False)
    assert not opened(barrier, there=("u1",))
    assert opened(barrier, there=("u1",), now=5 + PATIENCE)


def test_a_delete_that_was_refused_is_not_waited_for() -> None:
    barrier = Barrier()
    for uid in ("u1", "u2"):
        barrier.deleted(OWNER, uid, 5.0, answered=False)
    barrier.kept(OWNER, "u1")
    assert not opened(barrier, there=("u1", "u2"))
    assert opened(barrier, there=("u1",))


def test_an_object_that_is_gone_leaves_no_mark() -> None:
    barrier = Barrier()
    barrier.wrote(OWNER, "Pod", "7", 5.0)
    barrier.deleted(OWNER, "u1", 5.0)
    barrier.forget(OWNER)
    assert opened(barrier, there=("u1",))
