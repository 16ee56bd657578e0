"""Host patterns."""

import pytest

from router.table.hosts import ANY_HOST, HostKind, HostPattern

EXACT = HostPattern(kind=HostKind.EXACT, name="a.example.com")
ONE = HostPattern(kind=HostKind.ONE_LABEL, name="example.com")
SUFFIX = HostPattern(kind=HostKind.SUFFIX, name="example.com")


@pytest.mark.parametrize(
    ("pattern", "host", "does"),
    [
        (EXACT, "a.example.com", True), (EXACT, "b.example.com", False), (ONE, "a.example.com", True), (ONE, "example.com", False),
        (ONE, "a.b.example.com", False), (ONE, ".example.com", False), (SUFFIX, "a.b.example.com", True), (SUFFIX, "example.com", False),
        (SUFFIX, ".example.com", False), (ANY_HOST, "whatever", True), (ANY_HOST, "", True),
    ],
)  # fmt: skip
def test_a_pattern_matches_what_it_says(pattern: HostPattern, host: str, does: bool) -> None:
    assert pattern.matches(host) is does


def test_the_pattern_that_wins_sorts_first() -> None:
    longer = HostPattern(kind=HostKind.SUFFIX, name="b.example.com")
    other = HostPattern(kind=HostKind.EXACT, name="b.x")
    patterns = [ANY_HOST, SUFFIX, ONE, longer, other, EXACT]
    assert sorted(patterns, key=lambda p: p.preference) == [EXACT, other, longer, ONE, SUFFIX, ANY_HOST]


def test_patterns_are_written_as_people_write_them() -> None:
    assert [str(p) for p in (EXACT, ONE, SUFFIX, ANY_HOST)] == ["a.example.com", "*.example.com", "*.example.com", "*"]
