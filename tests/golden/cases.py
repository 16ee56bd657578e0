"""Reads a golden case and makes what the code says about it, as text."""

import base64
import datetime
import difflib
import functools
import re
import shlex
from pathlib import Path

import click
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from router.base.digest import digest
from router.cli.output import finding_text
from router.planes.bundle import Bundle, File
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Driver
from router.settings import DEFAULTS, OPTIONS, Settings
from router.sources.directory import DirectorySource
from router.table import notation
from router.table.types import Table
from router.translate import Translation, translate

HERE = Path(__file__).parent
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
OUTPUTS = ("table.txt", "findings.txt", "nginx.txt", "haproxy.txt")
INPUTS = ("input.yaml", "flags")
DRIVERS: dict[str, Driver] = {"nginx": NginxDriver(), "haproxy": HaproxyDriver()}
_PLACEHOLDER = re.compile(r"\{\{(certificate|expired|key) ([^}]+)\}\}")


def folders() -> list[Path]:
    return sorted(p.parent for p in HERE.glob("*/*/input.yaml"))


@functools.cache
def pair(names: str, ended: bool = False) -> tuple[bytes, bytes]:
    """(certificate PEM, key PEM): the same bytes at every run, because Ed25519 signs without randomness."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(digest(names, length=64)))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "golden")])
    end = datetime.datetime(2026, 1, 1) if ended else datetime.datetime(2027, 1, 1)
    serial = int(digest(names, str(ended)), 16)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), serial, datetime.datetime(2025, 1, 1), end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names.split(",")]), critical=False)
        .sign(key, None)
    )
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(serialization.Encoding.PEM, *private)


def manifests(folder: Path) -> str:
    def fill(found: re.Match[str]) -> str:
        what, names = found.groups()
        chain, key = pair(names, what == "expired")
        return base64.b64encode(key if what == "key" else chain).decode()

    return _PLACEHOLDER.sub(fill, (folder / "input.yaml").read_text())


def settings(folder: Path) -> Settings:
    file = folder / "flags"
    words = shlex.split(file.read_text()) if file.exists() else []
    by_flag = {o.flag: o for o in OPTIONS}
    values = {}
    while words:
        option = by_flag[words.pop(0)]
        switch = isinstance(option.default, bool)
        values[option.field] = True if switch else option.parse(words.pop(0))
    return msgspec.structs.replace(DEFAULTS, **values)


def translation(folder: Path, scratch: Path) -> Translation:
    file = scratch / "input.yaml"
    file.write_text(manifests(folder))
    return translate(DirectorySource([str(file)]).load(), settings(folder), NOW, None)


def findings_text(made: Translation, scratch: Path) -> str:
    said = [finding_text(f) for f in made.findings]
    for name, driver in DRIVERS.items():
        said += [f"{name} says:\n{finding_text(f)}" for f in driver.render(made.table, driver.assumed()).findings]
    return click.unstyle("\n".join([*said, ""])).replace(str(scratch) + "/", "")


def additions(driver: Driver, table: Table) -> str:
    """What ``table`` adds to an empty router's files: new lines, or whole files; private ones by name."""
    bundle = driver.render(table, driver.assumed()).bundle
    empty = driver.render(Table(listeners=table.listeners, globals=table.globals), driver.assumed()).bundle
    known = {f.path: _lines(f, empty) for f in empty.files}
    parts = []
    for file in sorted(bundle.files, key=lambda f: (f.path != bundle.main, f.path)):
        new = _new_lines(known.get(file.path, []), _lines(file, bundle))
        if new:
            parts.append(f"##### {file.path}{' (new lines)' if file.path in known else ''} (mode {file.mode:04o})\n{new}")
    return "\n".join(parts)


def _lines(file: File, bundle: Bundle) -> list[str]:
    if file.private:
        return ["[private]\n"]
    return file.data.decode().replace(bundle.generation, "GENERATION").splitlines(keepends=True)


def _new_lines(old: list[str], new: list[str]) -> str:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return "".join("".join(new[j1:j2]) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag in ("insert", "replace"))


def outputs(folder: Path, scratch: Path) -> dict[str, str]:
    """File name -> text that it should hold."""
    made = translation(folder, scratch)
    planes = {f"{name}.txt": additions(driver, made.table) for name, driver in DRIVERS.items()}
    return {"table.txt": notation.to_text(made.table), "findings.txt": findings_text(made, scratch), **planes}
