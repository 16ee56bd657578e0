"""Readers of short texts: text in, typed value or Bad out. Shared by settings and annotations; never raises, never guesses.

Every pattern is matched with ``fullmatch`` and ``re.ASCII``, and numbers are tested before ``int()``, because ``int``,
``ipaddress`` and ``$`` accept more than they seem to (``int(" 1_0\\n")`` is 10).
"""

import ipaddress
import re
from collections.abc import Callable
from typing import TypeVar

from router.base.frozen import Frozen

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")


class Bad(Frozen):
    """Why a text was not understood: the end of a sentence that starts with the field's name."""

    why: str


class Address(Frozen, order=True):
    """``host``: an IP address without brackets; ``0.0.0.0`` and ``::`` mean all."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SIZE = re.compile(r"([0-9]{1,12})([kmgKMG]?)[bB]?", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)?", re.ASCII)
_MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}", re.ASCII)
_PORT_NAME = re.compile(r"(?=[a-z0-9-]{1,63}\Z)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._/+@:=-]{1,1000}", re.ASCII)
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
REFERRER_POLICIES = (
    "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
    "strict-origin-when-cross-origin", "unsafe-url", "none",
)  # fmt: skip


def items(text: str) -> tuple[str, ...]:
    """A comma list without its blanks: ``"a, b,,c"`` -> a, b, c."""
    return tuple(item for item in (part.strip(" \t") for part in text.split(",")) if item)


def text(value: str) -> str | Bad:
    return value if value.isprintable() else Bad(why="has control characters")


def integer(value: str) -> int | Bad:
    return int(value) if _DIGITS.fullmatch(value) else Bad(why=f"{value!r} is not a whole number")


count = integer


def bounded(low: int, high: int) -> Callable[[str], int | Bad]:
    def read(value: str) -> int | Bad:
        number = integer(value)
        if isinstance(number, Bad) or low <= number <= high:
            return number
        return Bad(why=f"{number} is not between {low} and {high}")

    return read


port = bounded(1, 65535)


def port_name_or_number(value: str) -> str | int | Bad:
    """A Service port: an IANA_SVC_NAME (RFC 6335) or a number."""
    if _DIGITS.fullmatch(value):
        return port(value)
    return value if _PORT_NAME.fullmatch(value) else Bad(why=f"{value!r} is neither a port number nor a port name")


def boolean(value: str) -> bool | Bad:
    low = value.strip(" ").lower()
    if low in ("true", "1", "yes", "on"):
        return True
    if low in ("false", "0", "no", "off"):
        return False
    return Bad(why=f"{value!r} is not true or false")


def choice(*words: str) -> Callable[[str], str | Bad]:
    def read(value: str) -> str | Bad:
        return value if value in words else Bad(why=f"{value!r} is not one of {', '.join(words)}")

    return read


def referrer_policy(value: str) -> str | Bad:
    return choice(*REFERRER_POLICIES)(value)


def size(value: str) -> int | Bad:
    """Bytes from ``1m``, ``512k``, ``2g`` or plain digits (nginx size syntax). At most 1 PiB: planes refuse what overflows."""
    found = _SIZE.fullmatch(value)
    if not found:
        return Bad(why=f"{value!r} is not a size such as 512k, 10m or 1g")
    bytes_ = int(found[1]) * {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}[found[2].lower()]
    return bytes_ if bytes_ <= 1024**5 else Bad(why=f"{value!r} is more than 1048576g")


def duration_ms(value: str) -> int | Bad:
    """Milliseconds from ``500ms``, ``30s``, ``5m``, ``1h``; plain digits are seconds (nginx time syntax). 1 ms to 30 days."""
    found = _DURATION.fullmatch(value)
    if not found:
        return Bad(why=f"{value!r} is not a duration such as 500ms, 30s or 5m")
    milliseconds = int(found[1]) * _UNITS[found[2] or "s"]
    return milliseconds if 1 <= milliseconds <= 30 * 86_400_000 else Bad(why=f"{value!r} is not between 1ms and 30d")


def duration_s(value: str) -> int | Bad:
    milliseconds = duration_ms(value)
    return milliseconds if isinstance(milliseconds, Bad) else milliseconds // 1000


def workers(value: str) -> int | Bad:
    return 0 if value == "auto" else bounded(0, 256)(value)


def _text(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """RFC 5952; IPv4 in IPv6 with dots, as everybody writes it (RFC 5952, 5)."""
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return f"::ffff:{mapped}" if mapped else str(ip)


def ip_address(value: str) -> str | Bad:
    """The canonical form of an IPv4 or IPv6 address. Scope ids (``%eth0``) are refused: ipaddress keeps any text there."""
    try:
        if "%" in value or not value.isascii():
            raise ValueError
        text = _text(ipaddress.ip_address(value))
    except ValueError:
        return Bad(why=f"{value!r} is not an IP address")
    return value if text == value else text  # the very text of an object: there are 100,000 of them in a large cluster


_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+", re.ASCII)
_ZEROS = re.compile(r"\b0+(?=[0-9])", re.ASCII)


def forwarded_address(value: str) -> str | Bad:
    """An address as proxies write it: alone, or with its port (``192.0.2.1:8080``, ``[2001:db8::7]:8080``), which is cut off.

    The parts of IPv4 are decimal, also with zeros in front.
    """
    found = _WITH_PORT.fullmatch(value)
    bare = (found[1] or found[2]) if found else value
    return ip_address(bare if ":" in bare else _ZEROS.sub("", bare))


def network(value: str) -> Network | Bad:
    """An address or CIDR; host bits are masked off."""
    try:
        if "%" in value or not value.isascii() or any(c.isspace() for c in value):
            raise ValueError
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return Bad(why=f"{value!r} is not an IP address or CIDR")


def each(reader: Callable[[str], T | Bad], value: str) -> tuple[T, ...] | Bad:
    """All items of a comma list, or the first Bad."""
    values: list[T] = []
    for item in items(value):
        parsed = reader(item)
        if isinstance(parsed, Bad):
            return parsed
        values.append(parsed)
    return tuple(values)


def networks(value: str) -> tuple[Network, ...] | Bad:
    return each(network, value)


def ip_addresses(value: str) -> tuple[str, ...] | Bad:
    return each(ip_address, value)


def is_dns_label(value: str) -> bool:
    """RFC 1123 label, as Kubernetes names namespaces and Services."""
    return _LABEL.fullmatch(value) is not None


def is_dns_subdomain(value: str) -> bool:
    """RFC 1123 subdomain, as Kubernetes names most objects: labels with dots between, 253 characters at most."""
    return 0 < len(value) <= 253 and all(is_dns_label(label) for label in value.split("."))


def dns_labels(value: str) -> tuple[str, ...] | Bad:
    return each(lambda item: item if is_dns_label(item) else Bad(why=f"{item!r} is not a namespace name"), value)


def domain(value: str) -> str | Bad:
    low = value.lower().rstrip(".")
    return low if is_dns_subdomain(low) else Bad(why=f"{value!r} is not a domain name")


def namespaced_name(value: str) -> str | Bad:
    namespace, slash, name = value.partition("/")
    good = slash and is_dns_label(namespace) and is_dns_subdomain(name)
    return value if good else Bad(why=f"{value!r} is not NAMESPACE/NAME")


def address(value: str) -> Address | Bad:
    """``1.2.3.4:80``, ``[::1]:80`` or ``:80`` (all addresses)."""
    host, colon, number = value.rpartition(":")
    parsed = port(number)
    if not colon or isinstance(parsed, Bad):
        return Bad(why=f"{value!r} is not ADDR:PORT")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    ip = ip_address(bare or "0.0.0.0")  # noqa: S104
    if isinstance(ip, Bad) or (":" in bare and bare == host):
        return Bad(why=f"{value!r} is not ADDR:PORT")
    return Address(host=ip, port=parsed)


def media_types(value: str) -> tuple[str, ...] | Bad:
    reader = lambda item: item if _MEDIA.fullmatch(item) else Bad(why=f"{item!r} is not a media type")  # noqa: E731
    return each(reader, ",".join(value.split(" ")))


def access_log(value: str) -> str | Bad:
    good = value in ("stdout", "off") or _PATH.fullmatch(value)
    return value if good else Bad(why=f"{value!r} is not stdout, off or an absolute path")
