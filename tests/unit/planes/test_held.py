"""The files of a bundle, one thing wrong at a time."""

import datetime

import msgspec
import pytest

from router.base.frozen import PrivateBytes
from router.certs.selfsigned import make
from router.planes.bundle import Bundle, File
from router.planes.held import wrong_files
from router.planes.memory import Memory
from router.table.types import Table

CERTIFICATE = make(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
PEM = CERTIFICATE.chain.encode() + CERTIFICATE.key.reveal()
KEY = File(path=f"certs/{CERTIFICATE.id}.pem", content=PrivateBytes(PEM), mode=0o600)
MAIN = File(path="main.conf", content=b"text")


def wrong(*files: File) -> list[str]:
    bundle = Bundle(plane="fake", main="main.conf", generation="0" * 12, files=files)
    table, memory = Table(certificates=(CERTIFICATE,)), Memory()
    found = {f.path: f for f in files}
    return memory.once(lambda *_: list(wrong_files(bundle, found, {"main.conf"}, table, memory)), bundle)


def test_what_was_meant_is_good() -> None:
    assert wrong(MAIN, KEY) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((KEY,), "other files than meant"),
        ((MAIN, KEY, File(path="more", content=b"")), "other files than meant"),
        ((MAIN, MAIN, KEY), "other files than meant"),
        ((msgspec.structs.replace(MAIN, content=b"\xff"), KEY), "not UTF-8"),
        ((MAIN, msgspec.structs.replace(KEY, mode=0o644)), "others may read it"),
        ((MAIN, msgspec.structs.replace(KEY, content=PEM)), "others may read it"),
        ((MAIN, msgspec.structs.replace(KEY, content=PrivateBytes(PEM + b"\n"))), "others may read it"),
        ((msgspec.structs.replace(MAIN, content=PrivateBytes(b"text")), KEY), "others may read it"),
    ],
)
def test_one_thing_wrong_is_said(files: tuple[File, ...], said: str) -> None:
    assert [s for s in wrong(*files) if said in s]
