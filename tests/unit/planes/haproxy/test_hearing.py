"""What lines of HAProxy's standard error mean."""

import pytest

from router.planes.haproxy.hearing import hear


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        ("[ALERT]    (12) : [haproxy.main()] cannot bind socket", ("error", "[haproxy.main()] cannot bind socket")),
        ("[WARNING]  (12) : Server b/s1 is DOWN", ("warning", "Server b/s1 is DOWN")),
        ("[NOTICE]   (12) : New worker (13) forked", ("debug", "New worker (13) forked")),
        ("[WARNING]  (8) : Proxy b1 stopped (cumulated conns: FE: 0, BE: 12).", None),
        ("[WARNING]  (8) : Proxy <HTTPCLIENT> stopped (cumulated conns: FE: 0, BE: 0).", None),
        ("[WARNING]  (8) : Proxy b1 stopped", ("warning", "Proxy b1 stopped")),
        ("double free or corruption", ("info", "double free or corruption")),
        ("", None),
    ],
)
def test_what_lines_of_haproxy_mean(line: str, heard: tuple[str, str] | None) -> None:
    assert hear(line) == heard
