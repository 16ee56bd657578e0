"""Texts read part by part."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from router.planes.parts import Judge, Part, cut, joined

texts = st.lists(st.text("ab\n", max_size=4), max_size=6)


def parts(found: Iterable[str]) -> list[Part]:
    return [Part(text=text.encode(), meant=text) for text in found]


def unlike(text: str, meant: str) -> list[str]:
    return [] if text == meant else [f"{text!r} is not {meant!r}"]


@given(texts, st.lists(st.text("ab\n", max_size=20), max_size=5))
def test_a_text_is_good_only_if_it_is_its_parts_whatever_was_read_before(found: list[str], others: list[str]) -> None:
    judge, meant = Judge(unlike), parts(found)
    whole = joined(*meant)
    for other in (*others, whole.decode(), *others):
        judge.turn()
        assert (judge.wrong(meant, other.encode()) == ()) == (other.encode() == whole)


def test_what_was_good_is_not_read_again_and_what_is_not_asked_about_is_forgotten() -> None:
    judge, meant = Judge(unlike), parts(["one", "two"])
    for _ in range(3):
        judge.turn()
        assert judge.wrong(meant, b"onetwo") == ()
    assert judge.read == 2
    assert judge.wrong(meant, b"onetwX")
    assert judge.read == 3
    for _ in range(2):
        judge.turn()
    assert judge.size == 0


def test_what_is_not_text_is_wrong() -> None:
    assert "can not be read back" in Judge(unlike).wrong(parts(["a"]), b"\xff")[0]


def test_parts_are_cut_out_where_they_stand_and_leave_a_mark() -> None:
    meant = parts(["<a>", "<bb>"])
    assert cut(b"head <a><bb> tail", meant, b"MARK") == (b"head MARK tail", b"<a><bb>")
    assert cut(b"head tail", meant, b"MARK") == (b"head tail", b"")
    assert cut(b"head tail", [], b"MARK") == (b"head tail", b"")
