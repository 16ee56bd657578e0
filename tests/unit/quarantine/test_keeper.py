"""The quarantine on the spine: who is held, what is served, when they are tried again."""

import contextlib
import importlib
from pathlib import Path

import pytest

from router.app import drivers
from router.planes.bundle import Bundle, Verdict
from router.planes.check import read_back, try_table
from router.planes.text import Token
from router.quarantine.keeper import Limits
from router.quarantine.search import most_trials
from router.table.types import Table
from tests.support.picky_plane import PickySpine, asks, both, deny, names
from tests.support.shops import shop


async def test_who_is_refused_is_shut_and_everybody_else_is_served() -> None:
    spine = PickySpine()
    spine.shops(12, shop3="/bad", shop7="/worse")
    spine.plane.wrong += [asks("/bad"), asks("/worse")]
    assert await spine.passes() == 2
    assert spine.held == {deny(3): "RefusedByPlane", deny(7): "RefusedByPlane"}
    assert spine.status.last_ok
    assert [spine.answer(n) for n in range(12)] == [0] * 12
    assert [spine.answer(3, "/bad"), spine.answer(7, "/worse")] == [503, 503]
    assert (spine.status.quarantined, spine.status.trials) == (2, len(spine.plane.tables))


async def test_the_owner_reads_the_planes_own_words_and_what_to_do() -> None:
    spine = PickySpine()
    spine.shops(4, shop1="/bad")
    spine.plane.wrong.append(asks("/bad"))
    await spine.passes()
    (finding,) = [f for f in spine.status.findings if str(f.object) == deny(1)]
    assert "bad /bad" in finding.message
    assert "503" in finding.message
    assert finding.fix


async def test_what_is_refused_even_shut_is_left_out() -> None:
    spine = PickySpine()
    spine.shops(4, shop1="/bad")
    spine.plane.wrong.append(names("/bad"))
    await spine.passes()
    assert spine.held == {deny(1): "RefusedByPlane"}
    assert spine.answer(1, "/bad") == 0  # the shop's own "/", as if the deny were not there: the match can not be said
    (finding,) = [f for f in spine.status.findings if str(f.object) == deny(1)]
    assert "left out" in finding.message


async def test_of_two_that_are_refused_together_the_younger_is_shut() -> None:
    spine = PickySpine()
    spine.shops(8, shop2="/older", shop5="/younger")
    spine.plane.wrong.append(both("/older", "/younger"))
    await spine.passes()
    assert spine.held == {deny(5): "RefusedTogether"}
    assert [spine.answer(2, "/older"), spine.answer(5, "/younger")] == [0, 503]


async def test_a_service_and_a_secret_can_be_guilty_too() -> None:
    spine = PickySpine()
    spine.says(*(shop(n, endpoint="127.0.0.1:6666" if n == 2 else "127.0.0.1:9001") for n in range(6)))
    spine.plane.wrong.append(lambda t: "bad port" if any(e.port == 6666 for b in t.backends for e in b.endpoints) else "")
    spine.plane.wrong.append(lambda t: "bad pair" if any("shop4" in c.source for c in t.certificates) else "")
    await spine.passes()
    assert spine.held == {"Service shop2/web": "RefusedByPlane", "Secret shop4/tls": "RefusedByPlane"}
    assert [spine.answer(n) for n in range(6)] == [0, 0, 503, 0, 0, 0]


async def test_a_change_is_suspected_first_and_costs_few_trials() -> None:
    spine = PickySpine()
    spine.shops(100)
    await spine.passes()
    assert spine.plane.tables == []
    spine.shops(100, shop50="/bad")
    spine.plane.wrong.append(asks("/bad"))
    assert await spine.passes() == 2
    assert spine.held == {deny(50): "RefusedByPlane"}
    assert len(spine.plane.tables) <= 6
    assert sum(len(t.hosts) for t in spine.plane.tables) <= 110


async def test_it_is_let_in_again_when_it_changes_and_stays_out_when_others_do() -> None:
    spine = PickySpine()
    spine.plane.wrong.append(asks("/bad"))
    spine.shops(6, shop1="/bad")
    await spine.passes()
    tried = len(spine.plane.tables)
    spine.shops(7, shop1="/bad")
    assert await spine.passes() == 1
    assert (spine.held, len(spine.plane.tables)) == ({deny(1): "RefusedByPlane"}, tried)
    spine.shops(7, shop1="/good")
    assert await spine.passes() == 1
    assert spine.held == {}
    assert spine.answer(1, "/good") == 0


async def test_it_is_forgotten_when_it_goes() -> None:
    spine = PickySpine()
    spine.plane.wrong.append(asks("/bad"))
    spine.shops(3, shop2="/bad")
    await spine.passes()
    spine.shops(2)
    await spine.passes()
    assert (spine.held, spine.status.quarantined) == ({}, 0)


@pytest.mark.parametrize("mended", [True, False])
async def test_it_is_tried_again_by_itself_after_an_hour(mended: bool) -> None:
    spine = PickySpine()
    spine.plane.wrong.append(asks("/bad"))
    spine.shops(6, shop1="/bad")
    await spine.passes()
    failed, tried = spine.status.reloads["check_failed"], len(spine.plane.tables)
    await spine.passes()
    assert len(spine.plane.tables) == tried
    spine.plane.wrong = [] if mended else spine.plane.wrong
    spine.clock.pass_(3601)
    await spine.passes()
    assert spine.answer(1, "/bad") == (0 if mended else 503)
    assert spine.held == ({} if mended else {deny(1): "RefusedByPlane"})
    assert spine.status.reloads["check_failed"] == failed


async def test_when_the_machine_is_at_fault_nobody_is_blamed() -> None:
    spine = PickySpine()
    spine.shops(4)
    await spine.passes()
    good = spine.status.generation
    spine.shops(4, shop1="/bad")
    spine.plane.machine = "No space left on device"
    await spine.passes()
    assert (spine.held, spine.plane.tables, spine.status.generation) == ({}, [], good)


@pytest.mark.parametrize("at", range(1, 11))
async def test_when_the_machine_fails_in_the_middle_nobody_is_blamed(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    spine = PickySpine()
    spine.shops(4, shop1="/bad")
    spine.plane.wrong.append(asks("/bad"))
    real = spine.plane.attempt

    async def attempt(table: Table) -> Verdict:
        spine.plane.machine = "No space left on device" if len(spine.plane.tables) >= at else ""
        return await real(table)

    monkeypatch.setattr(spine.plane, "attempt", attempt)
    await spine.loop.once()
    assert len(spine.plane.tables) == at + 1
    assert spine.held == {}
    assert spine.loop._quarantine.held == {}
    spine.plane.machine = ""
    monkeypatch.undo()
    await spine.passes()
    assert spine.held == {deny(1): "RefusedByPlane"}


async def test_when_even_the_empty_table_is_refused_it_is_ours_and_the_last_good_serves() -> None:
    spine = PickySpine()
    spine.shops(4)
    await spine.passes()
    good = spine.status.generation
    spine.shops(5)
    spine.plane.wrong.append(lambda table: "unknown directive")
    assert await spine.passes() == 1
    assert (spine.held, spine.status.generation, len(spine.plane.tables)) == ({}, good, 1)
    assert not spine.status.last_ok


async def test_a_reload_that_is_refused_blames_nobody() -> None:
    spine = PickySpine()
    spine.shops(4)
    spine.plane.fail.add("apply")
    assert await spine.passes() == 1
    assert (spine.held, spine.plane.tables) == ({}, [])
    assert spine.status.problems == ("not loaded",)


async def test_what_can_not_be_rendered_is_looked_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    spine = PickySpine()
    spine.shops(4, shop1="/bad")
    real = spine.plane.render
    bad = asks("/bad")
    monkeypatch.setattr(spine.plane, "render", lambda table: 1 / 0 if bad(table) else real(table))
    spine.plane.wrong.append(bad)
    with pytest.raises(ZeroDivisionError):
        await spine.loop.once()
    await spine.passes()
    assert spine.held == {deny(1): "RefusedByPlane"}


async def test_when_the_budget_ends_suspects_are_left_out_and_the_search_goes_on() -> None:
    spine = PickySpine(Limits(trials=10, seconds=60))
    guilty = {f"shop{n}": "/bad" for n in (3, 30, 33)}
    spine.shops(40, **guilty)
    spine.plane.wrong.append(asks("/bad"))
    spine.loop.mailbox._poked.clear()
    await spine.loop.once()
    await spine.loop.once()
    assert set(spine.held.values()) == {"Suspected"}
    assert 3 <= len(spine.held) < 160
    assert spine.status.last_ok
    await spine.passes()
    assert spine.held == {deny(n): "RefusedByPlane" for n in (3, 30, 33)}
    assert [spine.answer(n) for n in range(40)] == [0] * 40


async def test_the_number_of_trials_is_bounded() -> None:
    spine = PickySpine()
    guilty = {f"shop{n}": "/bad" for n in range(0, 200, 25)}
    spine.shops(200, **guilty)
    spine.plane.wrong.append(asks("/bad"))
    await spine.passes()
    assert len(spine.held) == len(guilty)
    assert len(spine.plane.tables) <= most_trials(800, len(guilty)) + 4


async def test_what_the_plane_says_is_no_longer_than_a_finding_should_be() -> None:
    spine = PickySpine()
    spine.shops(2, shop1="/bad")
    spine.plane.wrong.append(lambda t: "x" * 5000 if asks("/bad")(t) else "")
    await spine.passes()
    (finding,) = [f for f in spine.status.findings if str(f.object) == deny(1)]
    assert len(finding.message) < 600


def test_a_verdict_blames_nobody_unless_it_says_so() -> None:
    assert not Verdict(ok=False, problems=("x",)).refused


@pytest.mark.parametrize(("name", "module"), [("nginx", "nginx.view"), ("haproxy", "haproxy.sections")])
@pytest.mark.parametrize("is_fault", [True, False])
async def test_a_server_line_that_can_not_be_encoded_costs_its_service_only(
    name: str, module: str, is_fault: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of servers are made when the text is: nobody stands around them who knows whose they are."""
    place, bad = importlib.import_module(f"router.planes.{module}"), "10.6.6.6:9001"
    real = place.word

    def word(text: str) -> Token:
        if text == bad and is_fault:
            raise ZeroDivisionError
        return Token("10.6.6.6:9001 x") if text == bad else real(text)  # the text is not what was meant

    monkeypatch.setattr(place, "word", word)
    spine = PickySpine()
    driver = drivers()[name]
    trials, binary = driver.fresh(), driver.assumed()

    async def attempt(table: Table) -> Verdict:
        return await try_table(trials, binary, table, Path(), has_binary=False)

    async def check(bundle: Bundle, table: Table) -> Verdict:
        return read_back(driver, binary, bundle, table) or Verdict(ok=True, generation=bundle.generation)

    monkeypatch.setattr(spine.plane, "render", lambda table: driver.render(table, binary))
    monkeypatch.setattr(spine.plane, "attempt", attempt)
    monkeypatch.setattr(spine.plane, "check", check)
    spine.says(*(shop(n) for n in range(6)))
    await spine.passes()
    spine.says(*(shop(n, endpoint=bad if n == 2 else "127.0.0.1:9001") for n in range(6)))
    with contextlib.suppress(ZeroDivisionError):
        await spine.loop.once()
    await spine.passes()
    assert spine.held == {"Service shop2/web": "RefusedByPlane"}
    assert [spine.answer(n) for n in range(6)] == [0, 0, 503, 0, 0, 0]
