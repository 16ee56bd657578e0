"""``tidegate diurnal simulate``: what manifests would do on a day, before anything runs."""

import datetime
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from router.base.errors import TidegateError
from router.base.findings import Finding, error, warning
from router.cli.diurnal.world import Manifests, day_options, moment
from router.cli.options import needed_manifests, output, strict
from router.cli.output import exit_code, note_findings
from router.controllers.diurnal.course import Course, local_days, rates
from router.controllers.diurnal.fields import ended
from router.controllers.diurnal.manifests import World
from router.controllers.diurnal.plan import instant_text, local_text
from router.controllers.diurnal.types import KIND
from router.controllers.diurnal.zones import VERSION, local, zone

PICTURES = ("png", "svg")


@click.command(name="simulate")
@needed_manifests
@day_options
@output("table", "csv", "json", *PICTURES)
@click.option("--to", "file", type=click.Path(dir_okay=False), metavar="FILE", help="Write there instead of to stdout.")
@click.option("--max-rate", type=click.IntRange(0), metavar="N", help="Fail if a number changes by more than N within a minute.")
@strict
def command(
    *, paths: tuple[str, ...], day: datetime.date | None, days: int, zone: str | None, form: str, file: str | None,
    max_rate: int | None, strict: bool,
) -> None:  # fmt: skip
    """Say what the DiurnalControllers in manifests would do on a day.

    Every change with its local time and UTC, also on days on which the clock is put; then a curve. Targets, autoscalers and
    ConfigMaps with calendars count if they are in the manifests; other targets are made up, at what the clock says.

    Exit code 1 if a spec or a calendar is wrong, if two objects mean one target, or if a change is faster than --max-rate
    (with --strict: also if entries overlap).
    """
    manifests = Manifests(paths)
    needed(manifests, "the manifests")
    courses = simulated(manifests, day, days, zone)
    _print(courses, form, file)
    findings = [*manifests.findings, *(f for space, course in courses.items() for f in _troubles(space, course, max_rate))]
    note_findings(findings)
    raise SystemExit(exit_code(findings, strict))


def needed(manifests: Manifests, name: str) -> None:
    """TidegateError, after what could not be read, if there is nothing to simulate."""
    if not any(manifests.worlds()):
        note_findings(manifests.findings)
        raise TidegateError(f"there is no {KIND} in {name}")


def simulated(manifests: Manifests, day: datetime.date | None, count: int, name: str | None) -> dict[str, Course]:
    """By namespace."""
    from router.controllers.diurnal.simulate import simulate  # noqa: PLC0415

    made = {}
    for space, world in manifests.worlds():
        chosen = name or zone_of(world)
        start, end = local_days(day or moment(None).astimezone(zone(chosen)).date(), count, chosen)
        made[space] = simulate(world, start, end, chosen)
    return made


def zone_of(world: World) -> str:
    return next((spec.zone for spec in world.objects()), "UTC")


def _troubles(space: str, course: Course, max_rate: int | None) -> Iterable[Finding]:
    from router.base.findings import ObjectRef  # noqa: PLC0415

    told: set[tuple[str, str, str]] = set()
    for trouble in course.troubles:
        key = (trouble.object, trouble.reason, trouble.message)
        if key not in told and trouble.reason not in ("BadSpec", "NoTarget"):
            told.add(key)
            ref = ObjectRef(kind=KIND, namespace=space, name=trouble.object)
            say = error if trouble.grave else warning
            yield say(ref, "", trouble.reason, f"{ended(trouble.message)} From {local_text(trouble.instant, course.zone)} on.")
    for instant, number, size in rates(course):
        if max_rate is not None and size > max_rate:
            at = local_text(instant, course.zone)
            yield error(None, number, "TooFast", f"{number} changes by {size} within a minute at {at}; --max-rate is {max_rate}.",
                        "add a ramp or limits")  # fmt: skip


def _print(courses: dict[str, Course], form: str, file: str | None) -> None:
    if form in PICTURES:
        from router.cli.diurnal.plot import picture  # noqa: PLC0415

        data = picture(courses, form)
    else:
        texts: Mapping[str, Callable[[dict[str, Course]], str]] = {"table": _tables, "csv": _csv, "json": _json}
        data = texts[form](courses).encode()
    if file:
        _save(file, data)
        return
    if form in PICTURES and sys.stdout.isatty():
        raise click.UsageError(f"a {form} is no text for a terminal: add --to FILE, or redirect it")
    click.echo(data, nl=False)


def _save(file: str, data: bytes) -> None:
    try:
        Path(file).write_bytes(data)
    except OSError as wrong:
        raise TidegateError(f"{file} can not be written: {wrong.strerror}") from None


def _tables(courses: dict[str, Course]) -> str:
    from router.controllers.diurnal import chart  # noqa: PLC0415

    parts = []
    for space, course in courses.items():
        parts.append(f"{_title(space, course)}\n\n{chart.table(course)}\n")
        for name, changes in chart.shown_series(course).items():
            parts.append(f"{name}\n{chart.curve(course, changes)}\n")
        speeds = ", ".join(f"{name} {size} at {local_text(at, course.zone)}" for at, name, size in rates(course))
        parts.append(f"Largest change within a minute: {speeds or 'none'}\n")
    return "\n".join(parts)


def _title(space: str, course: Course) -> str:
    first, last = local(course.start, zone(course.zone)).date(), local(course.end - 1, zone(course.zone)).date()
    span = f"{first}" if first == last else f"{first} to {last}"
    return f"Namespace {space}: {span} {course.zone}, {(course.end - course.start) / 3600:g} hours"


def _csv(courses: dict[str, Course]) -> str:
    import csv  # noqa: PLC0415
    import io  # noqa: PLC0415

    from router.controllers.diurnal import chart  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("namespace", *chart.HEADS))
    for space, course in courses.items():
        writer.writerows((space, *row) for row in chart.rows(course))
    return text.getvalue()


def _json(courses: dict[str, Course]) -> str:
    spaces = [_course_json(space, course) for space, course in courses.items()]
    return (
        msgspec.json.format(msgspec.json.encode({"version": 1, "tzdata": VERSION, "namespaces": spaces}), indent=2).decode()
        + "\n"
    )


def _course_json(space: str, course: Course) -> dict[str, Any]:
    from router.controllers.diurnal import chart  # noqa: PLC0415

    return {
        "namespace": space, "zone": course.zone, "start": instant_text(course.start), "end": instant_text(course.end),
        "changes": [dict(zip(chart.HEADS, row, strict=True)) for row in chart.rows(course)],
        "troubles": [
            {"utc": instant_text(t.instant), "object": t.object, "reason": t.reason, "message": t.message, "fails": t.grave}
            for t in course.troubles
        ],
        "largest": [{"utc": instant_text(at), "number": name, "size": size} for at, name, size in rates(course)],
    }  # fmt: skip
