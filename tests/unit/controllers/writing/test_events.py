"""Events, decided."""

import datetime
from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from router.base.findings import Finding, ObjectRef, error
from router.controllers.writing.events import NOTE, RENEW, Saying, Sayings, again, body, due
from router.facts.snapshot import Snapshot
from tests.support.writing import ingress, snapshot

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def sayings(findings: Iterable[Finding], snapshot: Snapshot) -> Mapping[str, Saying]:
    return Sayings().of(findings, snapshot)


REF = ObjectRef(kind="Ingress", namespace="shop", name="a")


def found(field: str = "spec", reason: str = "Bad", message: str = "It is bad.", ref: ObjectRef | None = REF) -> Finding:
    return error(ref, field, reason, message, "Mend it.")


def test_all_findings_of_one_object_and_reason_are_one_event() -> None:
    said = sayings([*(found(f"spec.rules[{n}]") for n in range(5)), found(reason="Other")], snapshot(ingress("a")))
    assert [(s.reason, s.type) for s in said.values()] == [("Bad", "Warning"), ("Other", "Warning")]
    first = next(iter(said.values()))
    assert first.note.startswith("spec.rules[0]: It is bad. Mend it. spec.rules[1]:")
    assert first.note.endswith(" (and 2 more like this)")


def test_nothing_is_said_about_no_object_or_one_that_is_gone_or_of_a_kind_we_do_not_read() -> None:
    absent, strange = ObjectRef(kind="Ingress", namespace="shop", name="b"), ObjectRef(kind="Gateway", namespace="shop", name="a")
    assert sayings([found(ref=None), found(ref=absent), found(ref=strange)], snapshot(ingress("a"))) == {}


def test_the_same_complaint_has_the_same_name_and_another_object_of_the_same_name_another() -> None:
    one, two = ([*sayings([found()], snapshot(ingress("a", uid=uid)))] for uid in ("u1", "u2"))
    assert one == [*sayings([found()], snapshot(ingress("a", uid="u1", version="9")))]
    assert one != two


def test_what_did_not_change_is_not_made_again() -> None:
    to, one, other, world = Sayings(), found(), found(reason="Other"), snapshot(ingress("a"))
    first, *_ = to.of([one, other], world).values()
    [second] = to.of([one], world).values()
    assert second is first
    [third] = to.of([one], snapshot(ingress("a", uid="new"))).values()
    assert third.uid == "new"


def test_only_what_is_new_or_would_be_forgotten_is_due() -> None:
    said = sayings([found(), found(reason="Other")], snapshot(ingress("a")))
    first, second = said
    assert [s.name for s in due(0, said, {})] == [first, second]
    assert [s.name for s in due(10, said, {first: 0.0, second: 0.0})] == []
    assert [s.name for s in due(RENEW, said, {first: 0.0, second: 1.0})] == [first]


@given(st.text(min_size=1, max_size=3000), st.text(max_size=300))
def test_an_event_stays_in_the_limits_of_the_api_server(message: str, field: str) -> None:
    said = sayings([found(f"{field}{n}", message=message) for n in range(9)], snapshot(ingress("a")))
    for saying in said.values():
        made = body(saying, NOW, "i" * 500)
        assert 0 < len(made["note"].encode()) <= NOTE
        assert made["note"].isprintable()
        assert len(made["metadata"]["name"]) <= 253
        assert len(made["reportingInstance"]) == 128


def test_a_long_name_of_an_object_makes_a_good_name() -> None:
    ref = ObjectRef(kind="Ingress", namespace="shop", name="a" * 229 + "." + "b" * 20)
    [name] = sayings([found(ref=ref)], snapshot(ingress(ref.name)))
    assert len(name) <= 253
    assert ".." not in name


def test_a_series_counts_from_two() -> None:
    assert again(1, NOW) == again(2, NOW) == {"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}}
