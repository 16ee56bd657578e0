"""What came to be served, and how long it took."""

import msgspec

from router.base.findings import ObjectRef
from router.controllers.writing.programmed import Programmed
from router.facts.networking import Ingress, IngressSpec
from router.report.status import Pass
from tests.support.writing import ingress, snapshot, table_of


def turn(to: Programmed, *items: Ingress, at: float, served: bool = True, routed: bool = True) -> list[tuple[str, str]]:
    table = table_of(*(i.ref for i in items)) if routed else table_of()
    made = Pass(snapshot=snapshot(*items), table=table, findings=(), noticed=at, ended=at + 0.5, served=served)
    return [(s.object.name, s.note) for s in to.heard(made)]


def note(seconds: str) -> str:
    return f"Served by nginx {seconds} s after the change was seen."


def test_what_is_served_at_first_is_no_news_and_what_comes_later_is() -> None:
    to = Programmed("nginx")
    assert turn(to, ingress("a"), at=0, served=False) == []
    assert turn(to, ingress("a"), at=1) == []
    assert turn(to, ingress("a"), ingress("b"), at=2) == [("b", note("0.50"))]
    assert turn(to, ingress("a"), ingress("b"), at=3) == []


def test_the_time_counts_from_when_the_change_came_even_if_the_plane_refused_at_first() -> None:
    to = Programmed("nginx")
    turn(to, at=0)
    assert turn(to, ingress("a"), at=1, served=False) == []
    assert turn(to, ingress("a"), at=4) == [("a", note("3.50"))]


def test_only_what_its_owner_changed_is_news() -> None:
    to = Programmed("nginx")
    first = ingress("a")
    turn(to, first, at=0)
    assert turn(to, ingress("a", "192.0.2.1", version="2"), at=1) == []
    changed = msgspec.structs.replace(first, spec=IngressSpec(ingress_class_name=None))
    assert turn(to, changed, at=2) == [("a", note("0.50"))]
    assert turn(to, ingress("a", uid="another"), at=3) == [("a", note("0.50"))]


def test_what_has_no_route_is_not_served_and_what_is_gone_is_forgotten() -> None:
    to = Programmed("nginx")
    turn(to, at=0)
    assert turn(to, ingress("a"), at=1, routed=False) == []
    assert to.waiting == 1
    assert turn(to, at=2) == []
    assert to.waiting == 0
    assert ObjectRef(kind="Ingress", namespace="shop", name="a") == ingress("a").ref
