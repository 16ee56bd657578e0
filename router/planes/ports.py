"""Whether the addresses that a plane is to listen on can be had."""

import errno
import socket

from router.base.errors import TidegateError
from router.table.types import Listener


def check_ports(listeners: tuple[Listener, ...]) -> None:
    """TidegateError if one of the addresses can not be had: the plane's own message would come late and be long."""
    for listener in listeners:
        family = socket.AF_INET6 if ":" in listener.address or not listener.address else socket.AF_INET
        kind = socket.SOCK_DGRAM if listener.protocol.value == "UDP" else socket.SOCK_STREAM
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((listener.address, listener.port))
            except OSError as failure:
                raise TidegateError(_port_sentence(listener, failure)) from None


def _port_sentence(listener: Listener, failure: OSError) -> str:
    what = f"port {listener.port} on {listener.address or 'all addresses'} ({listener.name})"
    if failure.errno == errno.EADDRINUSE:
        return f"{what} is in use by another program; stop that one, or choose another port with --{listener.name}"
    if failure.errno == errno.EACCES:
        return f"{what} needs root or CAP_NET_BIND_SERVICE; choose a port above 1023 with --{listener.name}"
    return f"{what} can not be opened: {failure.strerror}"
