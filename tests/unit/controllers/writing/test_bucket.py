"""A token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from router.controllers.writing.bucket import Bucket


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_span_of_time_has_more_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    bucket, now, used = Bucket(2, 5), 0.0, list[float]()
    for pause in pauses:
        now += pause
        now += bucket.take(now)
        used.append(now)
    for first in range(len(used)):
        for last in range(first, len(used)):
            assert last - first + 1 <= 5 + 2 * (used[last] - used[first]) + 1e-6


def test_a_burst_does_not_wait_and_what_follows_does() -> None:
    bucket = Bucket(10, 3)
    assert [bucket.take(0) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    assert bucket.take(100) == 0
