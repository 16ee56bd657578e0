"""Text in columns."""

import pytest

from router.controllers.daemon.columns import age, line, pairs, table


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert (
        table(("A", "LONG", "C"), [("1", "2", "3"), ("four", "", "")], "  ") == "  A      LONG   C\n  1      2      3\n  four\n"
    )


def test_what_a_user_wrote_can_not_move_the_cursor() -> None:
    assert table(("A",), [("\x1b[2J\n",)]) == "A\n\\x1b[2J\\n\n"
    assert line("Name", "a\nb") == "Name:           a\\nb\n"


def test_labels_are_written_as_kubectl_writes_them() -> None:
    assert pairs([("b", "2"), ("a", "1")]) == "a=1,b=2" and pairs([]) == "<none>"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (-5, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86400 * 3, "3d")]
)  # fmt: skip
def test_an_age_has_one_unit(seconds: float, text: str) -> None:
    assert age("then", seconds) == text
    assert age("", seconds) == "<unknown>"
