"""A view as a bundle: haproxy.cfg, its maps, lists, certificates and pages."""

import hashlib
from collections.abc import Iterable

from router.base.frozen import PrivateBytes
from router.planes.bundle import Bundle, File, Rendered
from router.planes.files import data_text
from router.planes.haproxy.features import Features
from router.planes.haproxy.text import milliseconds, quoted, word
from router.planes.haproxy.view import HOPS, View, view
from router.planes.text import LONGEST_IN_LOG, Token, environment
from router.table.passing import REMOVED, lookalike_pattern
from router.table.types import Table

MAIN = "haproxy.cfg"
UNKNOWN_GENERATION = Token("0" * 12)
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


def render(table: Table, features: Features) -> Rendered:
    """Equal tables give equal bytes. The generation is a digest of everything else."""
    made, findings = view(table, features)
    rest = [*_maps(made), *_pages(made), *_certificates(table, made)]
    generation = _generation([_main(made, UNKNOWN_GENERATION), *rest])
    files = sorted([_main(made, Token(generation)), *rest], key=lambda f: f.path)
    return Rendered(
        bundle=Bundle(plane="haproxy", main=MAIN, generation=generation, files=tuple(files)),
        findings=findings,
        faults=made.faults,
    )


def _main(made: View, generation: Token) -> File:
    tls = made.settings.tls
    content = _ENVIRONMENT.get_template("haproxy.cfg.j2").render(
        v=made,
        generation=generation,
        sessions=tls.session_cache_mb * 5000,
        ciphers=word(":".join(tls.ciphers)),
        error_files=tuple(PAGES),
        types=tuple(quoted(text) for text in ("text/html", *made.settings.gzip.types)),
        hops=tuple(range(1, HOPS + 1)),
        log_format=LOG_FORMAT,
        longest=LONGEST_IN_LOG,
        ended=tuple(word(name) for name in (*REMOVED, "Proxy-Connection", "Trailer")),
        lookalikes=quoted(lookalike_pattern()),
        status_address=word(made.settings.status_address),
    )
    return File(path=MAIN, content=content.encode())


def _maps(made: View) -> Iterable[File]:
    for name, lines in made.maps:
        yield File(path=f"maps/{name}.map", content="".join(f"{line.key} {line.value}\n" for line in lines).encode())
    for path, networks in made.lists:
        yield File(path=path, content="".join(f"{network}\n" for network in networks).encode())


def _pages(made: View) -> Iterable[File]:
    """As HTML for rules that answer, as whole HTTP answers for HAProxy's own errors."""
    own = dict(made.settings.pages)
    for name in (*(str(status) for status in PAGES), "414", "431", "maintenance"):
        text = own.get(name) or data_text("haproxy/pages", f"{name}.html")
        yield File(path=f"pages/{name}.html", content=text.encode())
        if name.isdigit() and int(name) in PAGES:
            yield File(path=f"pages/{name}.http", content=_answer(int(name), text.encode()))


def _answer(status: int, body: bytes) -> bytes:
    close = "Connection: close\r\n" * (status in CLOSING)
    head = f"HTTP/1.1 {status} {PAGES[status]}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{close}\r\n".encode() + body


def _certificates(table: Table, made: View) -> Iterable[File]:
    """One PEM each, and the list that says which names get which; the first one is the default."""
    known = {c.id: c for c in table.certificates}
    lines = []
    for identity, names in made.certificates:
        pem = known[identity].chain.encode() + known[identity].key.reveal()
        yield File(path=f"certs/{word(identity)}.pem", content=PrivateBytes(pem), mode=0o600)
        if names or identity == table.default_certificate:
            lines.append(" ".join([f"certs/{word(identity)}.pem", *names]) + "\n")
    yield File(path="certs/list.txt", content="".join(lines).encode())


def _generation(files: Iterable[File]) -> str:
    total = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.path):
        total.update(f"{file.path}\0{file.mode}\0{file.digest}\0".encode())
    return total.hexdigest()[:12]
