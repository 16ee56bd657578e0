"""Whether the addresses that a plane is to listen on can be had."""

import socket

import pytest

from router.base.errors import TidegateError
from router.planes.ports import check_ports
from router.table.types import Listener, Protocol


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        listener = Listener(name="http", port=port, protocol=Protocol.HTTP, address="127.0.0.1")
        with pytest.raises(TidegateError, match=f"port {port} on 127.0.0.1 .* is in use"):
            check_ports((listener,))
    check_ports((listener,))
