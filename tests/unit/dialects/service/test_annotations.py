"""The annotations of apps are declared in both spellings."""

from router.dialects.service import FIELDS
from tests.unit.dialects.service.apps import app, claimed, reasons

DEIS = (
    "domains", "certificates", "whitelist", "connectTimeout", "tcpTimeout", "maintenance", "ssl.enforce", "referrerPolicy",
    "nginx.proxyBuffers.enabled", "nginx.proxyBuffers.number", "nginx.proxyBuffers.size", "nginx.proxyBuffers.busySize",
    "disableRequestStartHeader", "regexDomain", "proxyLocations", "proxyDomain",
)  # fmt: skip


def test_every_annotation_of_deis_is_known() -> None:
    known = {name for field in FIELDS for name in field.names}
    assert {f"router.deis.io/{name}" for name in DEIS} <= known
    assert {f"tidegate.dev/{name}" for name in DEIS} <= known


def test_an_unknown_one_names_its_nearest() -> None:
    made = claimed(app(domains="a.test", domain="b.test"))
    assert reasons(made) == ["UnknownAnnotation"]
    assert "domains" in made.findings[0].fix
