"""Texts read part by part."""

import hashlib
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from router.planes.bundle import generation_of, lines_of
from router.planes.parts import LONG, UNKNOWN_GENERATION, Judge, Part, around, joined, main_file, place

texts = st.lists(st.text("ab\n", max_size=4), max_size=6)


def parts(found: Iterable[str]) -> list[Part]:
    return [Part.of(text.encode(), text) for text in found]


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
    meant = parts(["", "<a>", "<bb>"])
    found = place(b"head <a><bb> tail", meant)
    assert found == (5, 12)
    assert around(b"head <a><bb> tail", found, b"MARK") == b"head MARK tail"
    for text, missing in ((b"head tail", meant), (b"head tail", []), (b"<a>", parts([""]))):
        nowhere = place(text, missing)
        assert nowhere == (len(text), len(text))
        assert around(text, nowhere, b"MARK") == text


@given(texts, st.text("ab\n", max_size=3), st.text("ab\n", max_size=20), st.text("ab\n", max_size=3))
def test_in_the_middle_of_a_text_only_the_parts_are_good(found: list[str], head: str, other: str, tail: str) -> None:
    """And nothing is read before or after the place."""
    judge, meant = Judge(unlike), parts(found)
    for middle in ("".join(found), other, "".join(found)):
        text, start = (head + middle + tail).encode(), len(head)
        judge.turn()
        assert (judge.wrong(meant, text, start, start + len(middle)) == ()) == (middle == "".join(found))


@given(st.integers(0, 3 * LONG), st.binary(max_size=30))
def test_a_text_comes_back_as_it_was_however_long_it_is(times: int, text: bytes) -> None:
    made = Part.of((text * times)[: 2 * LONG], None)
    assert (made.text, made.length) == ((text * times)[: 2 * LONG], len(made.text))


def test_long_texts_are_kept_short() -> None:
    text = b"".join(b"    server s%d 10.0.0.%d:8080 check\n" % (n, n % 250) for n in range(1000))
    assert len(Part.of(text, None).kept) < len(text) / 5


@given(texts)
def test_a_main_file_says_the_digest_of_everything_but_itself(found: list[str]) -> None:
    generation, file = main_file("main", ("g = @\n", "end @@\n"), parts(found), "@", ["other"])
    assert file.data.decode() == f"g = {generation}\n{''.join(found)}end {generation * 2}\n"
    unknown = file.data.replace(generation.encode(), UNKNOWN_GENERATION.encode())
    assert generation == generation_of(["other"], "main", hashlib.sha256(unknown).hexdigest())
    assert len(generation) == len(UNKNOWN_GENERATION)
    assert lines_of([file]) != lines_of([main_file("main", ("", "@"), parts(found), "@", ["another"])[1]])
