"""Faults: what is caught, what is said, what is not."""

import asyncio

import pytest

from router.base.faults import Fault, Step, guarded
from router.base.findings import ObjectRef, Severity

INGRESS = ObjectRef(kind="Ingress", namespace="shop", name="web")


def fails(text: str) -> int:
    raise ZeroDivisionError(text)


def made(ref: ObjectRef | None = INGRESS, text: str = "boom") -> Fault:
    fault = guarded(Step.INGRESS, ref, "it costs little", fails, text)
    assert isinstance(fault, Fault)
    return fault


def test_what_goes_well_passes_through() -> None:
    assert guarded(Step.INGRESS, INGRESS, "", int, "12") == 12


def test_a_fault_is_a_finding_with_object_reason_effect_and_fix() -> None:
    found = made().finding
    assert (found.severity, found.object, found.reason) == (Severity.ERROR, INGRESS, "InternalError")
    assert "ZeroDivisionError" in found.message
    assert found.message.endswith("it costs little.")
    assert found.fix


def test_the_same_fault_again_is_equal_so_that_it_is_said_once() -> None:
    assert made() == made()


def test_the_traceback_names_the_place() -> None:
    assert "in fails" in made().trace
    assert made().trace.endswith("boom\n")


def test_what_was_said_about_a_secret_is_said_to_nobody() -> None:
    fault = made(ObjectRef(kind="Secret", namespace="shop", name="tls"), "-----BEGIN PRIVATE KEY")
    assert "PRIVATE" not in repr(fault)


def test_nothing_of_the_users_text_is_in_the_finding() -> None:
    assert "forged" not in repr(made(text="forged\nline").finding)


@pytest.mark.parametrize("leaves", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_who_is_told_to_stop_stops(leaves: type[BaseException]) -> None:
    def stop() -> None:
        raise leaves

    with pytest.raises(leaves):
        guarded(Step.PASS, None, "", stop)
