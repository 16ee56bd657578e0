"""A view as a bundle: nginx.conf, what its servers share, the maps, certificates and pages."""

import sys
from collections.abc import Iterable
from operator import attrgetter

from router.base.frozen import PrivateBytes
from router.certs import Certificate
from router.planes.bundle import Bundle, File, Rendered, flag_path, lines_of
from router.planes.entries import Entries
from router.planes.files import data_text
from router.planes.memory import FEW, Memory
from router.planes.nginx.features import Features
from router.planes.nginx.profiles import Profile
from router.planes.nginx.text import milliseconds, quoted, word
from router.planes.nginx.view import PAGES, Fixed, Upstream, View, certificate_path, view
from router.planes.parts import Part, joined, main_file
from router.planes.text import LONGEST_IN_LOG, Token, environment
from router.table.passing import ENDED
from router.table.types import Globals, Table

MAIN = "nginx.conf"
_LOGGED = tuple((Token(name), Token(variable), LONGEST_IN_LOG[name]) for name, variable in (
    ("host", "$http_host"), ("method", "$tg_method"), ("path", "$request_uri"), ("agent", "$http_user_agent"),
))  # fmt: skip
"""(name, variable, characters) of what the log says in a client's own words"""
_ENVIRONMENT = environment(lambda name: data_text("templates/nginx", name))
_ENVIRONMENT.globals.update(q=quoted, w=word, ms=milliseconds, t=Token, on=lambda yes: Token("on" if yes else "off"))


_GENERATION, _UPSTREAMS = Token("\x01"), Token("\x02")
"""Marks in the fixed text. No encoder lets such bytes through, so nothing else is taken for one."""


def render(table: Table, features: Features, memory: Memory | None = None) -> Rendered:
    """Equal tables give equal bytes. The generation is a digest of everything else."""
    memory = memory or Memory()
    made, findings = view(table, features, memory)
    before, _, after = memory.of(_fixed, made.fixed).partition(_UPSTREAMS)
    server = memory.last("server.conf", _server, profile_parts(made, memory))
    rest = [server, *_maps(made, memory), *memory.of(_pages, made.fixed.settings)]
    certificates = memory.each("certificate files", _certificates, memory.runs("certificates", table.certificates))

    lines = [line for run in memory.each("certificate lines", lines_of, certificates) for line in run]
    generation, main = main_file(MAIN, (before, after), upstream_parts(made, memory), _GENERATION, [*lines, *lines_of(rest)])
    rest += [main, File(path=flag_path(generation), content=b"")]
    rest += [file for run in certificates for file in run]
    bundle = Bundle(plane="nginx", main=MAIN, generation=generation, files=tuple(sorted(rest, key=attrgetter("path"))))
    return Rendered(bundle=bundle, findings=findings, faults=made.faults)


def _text(template: str, **values: object) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def _fixed(made: Fixed) -> str:
    """nginx.conf with marks for what it says of this generation and these upstreams."""
    return _text(
        "nginx.conf.j2",
        v=made,
        generation=_GENERATION,
        upstreams=_UPSTREAMS,
        chain=[*(Token(f"$tg_route{depth}") for depth in made.depths), Token("$tg_route_root")],
        pages=PAGES,
        peer=Token("$remote_addr" if made.proxied else "$realip_remote_addr"),
        texts=_LOGGED,
        ended=tuple(word(name) for name in ENDED),
        access_log=_access_log(made.settings.access_log),
        ciphers=quoted(":".join(made.settings.tls.ciphers)),
        status_address=word(made.settings.status_address),
    )


def _access_log(where: str) -> Token:
    if where == "off":
        return Token("off")
    return Token(f"{quoted('/dev/stdout' if where == 'stdout' else where)} tidegate")


def upstream_parts(made: View, memory: Memory) -> tuple[Part, ...]:
    return memory.each("upstream parts", _upstreams, made.upstreams)


def _upstreams(upstreams: tuple[Upstream, ...]) -> Part:
    return Part.of("".join([_text("upstream.conf.j2", upstream=one) for one in upstreams]).encode(), upstreams)


def profile_parts(made: View, memory: Memory) -> tuple[Part, ...]:
    """What a profile says depends on our HTTPS port as well."""
    port = memory.kept("https port", made.fixed.https_port)
    return memory.each("profile parts", _profiles, memory.runs("profiles in order", made.profiles, FEW), port)


def _profiles(profiles: tuple[Profile, ...], https_port: Token) -> Part:
    texts = [_text("location.conf.j2", p=profile, https_port=https_port) for profile in profiles]
    return Part.of("".join(texts).encode(), (profiles, https_port))


def _server(profiles: tuple[Part, ...]) -> File:
    return File(path="server.conf", content=_text("server.conf.j2").encode() + joined(*profiles))


def map_parts(made: View, memory: Memory) -> dict[str, tuple[Part, ...]]:
    """By path."""
    return {f"maps/{name}.map": memory.each(f"entries of {name}", _entries, runs) for name, runs in made.maps.items()}


def _entries(entries: Entries) -> Part:
    return Part.of("".join([f"{e.key} {e.value};\n" for e in entries]).encode(), entries)


def _maps(made: View, memory: Memory) -> Iterable[File]:
    for path, parts in map_parts(made, memory).items():
        yield memory.last(path, _file, sys.intern(path), parts)


def _file(path: str, parts: tuple[Part, ...]) -> File:
    return File(path=path, content=joined(*parts))


def _pages(settings: Globals) -> tuple[File, ...]:
    own, made = dict(settings.pages), []
    for name in (*(str(status) for status in PAGES), "maintenance"):
        text = own.get(name) or data_text("nginx/pages", f"{name}.html")
        made.append(File(path=f"pages/{name}.html", content=text.encode()))
    return tuple(made)


def _certificates(certificates: tuple[Certificate, ...]) -> tuple[File, ...]:
    """Chain and key in one file: nginx reads both names from it. Read at each handshake by the workers."""
    pems = [(certificate_path(c.id), PrivateBytes(c.chain.encode() + c.key.reveal())) for c in certificates]
    return tuple(File(path=str(path), content=pem, mode=0o600) for path, pem in pems)
