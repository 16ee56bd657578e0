"""Who is let in."""

import pytest

from router.base.findings import ObjectRef
from router.base.parse import Bad, networks
from router.settings import Settings
from router.table.allow import Allow, allowed

REF = ObjectRef(kind="Ingress", namespace="shop", name="web")


def nets(text: str) -> tuple:  # type: ignore[type-arg]
    read = networks(text)
    assert not isinstance(read, Bad)
    return read


@pytest.mark.parametrize(
    ("items", "settings", "allow", "reasons"),
    [
        ((), Settings(), None, []),
        (("10.0.0.0/8", "::1"), Settings(), nets("10.0.0.0/8, ::1"), []),
        (("::1", "10.0.0.1", "10.0.0.1"), Settings(), nets("10.0.0.1, ::1"), []),
        (("10.0.0.1", "x"), Settings(), nets("10.0.0.1"), ["InvalidWhitelist"]),
        (("x",), Settings(), (), ["InvalidWhitelist"]),
        ((), Settings(default_whitelist=nets("127.0.0.1")), nets("127.0.0.1"), []),
        (("10.0.0.1",), Settings(default_whitelist=nets("127.0.0.1")), nets("10.0.0.1, 127.0.0.1"), []),
        (("10.0.0.1",), Settings(default_whitelist=nets("127.0.0.1"), whitelist_mode="override"), nets("10.0.0.1"), []),
        (("x",), Settings(default_whitelist=nets("127.0.0.1"), whitelist_mode="override"), (), ["InvalidWhitelist"]),
        ((), Settings(enforce_whitelists=True), (), ["WhitelistMissing"]),
        (("10.0.0.1",), Settings(enforce_whitelists=True), nets("10.0.0.1"), []),
    ],
)
def test_a_list_lets_in_whom_it_names_and_nobody_else(
    items: tuple[str, ...], settings: Settings, allow: Allow, reasons: list[str]
) -> None:
    made, findings = allowed(items, settings, REF, "field")
    assert made == allow
    assert [f.reason for f in findings] == reasons
