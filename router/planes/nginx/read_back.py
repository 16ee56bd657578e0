"""An independent reading of a bundle: tokenised anew and compared with the view, before nginx sees it.

It knows nothing of templates and encoders. What it finds is a fault of ours, so the bundle is not applied.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from router.base.frozen import Frozen
from router.planes.bundle import Bundle
from router.planes.nginx.allowed import ALLOWED, INCLUDED, TABLES
from router.planes.nginx.routes import Entry
from router.planes.nginx.view import View

_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "t": "\t", "r": "\r", "n": "\n"}
"""After a backslash; before anything else nginx keeps the backslash."""


class Directive(Frozen):
    """One directive: its words, and the block it opens, if any. ``quoted``: which words stood in quotes."""

    words: tuple[str, ...]
    context: str
    body: "tuple[Directive, ...] | None" = None

    @property
    def name(self) -> str:
        return self.words[0]


class NotNginxError(ValueError):
    """The text is not what nginx would read."""


def tokens(text: str) -> Iterator[tuple[str, bool]]:
    """(word or one of ``{ } ;``, whether it stood in quotes), as ngx_conf_read_token splits them."""
    at, end = 0, len(text)
    while at < end:
        c = text[at]
        if c in " \t\r\n":
            at += 1
        elif c == "#":
            at = text.find("\n", at) if "\n" in text[at:] else end
        elif c in "{};":
            yield c, False
            at += 1
        elif c in "\"'":
            word, at = _quoted(text, at)
            yield word, True
        else:
            word, at = _bare(text, at)
            yield word, False


def _quoted(text: str, at: int) -> tuple[str, int]:
    quote, found, at = text[at], [], at + 1
    while at < len(text) and text[at] != quote:
        if text[at] == "\\" and text[at + 1 : at + 2] in _ESCAPES:
            at += 1
            found.append(_ESCAPES[text[at]])
        else:
            found.append(text[at])
        at += 1
    if at >= len(text):
        raise NotNginxError("a quote is not closed")
    if at + 1 < len(text) and text[at + 1] not in " \t\r\n;{)":
        raise NotNginxError("a quote ends in the middle of a word")
    return "".join(found), at + 1


def _bare(text: str, at: int) -> tuple[str, int]:
    start = at
    while at < len(text) and (text[at] not in ' \t\r\n;{}"' or (text[at] == "{" and text[at - 1] == "$")):
        if text[at] == "$" and text[at : at + 2] == "${":
            at = text.find("}", at)
            if at < 0:
                raise NotNginxError("a variable is not closed")
        at += 1
    return text[start:at], at


def parse(text: str, context: str = "") -> tuple[Directive, ...]:
    """All directives of a file whose content stands in ``context``."""
    stream = tokens(text)
    made = tuple(_block(stream, context, top=True))
    return made


def _block(stream: Iterator[tuple[str, bool]], context: str, *, top: bool = False) -> Iterator[Directive]:
    words: list[str] = []
    for word, quoted in stream:
        if quoted or word not in ("{", "}", ";"):
            words.append(word)
        elif word == ";":
            if not words:
                raise NotNginxError("an empty directive")
            yield Directive(words=tuple(words), context=context)
            words = []
        elif word == "{":
            body = tuple(_block(stream, words[0] if words else "?"))
            yield Directive(words=tuple(words), context=context, body=body)
            words = []
        else:
            if words or top:
                raise NotNginxError("a block ends in the middle of a directive")
            return
    if words or not top:
        raise NotNginxError("the text ends in the middle of a block")


def walk(directives: Sequence[Directive]) -> Iterator[Directive]:
    for directive in directives:
        yield directive
        yield from walk(directive.body or ())


def compare(bundle: Bundle, view: View) -> tuple[str, ...]:
    """Sentences of what differs between the text and the view; none is good."""
    files = {f.path: f.data.decode("utf-8") for f in bundle.files if not f.private and not f.path.startswith("pages/")}
    try:
        main = parse(files[bundle.main])
        shared = parse(files["server.conf"], "server")
        maps = {path: parse(text, "map") for path, text in files.items() if path.startswith("maps/")}
    except (NotNginxError, KeyError) as wrong:
        return (f"the rendered text can not be read back: {wrong}",)
    everything = [*walk(main), *walk(shared)]
    return (*_allowed(everything, bundle), *_counts(main, shared, view), *_map_entries(maps, view))


def _allowed(directives: Sequence[Directive], bundle: Bundle) -> Iterator[str]:
    known = {f.path for f in bundle.files} & INCLUDED
    for d in directives:
        if d.name == "include":
            if d.words[1:] not in {(path,) for path in known}:
                yield f"include of {' '.join(d.words[1:])}, which is not in the bundle"
        elif d.context not in TABLES and d.name not in ALLOWED.get(d.context, ()):
            yield f"{d.name} in {d.context or 'the main context'} is not one of ours"
        if d.body is not None and d.name not in ALLOWED and d.name not in TABLES:
            yield f"block {d.name} is not one of ours"
        if d.name == "alias" and d.words[1:] != ("pages/",):
            yield f"alias of {' '.join(d.words[1:])}"


def _counts(main: Sequence[Directive], shared: Sequence[Directive], view: View) -> Iterator[str]:
    found = Counter(d.name for d in walk(main))
    wanted = {
        "server": len(view.servers)
        + 1
        + len(view.streams)
        + sum(len(u.servers) for u in (*view.upstreams, *view.stream_upstreams)),
        "upstream": len(view.upstreams) + len(view.stream_upstreams),
        "http": 1,
        "stream": int(bool(view.streams)),
        "load_module": int(bool(view.features.stream_module and view.streams)),
        "geo": 2 + len(view.allow_lists),
    }
    locations = sum(1 for d in shared if d.name == "location")
    if locations != len(view.profiles) + 4:
        yield f"{locations} locations, not {len(view.profiles) + 4}"
    for name, number in wanted.items():
        if found[name] != number:
            yield f"{found[name]} times {name}, not {number}"


def _map_entries(maps: dict[str, tuple[Directive, ...]], view: View) -> Iterator[str]:
    found = view.lookups
    wanted: dict[str, Sequence[Entry]] = {
        "hosts": found.hosts, "wildcards": found.wildcards, "suffixes": found.suffixes, "exact": found.exact,
        "roots": found.roots, "defaults": found.fallbacks, "certificates": view.certificates,
        "wildcard-certificates": view.wildcard_certificates,
    }  # fmt: skip
    wanted |= {f"prefix{depth}": entries for depth, entries in found.prefixes}
    for name, entries in wanted.items():
        lines = maps.get(f"maps/{name}.map", ())
        if len(lines) != len(entries):
            yield f"{len(lines)} entries in maps/{name}.map, not {len(entries)}"
        if any(len(line.words) != 2 or line.body is not None for line in lines):
            yield f"an entry of maps/{name}.map is not key and value"
    if len(maps) != len(wanted):
        yield f"{len(maps)} maps, not {len(wanted)}"
