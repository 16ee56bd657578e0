"""The files of a bundle, on both planes: those that were meant and no others, text that is text, keys that only we can read."""

from collections.abc import Iterator, Mapping
from itertools import compress
from operator import not_

from router.base.frozen import PrivateBytes
from router.certs import Certificate
from router.planes.bundle import Bundle, File
from router.planes.memory import Memory
from router.table.types import Table


def wrong_files(bundle: Bundle, files: Mapping[str, File], own: set[str], table: Table, memory: Memory) -> Iterator[str]:
    """Sentences; none is good. ``files``: of the bundle by path. ``own``: paths of what the plane reads beside the certificates.
    Pages are the operator's and ours: what they say is not looked at."""
    runs = memory.runs("certificates", table.certificates)
    paths = memory.each("certificate paths", _paths, runs)
    wanted = own.union(*paths)
    if files.keys() != wanted or len(files) != len(bundle.files):
        yield f"the bundle has other files than meant: {ascii(sorted(files.keys() ^ wanted))[:300]}"
        return
    private = [isinstance(f.content, PrivateBytes) for f in bundle.files]
    texts = [f for f in compress(bundle.files, map(not_, private)) if not f.path.startswith("pages/")]
    main = [f for f in texts if f.path == bundle.main]  # the largest, and never the same: remembering it would only hold it
    rest = (f for f in texts if f.path != bundle.main)
    if not (all(map(_is_text, main)) and all(memory.last(f"is text: {f.path}", _is_text, f) for f in rest)):
        yield "the rendered text can not be read back: it is not UTF-8"
    certificates = {path: f for path, f in files.items() if path not in own}  # only these: they are held until the next reading
    held = all(memory.joined("certificates held", _hold, runs, paths, certificates))
    if sum(private) != len(wanted) - len(own) or not held:
        yield "a private file is not the certificate that was meant, or others may read it"


def _path(certificate: Certificate) -> str:
    return f"certs/{certificate.id}.pem"


def _paths(certificates: tuple[Certificate, ...]) -> tuple[str, ...]:
    return tuple(map(_path, certificates))


def _hold(certificates: tuple[Certificate, ...], *files: File) -> bool:
    wanted = [(_path(c), True, 0o600, c.chain.encode() + c.key.reveal()) for c in certificates]
    return [(f.path, f.private, f.mode, f.data) for f in files] == wanted


def _is_text(file: File) -> bool:
    if file.data.isascii():  # costs no copy
        return True
    try:
        file.data.decode()
    except UnicodeDecodeError:
        return False
    return True
