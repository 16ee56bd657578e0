"""What the machine says: defaults that depend on it, and the default certificate that is kept in the state folder."""

import contextlib
import datetime
import functools
import os
from pathlib import Path

import msgspec

from router.base import parse
from router.base.errors import TidegateError
from router.base.frozen import PrivateBytes
from router.base.parse import Address, Bad
from router.certs import Certificate, Parsed, judged, parsed
from router.certs.selfsigned import make
from router.facts.core import Secret
from router.facts.meta import Meta
from router.settings import Settings
from router.table.types import Table

CERTIFICATE = "default-certificate.pem"
RENEW = datetime.timedelta(days=30)
PAGES = ("404", "502", "503", "504", "maintenance")
PAGE_LIMIT = 256 * 1024


def effective(settings: Settings, explicit: frozenset[str]) -> Settings:
    """``settings`` with what only the machine knows: ports by privilege, the state folder, DNS servers.
    TidegateError if there is no place for the state."""
    found: dict[str, object] = {}
    if os.geteuid() == 0:
        found["http"] = Address(host=settings.http.host, port=80)
        found["https"] = Address(host=settings.https.host, port=443)
    if "state" not in explicit:  # its default needs a home, which a container's user may not have
        found["state"] = _state_folder()
    found["resolvers"] = _resolvers(Path("/etc/resolv.conf"))
    return msgspec.structs.replace(settings, **{k: v for k, v in found.items() if k not in explicit})


def _state_folder() -> str:
    """/var/lib for root, else where the XDG base directory specification says. TidegateError if there is no such place."""
    if os.geteuid() == 0:
        return "/var/lib/tidegate"
    with contextlib.suppress(RuntimeError):
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        return str(Path(base) / "tidegate")
    raise TidegateError(f"user {os.geteuid()} has no home folder for the state; name a folder with --state")


def _resolvers(file: Path) -> tuple[str, ...]:
    """The ``nameserver`` lines of resolv.conf(5); none if it can not be read."""
    servers = []
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in file.read_text().splitlines():
            words = line.split()
            address = parse.ip_address(words[1]) if len(words) > 1 and words[0] == "nameserver" else Bad(why="another line")
            if not isinstance(address, Bad):
                servers.append(address)
    return tuple(servers[:3])


def default_certificate(state: Path, now: datetime.datetime) -> Certificate:
    """The self-signed certificate in the state folder: made at the first start, and anew a month before it ends.

    TidegateError if the folder can not be written.
    """
    file = state / CERTIFICATE
    kept = _kept(file, now)
    if kept and not ends_soon(kept, now):
        return kept
    made = make(now)
    try:
        state.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(made.key.reveal() + made.chain.encode())
        fresh.replace(file)
    except OSError as failure:
        raise TidegateError(f"the state folder {state} can not be written: {failure.strerror}; see --state") from None
    return made


def ends_soon(certificate: Certificate, now: datetime.datetime) -> bool:
    """Whether the default certificate must be made anew."""
    return certificate.not_after <= (now + RENEW).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kept(file: Path, now: datetime.datetime) -> Certificate | None:
    """Read back as any Secret is, so that a damaged file is made anew. An unchanged file gives the same object."""
    try:
        found = _parsed(PrivateBytes(file.read_bytes()))
    except OSError:
        return None
    return judged(found, now).certificate


@functools.lru_cache(1)
def _parsed(data: PrivateBytes) -> Parsed:
    secret = Secret(metadata=Meta(name="default-certificate"), data={"tls.crt": data, "tls.key": data})
    found = parsed(secret)
    if found.certificate is None:
        return found
    return msgspec.structs.replace(found, certificate=msgspec.structs.replace(found.certificate, source="self-signed"))


def read_pages(folder: str) -> tuple[tuple[str, str], ...]:
    """The operator's pages by name. TidegateError if the folder or a page can not be read."""
    if not folder:
        return ()
    if not Path(folder).is_dir():
        raise TidegateError(f"--pages {folder} is not a folder")
    return tuple((name, _page(Path(folder) / f"{name}.html")) for name in PAGES if (Path(folder) / f"{name}.html").exists())


def with_pages(table: Table, pages: tuple[tuple[str, str], ...]) -> Table:
    """``table`` with the operator's pages."""
    if not pages:
        return table
    return msgspec.structs.replace(table, globals=msgspec.structs.replace(table.globals, pages=pages))


def _page(file: Path) -> str:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise TidegateError(f"the page {file} can not be read: {failure}") from None
    if len(text) > PAGE_LIMIT:
        raise TidegateError(f"the page {file} is longer than {PAGE_LIMIT // 1024} KB")
    return text
