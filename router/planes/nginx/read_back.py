"""Reading nginx's configuration, by a parser that knows nothing of templates; and what no bundle of ours may say."""

import re
from collections.abc import Iterable, Iterator, Sequence

from router.base.frozen import Frozen
from router.planes.nginx.allowed import ALLOWED, INCLUDED, TABLES

_SIMPLE = re.compile(r'[ \t\r\n]*(?:"([^"\\]*)"(?=[ \t\r\n;{])|([{};])|([^ \t\r\n;{}"\'$#\\]+)(?=[ \t\r\n;{}]))')
"""After blanks, what most tokens are: quotes without a backslash, a sign, a bare word without a variable."""
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
        if simple := _SIMPLE.match(text, at):
            at, which = simple.end(), simple.lastindex or 0
            yield simple[which], which == 1
            continue
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


def foreign(directives: Iterable[Directive], included: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is none of ours, whatever was meant. ``included``: paths of files that may be included."""
    for d in directives:
        if d.name == "include":
            if d.words[1:] not in {(path,) for path in included & INCLUDED}:
                yield f"include of {' '.join(d.words[1:])}, which is not in the bundle"
        elif d.context not in TABLES and d.name not in ALLOWED.get(d.context, ()):
            yield f"{d.name} in {d.context or 'the main context'} is not one of ours"
        if d.body is not None and d.name not in ALLOWED and d.name not in TABLES:
            yield f"block {d.name} is not one of ours"
        if d.name == "alias" and d.words[1:] != ("pages/",):
            yield f"alias of {' '.join(d.words[1:])}"
