"""Where the objects come from: manifests, or a cluster. And the options that the verbs share."""

import datetime
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from router.base.clock import SystemClock
from router.base.errors import TidegateError
from router.base.findings import Finding, ObjectRef, Severity, located
from router.base.parse import Bad
from router.cli.output import note_findings
from router.controllers.diurnal import changes, iso, reading, zones
from router.controllers.diurnal.manifests import Document, World, is_diurnal, namespaces
from router.controllers.diurnal.types import KIND, DiurnalController, Reading
from router.sources.directory import documents, tree

Command = TypeVar("Command", bound=Callable[..., Any])
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]", re.ASCII)
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
                    self.documents.append(value)
                    self._check(value, document, ("items", index) if is_list else ())

    def _check(self, value: Document, document: documents.Document, above: tuple[str | int, ...]) -> None:
        if is_diurnal(value):
            found = reading.read(value).findings
            self.findings += (located(f, document.location((*above, *_steps(f.field)))) for f in found)

    def worlds(self) -> Iterator[tuple[str, World]]:
        """One for each namespace that has DiurnalControllers. TidegateError if there is none."""
        names = namespaces(self.documents)
        if not names:
            raise TidegateError("there is no DiurnalController in the manifests: give a file that has one with -f")
        for name in names:
            yield name, World(self.documents, name)

    @property
    def good(self) -> bool:
        return not any(f.severity is Severity.ERROR for f in self.findings)


def _files(paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    found = tree.scan(paths)
    for path, why in found.lost.items():
        raise TidegateError(f"{path} can not be read: {why}")
    for path, name in found.streams.items():
        yield name, sys.stdin.buffer.read() if path == tree.STDIN else Path(path).read_bytes()
    for name, path in found.files:
        yield name, Path(path).read_bytes()


def _steps(field: str) -> tuple[str | int, ...]:
    return tuple(word or int(index) for word, index in _STEP.findall(field))


def one(manifests: Manifests, name: str, namespace: str) -> tuple[World, Reading]:
    """The object of this name. TidegateError if there is none, or more than one."""
    found = [
        (world, object_)
        for space, world in manifests.worlds()
        for object_ in world.controllers
        if object_.meta.name == name and namespace in ("", space)
    ]
    if len(found) != 1:
        wrong = "is in several namespaces: name one with -n" if found else "is not in the manifests"
        raise TidegateError(f"DiurnalController {name} {wrong}")
    return found[0]


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


def object_options(command: Command) -> Command:
    """``NAME``, ``-n``, ``-f``, ``--now``."""
    for option in (
        click.option("--now", type=_Instant(), metavar="TIME", help="Look from this time (RFC 3339) instead of now; needs -f."),
        click.option(
            "-f", "--filename", "paths", multiple=True, metavar="PATH", envvar="TIDEGATE_FILENAME",
            help="Manifests instead of a cluster: a file, a folder, or - for stdin. Repeatable.",
        ),
        click.option("-n", "--namespace", default="", metavar="NAMESPACE", help="Of the object, if the name is in several."),
        click.argument("name"),
    ):  # fmt: skip
        command = option(command)
    return command


def moment(now: datetime.datetime | None) -> datetime.datetime:
    return now or SystemClock().now()


def looked_at(paths: tuple[str, ...], name: str, namespace: str) -> tuple[Manifests, World, Reading]:
    """The object of this name, from manifests, or without any from the cluster."""
    if not paths:
        raise TidegateError("no manifests: name them with -f")
    manifests = Manifests(paths)
    return (manifests, *one(manifests, name, namespace))


def understood(manifests: Manifests, found: Reading) -> DiurnalController:
    """TidegateError, after its findings, if there is no spec to work with."""
    if found.object is None:
        ref = ObjectRef(kind=KIND, namespace=found.meta.namespace, name=found.meta.name)
        note_findings(f for f in manifests.findings if f.object == ref)
        raise TidegateError(f"the spec of DiurnalController {found.meta.name} is not understood")
    return found.object


def write(manifests: Manifests, found: Reading, patch: changes.Patch) -> None:
    """Manifests are not changed: the patch is printed, as ``kubectl patch --type merge -p`` takes it."""
    click.echo(msgspec.json.encode(patch).decode())
