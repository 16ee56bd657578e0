"""What a target had before, kept on the target."""

import msgspec
import pytest

from router.controllers.diurnal import originals
from router.controllers.diurnal.originals import Note
from router.controllers.diurnal.types import Target
from tests.support.diurnal import autoscaler, deployment

NOTE = msgspec.json.encode(
    Note(by="web", original={"minReplicas": 2, "maxReplicas": 9}, wrote={"minReplicas": 8, "maxReplicas": 9})
).decode()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(8, 9, (2, 9)), (5, 9, (5, 9)), (8, 20, (2, 20)), (None, 9, (None, 9))],
)
def test_a_field_that_is_as_we_wrote_it_has_its_original_any_other_is_its_own(
    low: int | None, high: int, expected: tuple[int | None, int]
) -> None:
    found = originals.original(autoscaler(low, high, note=NOTE))
    assert (found["minReplicas"], found["maxReplicas"]) == expected


@pytest.mark.parametrize("note", ["", "{", "[]", '{"original": {}}', '{"by": 5}', "null"])
def test_a_note_that_can_not_be_read_is_none(note: str) -> None:
    scaler = autoscaler(3, 4, note=note)
    assert originals.note_of(scaler) is None and originals.original(scaler) == {"minReplicas": 3, "maxReplicas": 4}


def test_the_note_holds_what_was_and_what_is_written() -> None:
    text = originals.noted("web", autoscaler(2, 9), {"minReplicas": 8, "maxReplicas": 9})
    assert text == '{"by":"web","original":{"maxReplicas":9,"minReplicas":2},"wrote":{"maxReplicas":9,"minReplicas":8}}'


def test_a_kind_of_which_only_the_scale_is_written_has_no_note() -> None:
    assert originals.noted("web", Target(api_version="x/v1", kind="Thing", name="x", replicas=1), {"replicas": 2}) is None


def test_the_fields_that_vary_are_those_of_the_kind() -> None:
    assert originals.present(deployment(3)) == {"replicas": 3}
    assert originals.present(autoscaler(None, 9)) == {"minReplicas": None, "maxReplicas": 9}
    assert originals.present(Target(api_version="x", kind="DaemonController", name="x", nodes="30%")) == {"nodes": "30%"}
