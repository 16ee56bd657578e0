"""Where the objects come from: manifests, or a cluster. And the options that the verbs share."""

import datetime
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding, Location, Severity, located
from router.base.frozen import Frozen
from router.base.parse import Bad
from router.cli.output import note_findings
from router.cli.where import Where, asked, chosen, looking
from router.controllers.diurnal import changes, iso, reading, zones
from router.controllers.diurnal.manifests import Document, World, is_diurnal, namespaces
from router.controllers.diurnal.types import KIND, DiurnalController, Reading
from router.sources.directory import documents, tree

Command = TypeVar("Command", bound=Callable[..., Any])
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]", re.ASCII)
Steps = tuple[str | int, ...]
LARGEST_SPAN = 366
"""Days of one simulation."""


class Manifests:
    """All documents under the given paths, and the findings of those that are DiurnalControllers, with their places."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.documents: list[Document] = []
        self.findings: list[Finding] = []
        for name, data in _files(paths):
            self._read(name, data)

    def _read(self, name: str, data: bytes) -> None:
        read = documents.read(name, data)
        self.findings += read.findings
        for document in read.documents:
            items = document.value.get("items")
            is_list = str(document.value.get("kind", "")).endswith("List") and isinstance(items, list)
            for index, value in enumerate(items if is_list and isinstance(items, list) else [document.value]):
                if isinstance(value, Mapping):
                    above = ("items", index) if is_list else ()
                    self.add(value, functools.partial(_location, document, above))

    def add(self, value: Document, place: Callable[[Steps], Location] | None = None) -> None:
        """``place``: where a field stands."""
        self.documents.append(value)
        if is_diurnal(value):
            found = reading.read(value).findings
            self.findings += (located(f, place(_steps(f.field)) if place else None) for f in found)

    def worlds(self) -> Iterator[tuple[str, World]]:
        """One for each namespace that has DiurnalControllers."""
        for name in namespaces(self.documents):
            yield name, World(self.documents, name)

    @property
    def good(self) -> bool:
        return not any(f.severity is Severity.ERROR for f in self.findings)


def _location(document: documents.Document, above: Steps, steps: Steps) -> Location:
    return document.location((*above, *steps))


def _files(paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    found = tree.scan(paths)
    for path, why in found.lost.items():
        raise TidegateError(f"{path} can not be read: {why}")
    for path, name in found.streams.items():
        yield name, sys.stdin.buffer.read() if path == tree.STDIN else Path(path).read_bytes()
    for name, path in found.files:
        yield name, Path(path).read_bytes()


def _steps(field: str) -> Steps:
    return tuple(word or int(index) for word, index in _STEP.findall(field))


class _Date(click.ParamType[datetime.date]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        found = value if isinstance(value, datetime.date) else iso.date(value)
        return self.fail(found.why, param, ctx) if isinstance(found, Bad) else found


class _Zone(click.ParamType[str]):
    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = zones.known(value)
        return self.fail(found.why, param, ctx) if isinstance(found, Bad) else found


class _Instant(click.ParamType[datetime.datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.datetime:
        found = value if isinstance(value, datetime.datetime) else iso.instant(value)
        return self.fail(found.why, param, ctx) if isinstance(found, Bad) else found


def day_options(command: Command) -> Command:
    """``--date``, ``--days``, ``--zone``."""
    for option in (
        click.option("--zone", type=_Zone(), metavar="ZONE", help="IANA zone of the day. Default: that of the first object."),
        click.option("--days", type=click.IntRange(1, LARGEST_SPAN), default=1, show_default=True, help="How many days."),
        click.option("--date", "day", type=_Date(), metavar="YYYY-MM-DD", help="The first local day. Default: today."),
    ):
        command = option(command)
    return command


class Place(Frozen):
    """Which object, and where it is looked for: in manifests if there are ``paths``, else in the cluster."""

    name: str
    where: Where
    paths: tuple[str, ...]
    now: datetime.datetime | None

    @property
    def instant(self) -> int:
        return zones.seconds(moment(self.now))


class Sight(Frozen):
    """The object that was meant, and what stands around it."""

    manifests: Manifests
    world: World
    found: Reading


def object_options(taken: Callable[..., Any] = looking) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """``NAME``, the options that say where it is looked for, and ``--now``, as one argument ``place``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def placed(**values: Any) -> None:
            place = Place(**{name: values.pop(name) for name in Place.__struct_fields__})
            if place.now and not place.paths:
                raise click.UsageError("--now needs -f: the cluster has a clock of its own")
            command(place=place, **values)

        text = "With -f: look from this time (RFC 3339) instead of now."
        now = click.option("--now", type=_Instant(), metavar="TIME", help=text)
        made: Callable[..., None] = click.argument("name")(taken(now(placed)))
        return made

    return decorate


def moment(now: datetime.datetime | None) -> datetime.datetime:
    return now or SystemClock().now()


def looked_at(place: Place) -> Sight:
    """TidegateError if the object is not there."""
    if place.paths:
        manifests = Manifests(place.paths)
        return Sight(manifests=manifests, **_one(manifests, place))
    from router.cli.diurnal import cluster  # noqa: PLC0415

    manifests = Manifests(())
    found, asked_in = asked(place.where, lambda api, namespace: cluster.documents(api, place.name, namespace))
    for document in found:
        manifests.add(document)
    return Sight(manifests=manifests, **_one(manifests, place, asked_in))


def _one(manifests: Manifests, place: Place, asked_in: str | None = None) -> dict[str, Any]:
    """``asked_in``: see ``chosen``."""
    found = {
        space: {"world": world, "found": object_}
        for space, world in manifests.worlds()
        for object_ in world.controllers
        if object_.meta.name == place.name and place.where.namespace in ("", space)
    }
    return found[chosen(KIND, place.name, list(found), place.where, asked_in)]


def understood(sight: Sight) -> DiurnalController:
    """TidegateError, after its findings, if there is no spec to work with."""
    if sight.found.object is None:
        note_findings(sight.found.findings)
        raise TidegateError(f"the spec of DiurnalController {sight.found.meta.name} is not understood")
    return sight.found.object


def bear(sight: Sight, patch: changes.Patch) -> None:
    """TidegateError, after its findings, if the spec would not be understood with the patch."""
    meta = sight.found.meta
    found = [(reading.read(d).meta, d) for d in sight.manifests.documents if is_diurnal(d)]
    mine = next(d for m, d in found if (m.namespace, m.name) == (meta.namespace, meta.name))
    made = reading.read(changes.merged(mine, patch))
    if made.object is None:
        note_findings(made.findings)
        raise TidegateError(f"DiurnalController {meta.name} can not have that: nothing was changed")


def write(place: Place, sight: Sight, patch: changes.Patch) -> None:
    """To the cluster. Manifests are not changed: the patch is printed, as ``kubectl patch --type merge -p`` takes it."""
    if place.paths:
        click.echo(msgspec.json.encode(patch).decode())
        return
    from router.cli.diurnal import cluster  # noqa: PLC0415

    meta = sight.found.meta
    asked(place.where, lambda api, _: cluster.patch(api, meta.namespace, meta.name, patch))
    click.echo(f"diurnalcontroller {meta.namespace}/{meta.name} patched")
