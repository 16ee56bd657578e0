"""The annotations of an Ingress: every one has an effect, and what is broken closes."""

from typing import Any

import msgspec
import pytest

from router.base.parse import Bad, network
from router.dialects.ingress.annotations import FIELDS, read_policies
from router.facts.meta import Meta
from router.facts.networking import Ingress
from router.settings import Settings
from router.table.routes import Hsts, Network, Policy, Timeouts

LOCAL = Settings(default_whitelist=(network("127.0.0.0/8"),))  # type: ignore[arg-type]


def policy(annotations: dict[str, str], tls: bool = False, settings: Settings | None = None) -> tuple[Policy, list[str]]:
    ingress = Ingress(
        metadata=Meta(name="web", namespace="shop", annotations={f"tidegate.dev/{k}": v for k, v in annotations.items()})
    )
    of, findings = read_policies(ingress, settings or Settings())
    return of(tls), [f.reason for f in findings]


def networks(*texts: str) -> tuple[Network, ...]:
    read = [network(text) for text in texts]
    return tuple(n for n in read if not isinstance(n, Bad))


DEFAULT = policy({})[0]


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("ssl-redirect", "true", {"https_redirect": 308}),
        ("ssl-redirect", " True\n", {"https_redirect": 308}),
        ("whitelist", "10.0.0.0/8, 2001:db8::1", {"allow": networks("10.0.0.0/8", "2001:db8::1")}),
        ("whitelist", " ", {}),
        ("hsts", "true", {"https_redirect": 308, "hsts": Hsts()}),
        ("hsts", "false", {}),
        ("maintenance", "true", {"maintenance": 60}),
        ("body-size", "10m", {"body_size": 10 * 1024 * 1024}),
        ("connect-timeout", "1s", {"timeouts": Timeouts(connect=1000)}),
        ("read-timeout", "250ms", {"timeouts": Timeouts(read=250)}),
        ("send-timeout", "2m", {"timeouts": Timeouts(send=120_000)}),
        ("referrer-policy", "origin", {"referrer_policy": "origin"}),
        ("referrer-policy", "none", {}),
    ],
)
def test_each_annotation_has_its_effect(name: str, text: str, changes: dict[str, Any]) -> None:
    assert policy({name: text}) == (msgspec.structs.replace(DEFAULT, **changes), [])


def test_every_declared_annotation_is_tested_above() -> None:
    mark = test_each_annotation_has_its_effect.pytestmark[0]  # type: ignore[attr-defined]
    assert {f.name.partition("/")[2] for f in FIELDS} == {row[0] for row in mark.args[1]}


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("ssl-redirect", "maybe", {"https_redirect": 308}),
        ("hsts", "maybe", {"https_redirect": 308}),
        ("whitelist", "everyone", {"allow": ()}),
        ("whitelist", "10.0.0.0/8, 10.0.0.0/99", {"allow": networks("10.0.0.0/8")}),
        ("whitelist", "10.0.0.1%eth0", {"allow": ()}),
        ("body-size", "big", {}),
        ("read-timeout", "0", {}),
        ("maintenance", "maybe", {}),
    ],
)
def test_what_is_not_understood_closes_or_leaves_the_default(name: str, text: str, changes: dict[str, Any]) -> None:
    made, reasons = policy({name: text})
    assert made == msgspec.structs.replace(DEFAULT, **changes)
    assert reasons in (["InvalidAnnotation"], ["InvalidWhitelist"])


@pytest.mark.parametrize(("annotations", "status"), [({}, 308), ({"ssl-redirect": "false"}, None), ({"hsts": "true"}, 308)])
def test_a_host_under_tls_redirects_unless_told_otherwise(annotations: dict[str, str], status: int | None) -> None:
    assert policy(annotations, tls=True)[0].https_redirect == status


def test_hsts_redirects_even_if_the_redirect_is_turned_off() -> None:
    assert policy({"hsts": "true", "ssl-redirect": "false"})[0].https_redirect == 308


def test_the_routers_default_whitelist_is_extended() -> None:
    assert policy({"whitelist": "10.0.0.1"}, settings=LOCAL)[0].allow == networks("10.0.0.1", "127.0.0.0/8")


def test_an_unknown_annotation_is_a_warning() -> None:
    assert policy({"body-sise": "1m"}) == (DEFAULT, ["UnknownAnnotation"])
