"""The kinds and what is expected of them, and a folder with canaries to try them in."""

import datetime
import functools
from collections.abc import Iterable
from pathlib import Path

from router.base.findings import Finding
from router.facts.snapshot import Snapshot
from router.settings import DEFAULTS
from router.sources.directory import DirectorySource
from router.table.hosts import HostPattern
from router.table.routes import Route
from router.translate import Translation, translate
from tests.bad.large import LARGE

FOLDER = Path(__file__).parent
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
NAMES = sorted({*FILES, *LARGE})
HOSTS = ("canary.example.com", "app.canary.example.com")
MOST = 25
"""Lines of one ``.expected``; a kind with a thousand findings shows the first."""


@functools.cache
def data(name: str) -> bytes:
    return FILES[name].read_bytes() if name in FILES else LARGE[name]()


def write(folder: Path, name: str, http: int = DEFAULTS.http.port) -> None:
    """The kind as a file of a folder of manifests."""
    (folder / f"{name}.yaml").write_bytes(data(name).replace(b"@HTTP@", b"%d" % http))


def write_canaries(folder: Path, app: int = 9001) -> None:
    text = (FOLDER / "canaries" / "canaries.yaml").read_text()
    (folder / "canaries.yaml").write_text(text.replace("@APP@", str(app)))


def expected(name: str) -> list[str]:
    """``severity reason object field``, sorted."""
    return (FOLDER / f"{name}.expected").read_text().splitlines()


def line(finding: Finding) -> str:
    about = str(finding.object or "(file)").replace(" ", ":")
    return " ".join((finding.severity, finding.reason, about, finding.field)).rstrip()


def lines(findings: Iterable[Finding]) -> list[str]:
    return sorted({line(finding) for finding in findings})


def made_of(snapshot: Snapshot) -> Translation:
    return translate(snapshot, DEFAULTS, datetime.datetime.now(datetime.UTC))


def loaded(folder: Path) -> Translation:
    return made_of(DirectorySource([str(folder)]).load())


def canaries(made: Translation) -> list[tuple[HostPattern, tuple[Route, ...]]]:
    """The canaries' hosts with their own routes: a global default backend of somebody else's is added to every host."""
    own = [(v.host, tuple(r for r in v.routes if r.origin.object.namespace == "canaries")) for v in made.table.hosts]
    return [(host, routes) for host, routes in own if str(host) in HOSTS]


def complete(finding: Finding) -> bool:
    """Reason, sentence, what to do, and where."""
    return bool(finding.reason and finding.message and finding.fix and (finding.object or finding.location))
