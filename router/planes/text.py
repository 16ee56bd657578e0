"""The rule that keeps tenants' text out of configuration: a template prints Tokens, and nothing else.

Each plane has its own encoder that makes Tokens (planes/nginx/text.py, planes/haproxy/text.py). Before encoding,
``refuse_unsafe`` stops what no config language can carry. A Jinja ``finalize`` refuses everything that is not a Token.
"""

import re
from collections.abc import Callable

import jinja2

LONGEST_IN_LOG = {"host": 256, "method": 64, "path": 8192, "agent": 2048}
"""Characters of each text of a client in a log line: all of them escaped still fit in HAProxy's longest line (64 KB)."""
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class UnsafeText(ValueError):  # noqa: N818 -- what it is, not that it is an error
    """A bug of ours: a value reached the encoder that should have been refused as a finding."""


class Token(str):
    """Text that an encoder made (or a literal of ours): safe to print as it is."""

    __slots__ = ()


NOTHING = Token("")
"""One for all: each by itself takes 50 bytes."""


def refuse_unsafe(text: str) -> str:
    """``text``, or UnsafeText if it holds control bytes, U+2028/2029 or lone surrogates."""
    if _UNSAFE.search(text):
        raise UnsafeText(f"control characters in {text!r}")
    return text


def only_tokens(value: object) -> str:
    """Jinja ``finalize``: ints and Tokens pass, anything else is a bug of ours."""
    if isinstance(value, Token):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnsafeText(f"a template printed {type(value).__name__}, not a Token")


def environment(source: Callable[[str], str]) -> jinja2.Environment:
    """The Jinja environment of configs: strict, no autoescape (that is for HTML), only Tokens come out.

    ``source``: template name -> text.
    """
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        undefined=jinja2.StrictUndefined,
        finalize=only_tokens,
        autoescape=False,  # noqa: S701 -- configs are not HTML; Tokens carry the proof of safety
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
