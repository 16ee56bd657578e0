"""What controllers that run alone tell of themselves."""

from collections import Counter
from typing import cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.controllers.admin import application
from router.controllers.kit.world import Gauge
from router.controllers.start import Controlling
from router.sources.source import Check


class Working:
    def __init__(self, *checks: Check) -> None:
        self.leads, self.hosting = True, self
        self.counts, self.waits = Counter({("POST", "done"): 3}), 2
        self.checks = checks

    def health(self) -> tuple[Check, ...]:
        return self.checks

    def gauges(self) -> list[Gauge]:
        return [Gauge(name="tidegate_level", help="A number.", labels=(("name", name),), value=7) for name in ("a", "b")]


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
async def test_it_is_ready_when_everything_is_followed(ok: bool, status: int) -> None:
    app = application(cast(Controlling, Working(Check("Pod", ok, "a\nb"))))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert answer.status == status
        assert ("[-] Pod: a\\nb" in await answer.text()) is not ok
        assert (await client.get("/healthz")).status == 200


async def test_metrics_tell_who_leads_and_what_was_called() -> None:
    async with TestClient(TestServer(application(cast(Controlling, Working())))) as client:
        text = await (await client.get("/metrics")).text()
    assert "tidegate_leader 1.0" in text
    assert 'tidegate_controller_calls_total{method="POST",result="done"} 3.0' in text
    assert "tidegate_controller_waits_total 2.0" in text
    assert 'tidegate_level{name="a"} 7.0\ntidegate_level{name="b"} 7.0' in text
