"""Prometheus metrics."""

import datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from router.report.metrics import Exposition
from tests.flow.conftest import Spine


def samples(spine: Spine) -> dict[str, float]:
    text = Exposition(spine.status, spine.clock).text().decode()
    return {
        f"{s.name}{sorted(s.labels.items()) or ''}": s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


async def test_what_happened_is_counted() -> None:
    spine = Spine()
    spine.source.says("a", "bad-b")
    await spine.loop.once()
    found = samples(spine)
    assert found["tidegate_hosts"] == 2
    assert found["tidegate_ready"] == 1
    assert found["tidegate_reloads_total[('result', 'success')]"] == 1
    assert found["tidegate_findings[('reason', 'Bad'), ('severity', 'error')]"] == 1
    assert found["tidegate_change_pending_seconds"] == 0


async def test_a_failed_change_shows() -> None:
    spine = Spine()
    spine.source.says("a")
    spine.plane.fail.add("apply")
    await spine.loop.once()
    await spine.clock.advance(42)
    found = samples(spine)
    assert found["tidegate_config_last_reload_successful"] == 0
    assert found["tidegate_reloads_total[('result', 'apply_failed')]"] == 1
    assert (found["tidegate_change_pending_seconds"], found["tidegate_change_overdue"]) == (42, 0)
    await spine.clock.advance(20)
    assert samples(spine)["tidegate_change_overdue"] == 1


async def test_a_clock_that_jumps_does_not_make_a_change_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    spine = Spine()
    spine.source.says("a")
    spine.plane.fail.add("apply")
    await spine.loop.once()
    await spine.clock.advance(42)
    for days in (-30, 30):
        now = spine.clock.now() + datetime.timedelta(days=days)
        monkeypatch.setattr(spine.clock, "now", lambda now=now: now)
        assert samples(spine)["tidegate_change_pending_seconds"] == 42


async def test_the_number_of_series_does_not_grow_with_hosts() -> None:
    spine = Spine()
    spine.source.says(*(f"h{n}" for n in range(10)))
    await spine.loop.once()
    few = len(samples(spine))
    spine.source.says(*(f"h{n}" for n in range(1000)))
    await spine.loop.once()
    assert len(samples(spine)) == few


async def test_what_a_scrape_tells_of_the_table_is_the_newest() -> None:
    spine = Spine()
    metrics = Exposition(spine.status, spine.clock)
    for hosts in (["a"], ["a", "b"], ["a", "bad-b"], []):
        spine.source.says(*hosts)
        await spine.loop.once()
        assert metrics.text() == metrics.text() == Exposition(spine.status, spine.clock).text()
        assert f"tidegate_hosts {len(hosts)}.0" in metrics.text().decode()


async def test_who_leads_and_what_was_written_shows() -> None:
    spine = Spine()
    before = samples(spine)
    assert before["tidegate_leader"] == 0
    spine.status.leads = True
    spine.status.writes["event", "denied"] += 2
    found = samples(spine)
    assert found["tidegate_leader"] == 1
    assert found["tidegate_writes_total[('kind', 'event'), ('result', 'denied')]"] == 2
    assert found.keys() == before.keys()
