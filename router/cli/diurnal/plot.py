"""Curves as pictures, drawn without a display by matplotlib (``pip install 'tidegate[plot]'``)."""

import datetime
import io
from typing import Any

from router.base.errors import TidegateError
from router.controllers.diurnal import chart, zones
from router.controllers.diurnal.course import Change, Course, clock_changes

INSTALL = "pip install 'tidegate[plot]'"


def picture(courses: dict[str, Course], form: str) -> bytes:
    """One panel for each number. ``form``: png or svg; equal courses give equal bytes. TidegateError without matplotlib."""
    figure = _figure()
    panels = [
        (f"{space}: {name}", course, changes)
        for space, course in courses.items()
        for name, changes in chart.shown_series(course).items()
    ]
    figure.set_size_inches(10, max(2.2 * len(panels), 2.2))
    for index, (title, course, changes) in enumerate(panels, 1):
        _panel(figure.add_subplot(len(panels), 1, index), title, course, changes)
    data = io.BytesIO()
    figure.savefig(data, format=form, metadata={"Date": None} if form == "svg" else {"Software": None})
    return data.getvalue()


def _figure() -> Any:
    """A figure on a canvas of Agg: no display is needed. The salt makes equal pictures equal bytes."""
    try:
        import matplotlib as mpl  # noqa: PLC0415
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise TidegateError(f"pictures need matplotlib, which is not installed: {INSTALL}, or use -o table") from None
    mpl.rcParams["svg.hashsalt"] = "tidegate"
    figure = Figure(layout="constrained", dpi=100)
    FigureCanvasAgg(figure)
    return figure


def _panel(axes: Any, title: str, course: Course, changes: list[Change]) -> None:
    from matplotlib import dates  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    tz = zones.zone(course.zone)
    times = [zones.local(c.instant, datetime.UTC) for c in changes] + [zones.local(course.end, datetime.UTC)]
    values = [chart.number(c.after) for c in changes]
    values.append(values[-1])
    axes.step(times, values, where="post", linewidth=1.6)
    axes.fill_between(times, values, step="post", alpha=0.2)
    for at, was, now in clock_changes(course.start, course.end, course.zone):
        axes.axvline(zones.local(at, datetime.UTC), color="0.4", linestyle="--", linewidth=1)
        axes.annotate(
            f"{was:%H:%M} is {now:%H:%M}", (zones.local(at, datetime.UTC), 0.9), xycoords=("data", "axes fraction"),
            xytext=(4, 0), textcoords="offset points", fontsize="small",
        )  # fmt: skip
    ticks: Any = dates
    locator = ticks.AutoDateLocator(tz=tz)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ticks.ConciseDateFormatter(locator, tz=tz, show_offset=False))
    axes.set_xlim(times[0], times[-1])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0, top=max([*values, 1]) * 1.25)
    axes.set_title(f"{title}, {course.zone}", loc="left", fontsize="medium")
    axes.grid(alpha=0.3)
