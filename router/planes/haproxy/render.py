"""A view as a bundle: haproxy.cfg, its maps, lists, certificates and pages."""

import sys
from collections.abc import Collection, Iterable
from operator import attrgetter

import msgspec

from router.base.frozen import PrivateBytes
from router.certs import Certificate
from router.planes.bundle import Bundle, File, Rendered, lines_of
from router.planes.entries import Entries
from router.planes.files import data_text
from router.planes.haproxy.features import Features
from router.planes.haproxy.sections import Section
from router.planes.haproxy.text import milliseconds, quoted, word
from router.planes.haproxy.view import HOPS, Fixed, View, view
from router.planes.memory import Memory
from router.planes.parts import Part, joined, main_file
from router.planes.text import LONGEST_IN_LOG, Token, environment
from router.table import health
from router.table.passing import ENDED
from router.table.types import Globals, Table

MAIN = "haproxy.cfg"
LIST = "certs/list.txt"
PAGES = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 413: "Payload Too Large",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out",
}  # fmt: skip
"""Statuses whose page HAProxy takes as a whole answer (``errorfile``)."""
CLOSING = (400, 413)
"""Nothing that comes after such a request on its connection is believed."""
_ENVIRONMENT = environment(lambda name: data_text("templates/haproxy", name))
_ENVIRONMENT.globals.update(w=word, ms=milliseconds, t=Token)

_TEXT = "%[var({}),json(utf8s)]"
_OBJECT = ("dialect", "kind", "namespace", "name", "rule")
_LOG = (
    ("time", '"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]"'), ("request_id", '"%[var(txn.tg_id)]"'),
    ("client", '"%[var(txn.tg_client)]"'),
    ("scheme", '"%[var(txn.tg_scheme)]"'), ("host", f'"{_TEXT.format("txn.tg_hosthdr")}"'),
    ("method", f'"{_TEXT.format("txn.tg_method")}"'), ("path", f'"{_TEXT.format("txn.tg_target")}"'), ("protocol", '"%HV"'),
    ("status", "%ST"), ("bytes", "%B"), ("duration", "%Ta.0E-3"), ("upstream", '"%si:%sp"'), ("upstream_duration", '"%Tr.0E-3"'),
    ("upstream_status", '"%[var(txn.tg_status)]"'), ("user_agent", f'"{_TEXT.format("txn.tg_agent")}"'),
    *((name, f'"%[var(txn.tg_route),field({n},|)]"') for n, name in enumerate(_OBJECT, 2)),
)  # fmt: skip
"""One JSON object a request: docs/explanation/meaning.md, section 8. Times are milliseconds with an exponent."""
LOG_FORMAT = Token("'{" + ",".join(f'"{name}":{text}' for name, text in _LOG) + "}'")


_GENERATION, _SECTIONS = Token("\x01"), Token("\x02")
"""Marks in the fixed text. No encoder lets such bytes through, so nothing else is taken for one."""


def render(table: Table, features: Features, memory: Memory | None = None) -> Rendered:
    """Equal tables give equal bytes. The generation is a digest of everything else."""
    memory = memory or Memory()
    made, findings = view(table, features, memory)
    before, _, after = memory.of(_fixed, made.fixed).partition(_SECTIONS)
    default = memory.kept("default certificate", table.default_certificate)
    rest = [*_maps(made, memory), *_lists(made.fixed), *memory.of(_pages, made.fixed.settings)]
    rest.append(memory.last(LIST, _list, made.certificates, default))
    certificates = memory.each("certificate files", _certificates, memory.runs("certificates", table.certificates))

    lines = [line for run in memory.each("certificate lines", lines_of, certificates) for line in run]
    generation, main = main_file(MAIN, (before, after), section_parts(made, memory), _GENERATION, [*lines, *lines_of(rest)])
    rest += [main, *(file for run in certificates for file in run)]
    bundle = Bundle(plane="haproxy", main=MAIN, generation=generation, files=tuple(sorted(rest, key=attrgetter("path"))))
    return Rendered(bundle=bundle, findings=findings, faults=made.faults)


def _text(template: str, **values: object) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def _fixed(made: Fixed) -> str:
    """haproxy.cfg with marks for what it says of this generation and these sections."""
    tls = made.settings.tls
    return _text(
        "haproxy.cfg.j2",
        v=made,
        generation=_GENERATION,
        sections=_SECTIONS,
        sessions=tls.session_cache_mb * 5000,
        ciphers=word(":".join(tls.ciphers)),
        error_files=tuple(PAGES),
        types=tuple(quoted(text) for text in ("text/html", *made.settings.gzip.types)),
        hops=tuple(range(1, HOPS + 1)),
        out=health.OUT,
        failures=health.FAILURES,
        log_format=LOG_FORMAT,
        longest=LONGEST_IN_LOG,
        ended=tuple(word(name) for name in ENDED),
        status_address=word(made.settings.status_address),
    )


def section_parts(made: View, memory: Memory) -> tuple[Part, ...]:
    """What a section says depends on our HTTPS port as well."""
    port = memory.kept("https port", made.fixed.https_port)
    return memory.each("section parts", _sections, made.sections, port)


def _sections(sections: tuple[Section, ...], https_port: Token) -> Part:
    texts = [_text("backend.cfg.j2", s=section, https_port=https_port) for section in sections]
    return Part.of("".join(texts).encode(), (sections, https_port))


def map_parts(made: View, memory: Memory) -> dict[str, tuple[Part, ...]]:
    """By path."""
    return {f"maps/{name}.map": memory.each(f"lines of {name}", _lines, runs) for name, runs in made.maps.items()}


def _lines(lines: Entries) -> Part:
    return Part.of("".join([f"{line.key} {line.value}\n" for line in lines]).encode(), lines)


def _maps(made: View, memory: Memory) -> Iterable[File]:
    for path, parts in map_parts(made, memory).items():
        yield memory.last(path, _file, sys.intern(path), parts)


def _file(path: str, parts: tuple[Part, ...]) -> File:
    return File(path=path, content=joined(*parts))


def _lists(made: Fixed) -> Iterable[File]:
    for path, networks in made.lists:
        yield File(path=path, content="".join(f"{network}\n" for network in networks).encode())


def _pages(settings: Globals) -> tuple[File, ...]:
    """As HTML for rules that answer, as whole HTTP answers for HAProxy's own errors."""
    own, made = dict(settings.pages), []
    for name in (*(str(status) for status in PAGES), "414", "431", "maintenance"):
        text = own.get(name) or data_text("haproxy/pages", f"{name}.html")
        made.append(File(path=f"pages/{name}.html", content=text.encode()))
        if name.isdigit() and int(name) in PAGES:
            made.append(File(path=f"pages/{name}.http", content=_answer(int(name), text.encode())))
    return tuple(made)


def _answer(status: int, body: bytes) -> bytes:
    close = "Connection: close\r\n" * (status in CLOSING)
    head = f"HTTP/1.1 {status} {PAGES[status]}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{close}\r\n".encode() + body


def _certificates(certificates: tuple[Certificate, ...]) -> tuple[File, ...]:
    pems = [(word(c.id), PrivateBytes(c.chain.encode() + c.key.reveal())) for c in certificates]
    return tuple(File(path=f"certs/{name}.pem", content=pem, mode=0o600) for name, pem in pems)


def _list(certificates: tuple[tuple[str, tuple[Token, ...]], ...], default: str) -> File:
    """Which names get which certificate; the first one is the default."""
    lines = (
        " ".join([f"certs/{word(identity)}.pem", *names]) + "\n"
        for identity, names in certificates
        if names or identity == default
    )
    return File(path=LIST, content="".join(lines).encode())


def without_certificates(bundle: Bundle, paths: Collection[str]) -> Bundle:
    """Without these, but for the default one, which stands first in the list: a frontend with TLS needs one."""
    listed = next(f for f in bundle.files if f.path == LIST)
    first, *lines = listed.data.decode().split("\n")
    default = first.split(" ", 1)[0]
    kept = [first, *(line for line in lines if line.split(" ", 1)[0] not in paths)]
    files = (f for f in bundle.files if f is not listed and (f.path == default or f.path not in paths))
    own = File(path=LIST, content="\n".join(kept).encode())
    return msgspec.structs.replace(bundle, files=tuple(sorted([*files, own], key=attrgetter("path"))))
