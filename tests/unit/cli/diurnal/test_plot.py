"""Pictures, and what is said without the library that draws them."""

import sys

import pytest

from router.base.errors import TidegateError
from router.cli.diurnal.plot import picture
from router.controllers.diurnal.course import Change, Course


def course() -> Course:
    made = [
        Change(instant=at, object="a", target="t", field="nodes", before=None, after=v, why="")
        for at, v in ((0, "30%"), (3600, "100%"))
    ]
    return Course(start=0, end=86400, zone="Europe/Berlin", changes=tuple(made), troubles=())


def test_without_matplotlib_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(TidegateError, match=r"pip install 'tidegate\[plot\]'"):
        picture({"shop": course()}, "png")


def test_each_number_has_a_panel_with_its_name() -> None:
    text = picture({"shop": course(), "other": course()}, "svg").decode()
    assert text.count("axes_") >= 2 and "shop: t nodes, Europe/Berlin" in text


def test_nothing_to_draw_is_a_picture_too() -> None:
    assert picture({}, "png").startswith(b"\x89PNG")
