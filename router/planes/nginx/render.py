"""A view as a bundle: nginx.conf, what its servers share, the maps, certificates and pages."""

import hashlib
from collections.abc import Iterable

from router.base.frozen import PrivateBytes
from router.planes.bundle import Bundle, File, Rendered, flag_path
from router.planes.files import data_text
from router.planes.nginx.features import Features
from router.planes.nginx.text import milliseconds, quoted, word
from router.planes.nginx.view import PAGES, View, certificate_path, view
from router.planes.text import LONGEST_IN_LOG, Token, environment
from router.table.passing import stopped
from router.table.types import Table

MAIN = "nginx.conf"
UNKNOWN_GENERATION = Token("0" * 12)
_LOGGED = tuple((Token(name), Token(variable), LONGEST_IN_LOG[name]) for name, variable in (
    ("host", "$http_host"), ("path", "$request_uri"), ("agent", "$http_user_agent"),
))  # fmt: skip
"""(name, variable, characters) of what the log says in a client's own words"""
_ENVIRONMENT = environment(lambda name: data_text("templates/nginx", name))
_ENVIRONMENT.globals.update(q=quoted, w=word, ms=milliseconds, t=Token, on=lambda yes: Token("on" if yes else "off"))


def render(table: Table, features: Features) -> Rendered:
    """Equal tables give equal bytes. The generation is a digest of everything else."""
    made, findings = view(table, features)
    rest = [File(path="server.conf", content=_text("server.conf.j2", v=made)), *_maps(made), *_pages(made), *_certificates(table)]
    generation = _generation([_main(made, UNKNOWN_GENERATION), *rest])
    flag = File(path=flag_path(generation), content=b"")
    files = sorted([_main(made, Token(generation)), flag, *rest], key=lambda f: f.path)
    return Rendered(
        bundle=Bundle(plane="nginx", main=MAIN, generation=generation, files=tuple(files)), findings=findings, faults=made.faults
    )


def _text(template: str, **values: object) -> bytes:
    return _ENVIRONMENT.get_template(template).render(**values).encode()


def _main(made: View, generation: Token) -> File:
    chain = [*(Token(f"$tg_route{depth}") for depth, _ in made.lookups.prefixes), Token("$tg_route_root")]
    content = _text(
        "nginx.conf.j2",
        v=made,
        generation=generation,
        chain=chain,
        pages=PAGES,
        peer=Token("$remote_addr" if made.proxied else "$realip_remote_addr"),
        texts=_LOGGED,
        stopped=tuple(word(name) for name in stopped()),
        access_log=_access_log(made.settings.access_log),
        ciphers=quoted(":".join(made.settings.tls.ciphers)),
        status_address=word(made.settings.status_address),
    )
    return File(path=MAIN, content=content)


def _access_log(where: str) -> Token:
    if where == "off":
        return Token("off")
    return Token(f"{quoted('/dev/stdout' if where == 'stdout' else where)} tidegate")


def _maps(made: View) -> Iterable[File]:
    found = made.lookups
    named = {
        "hosts": found.hosts,
        "wildcards": found.wildcards,
        "suffixes": found.suffixes,
        "exact": found.exact,
        "roots": found.roots,
        "defaults": found.fallbacks,
        "certificates": made.certificates,
        "wildcard-certificates": made.wildcard_certificates,
        **{f"prefix{depth}": entries for depth, entries in found.prefixes},
    }
    for name, entries in named.items():
        yield File(path=f"maps/{name}.map", content="".join(f"{e.key} {e.value};\n" for e in entries).encode())


def _pages(made: View) -> Iterable[File]:
    own = dict(made.settings.pages)
    for name in (*(str(status) for status in PAGES), "maintenance"):
        text = own.get(name) or data_text("nginx/pages", f"{name}.html")
        yield File(path=f"pages/{name}.html", content=text.encode())


def _certificates(table: Table) -> Iterable[File]:
    """Chain and key in one file: nginx reads both names from it. Read at each handshake by the workers."""
    for certificate in table.certificates:
        pem = certificate.chain.encode() + certificate.key.reveal()
        yield File(path=str(certificate_path(certificate.id)), content=PrivateBytes(pem), mode=0o600)


def _generation(files: Iterable[File]) -> str:
    total = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.path):
        total.update(f"{file.path}\0{file.mode}\0{file.digest}\0".encode())
    return total.hexdigest()[:12]
