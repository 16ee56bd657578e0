"""Which targets are meant, and by whom."""

import pytest

from router.controllers.diurnal import claims
from router.controllers.diurnal.types import Target
from tests.support.diurnal import autoscaler, deployment, understood

BASE = "base: {replicas: 1}\n"


def rc(name: str, **labels: str) -> Target:
    return Target(api_version="v1", kind="ReplicationController", name=name, labels=labels, replicas=1)


def test_labels_must_all_be_there_and_the_kind_and_group_must_be_right() -> None:
    spec = understood(BASE + "selector: {tier: backend, track: canary}")
    found = claims.meant(
        spec,
        [
            rc("b", tier="backend", track="canary", x="y"),
            rc("a", tier="backend"),
            deployment(labels={"tier": "backend", "track": "canary"}),
        ],
    )
    assert [t.name for t in found] == ["b"]
    other = Target(api_version="example.com/v1", kind="Deployment", name="web", replicas=1)
    assert claims.meant(understood(BASE), [other]) == ()


def test_a_target_that_two_aims_mean_is_meant_once() -> None:
    spec = understood(BASE + "targets: [{kind: Deployment, name: web}, {kind: Deployment, matchLabels: {a: b}}]")
    assert [t.name for t in claims.meant(spec, [deployment(labels={"a": "b"})])] == ["web"]


def test_what_is_not_there_is_named_in_words() -> None:
    spec = understood(BASE + "targets: [{kind: Deployment, name: web}, {kind: StatefulSet, matchLabels: {a: b, c: d}}]")
    assert claims.missing(spec, []) == ("Deployment web", "StatefulSet with a=b,c=d")
    assert claims.missing(spec, [deployment()]) == ("StatefulSet with a=b,c=d",)


def test_an_autoscaler_is_found_by_what_it_scales() -> None:
    scaler = autoscaler(1, 2)
    assert claims.autoscaler_of(deployment(), [deployment(), scaler]) is scaler
    assert claims.autoscaler_of(deployment(1, "other"), [scaler]) is None
    assert claims.key(scaler) == claims.key(deployment())


@pytest.mark.parametrize(
    ("mine", "theirs", "winner"),
    [
        ("", "", "a"),
        ("priority: 1", "", "web"),
        ("", "priority: -1", "web"),
        ("priority: 1", "priority: 2", "a"),
        ("", "suspend: true", "web"),
    ],
)
def test_the_winner_is_the_same_whoever_asks(mine: str, theirs: str, winner: str) -> None:
    one, other = understood(BASE + mine), understood(BASE + theirs, name="a")
    (a,), (b,) = claims.claims(one, (other,), (deployment(),)), claims.claims(other, (one,), (deployment(),))
    assert a.winner == winner and (b.winner == winner or not b.rivals)
