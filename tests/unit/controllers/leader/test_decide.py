"""Who leads: as a table, and for any order of moments."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.controllers.leader.decide import Lease, Memory, Move, Spec, Terms, decide, written

TERMS = Terms(me="me", duration=15)
NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def lease(holder: str | None, renewed: str = "r1", duration: int = 15) -> Lease:
    return Lease(spec=Spec(holder_identity=holder, renew_time=renewed, lease_duration_seconds=duration))


@pytest.mark.parametrize(
    ("seen", "known_for", "move"),
    [
        (None, None, Move.CREATE),
        (lease(""), None, Move.TAKE),
        (lease(None), None, Move.TAKE),
        (lease("me"), None, Move.RENEW),
        (lease("other"), None, Move.WAIT),
        (lease("other"), 14.9, Move.WAIT),
        (lease("other"), 15.0, Move.TAKE),
        (lease("other", duration=60), 15.0, Move.WAIT),
        (lease("other", duration=60), 60.0, Move.TAKE),
        (lease("other", duration=0), 14.0, Move.WAIT),
        (lease("other", renewed="1970-01-01T00:00:00.000000Z"), None, Move.WAIT),
        (lease("other", renewed="2999-01-01T00:00:00.000000Z"), 15.0, Move.TAKE),
        (lease("other", renewed="no date at all"), None, Move.WAIT),
    ],
)  # fmt: skip
def test_the_move_follows_from_what_was_seen_and_for_how_long(seen: Lease | None, known_for: float | None, move: Move) -> None:
    memory = Memory() if known_for is None or seen is None else Memory(seen=seen.spec, since=100.0)
    assert decide(100.0 + (known_for or 0), seen, memory, TERMS).move is move


def test_a_record_that_changed_begins_anew() -> None:
    first = decide(0, lease("other", "r1"), Memory(), TERMS)
    second = decide(14, lease("other", "r2"), first.memory, TERMS)
    assert second.memory.since == 14
    assert decide(28, lease("other", "r2"), second.memory, TERMS).move is Move.WAIT
    assert decide(29, lease("other", "r2"), second.memory, TERMS).move is Move.TAKE


def test_a_leader_stops_long_before_others_may_take_over() -> None:
    for duration in range(3, 120):
        terms = Terms(me="me", duration=duration)
        assert terms.limit * 2.9 < terms.fence < duration
        assert terms.retry < terms.fence / 2


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=40),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 3)), min_size=1, max_size=40),
    st.integers(3, 30),
)
def test_nobody_takes_over_before_the_leader_has_stopped(
    looks: list[float], renewals: list[tuple[float, float]], duration: int
) -> None:
    """A leader renews at some moments, each of which takes a while to arrive; a candidate looks at others, on a clock that is
    a thousand seconds ahead. Whatever the order: when the candidate takes the Lease, the leader's fence is behind it."""
    holder, other = Terms(me="a", duration=duration), Terms(me="b", duration=duration)
    sent, arrived, now = [0.0], [0.0], 0.0
    for pause, delay in renewals:
        begin = now + pause
        if begin >= sent[-1] + holder.fence:
            break
        sent.append(begin)
        now = begin + delay
        arrived.append(now)
    memory, moment = Memory(), 0.0
    for pause in looks:
        moment += pause
        last = max(i for i, at in enumerate(arrived) if at <= moment)
        seen = Lease(spec=Spec(holder_identity="a", renew_time=str(last), lease_duration_seconds=duration))
        made = decide(moment + 1000, seen, memory, other)
        memory = made.memory
        if made.move is Move.TAKE:
            # by resourceVersion the server refuses a take-over after a renewal that arrived since; what arrived counts
            assert moment >= sent[last] + holder.fence
            return


def test_what_is_written_is_for_people() -> None:
    assert written(None, NOW, TERMS) == {
        "holderIdentity": "me", "leaseDurationSeconds": 15, "acquireTime": "2026-01-01T12:00:00.000000Z",
        "renewTime": "2026-01-01T12:00:00.000000Z", "leaseTransitions": 0,
    }  # fmt: skip
    taken = written(Lease(spec=Spec(holder_identity="other", acquire_time="x", lease_transitions=4)), NOW, TERMS)
    assert (taken["leaseTransitions"], taken["acquireTime"]) == (5, "2026-01-01T12:00:00.000000Z")
    kept = written(Lease(spec=Spec(holder_identity="me", acquire_time="x", lease_transitions=4)), NOW, TERMS)
    assert (kept["leaseTransitions"], kept["acquireTime"]) == (4, "x")
    given_back = written(Lease(spec=Spec(holder_identity="me", lease_transitions=4)), NOW, TERMS, release=True)
    assert (given_back["holderIdentity"], given_back["leaseDurationSeconds"]) == ("", 1)
