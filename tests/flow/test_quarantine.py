"""The quarantine on real planes: a wrapper around the program refuses what no check of ours foresees."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.app import drivers
from router.base.clock import SystemClock
from router.cli.inputs import with_default
from router.facts.snapshot import Snapshot
from router.planes.bundle import Verdict
from router.planes.check import try_table
from router.planes.plane import Binary, Driver
from router.quarantine import Quarantine
from router.quarantine.search import most_trials
from router.table.types import Table
from tests.flow.test_gateway import Hammer
from tests.support.faulty_binary import faulty
from tests.support.gateway import MANIFEST, SEARCH, Gateway, gateway
from tests.support.manifests import translated

pytestmark = pytest.mark.plane
MARKER = "66601ms"
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: shop
  annotations: {{{annotations}}}
spec:
  rules:
    - host: {name}.example.com
      http:
        paths: [{{path: {path}, pathType: Prefix, backend: {{service: {{name: shop, port: {{number: 80}}}}}}}}]
"""
BAD = f"tidegate.dev/read-timeout: {MARKER}"
Start = Callable[..., Gateway]


@pytest.fixture(params=["nginx", "haproxy"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start a gateway whose plane is wrapped."""
    with gateway(request.param) as made:

        def begin(**how: object) -> Gateway:
            real = shutil.which(request.param, path=SEARCH)
            assert real
            made.start("--plane-binary", str(faulty(made.work, real, **how)), "--drain-timeout", "2")  # type: ignore[arg-type]
            return made

        yield begin


def says(running: Gateway, name: str, annotations: str = "", path: str = "/") -> None:
    text = INGRESS.format(name=name, annotations=annotations, path=path)
    (running.manifests / f"{name}.yaml").write_text(text)


def metric(running: Gateway, name: str) -> float:
    lines = running.ask_admin("/metrics").decode().splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name} ")), -1)


def test_what_the_plane_refuses_is_found_shut_told_and_tried_again(start: Start) -> None:
    running = start(marker=MARKER)
    with Hammer(running) as hammer:
        for n in range(6):
            says(running, f"good-{n}")
        says(running, "bad", BAD)
        running.until(lambda: running.get("bad.example.com")[0] == 503)
        running.until(lambda: all(running.get(f"good-{n}.example.com")[0] == 200 for n in range(6)))
        assert metric(running, "tidegate_quarantined_objects") == 1
        log = running.log.read_text()
        assert "refuses it: [emerg] invalid value by order of the test; its hosts and paths answer 503." in log
        assert 'object="Ingress shop/bad"' in log
        says(running, "good-7")
        running.until(lambda: running.get("good-7.example.com")[0] == 200)
        assert metric(running, "tidegate_quarantined_objects") == 1
        says(running, "bad", "tidegate.dev/read-timeout: 30s")
        running.until(lambda: running.get("bad.example.com")[0] == 200)
        running.until(lambda: metric(running, "tidegate_quarantined_objects") == 0)
    assert hammer.failures == []


def test_a_deny_that_is_left_out_opens_nothing(start: Start) -> None:
    running = start(marker=MARKER)
    says(running, "mixed")
    (running.manifests / "deny.yaml").write_text(
        INGRESS.format(name="mixed", annotations=f"{BAD}, tidegate.dev/whitelist: 10.0.0.0/8", path="/admin").replace(
            "name: mixed\n", "name: deny\n", 1
        )
    )
    running.until(lambda: running.get("mixed.example.com")[0] == 200)
    running.until(lambda: metric(running, "tidegate_quarantined_objects") == 1)
    assert running.get("mixed.example.com", "/admin")[0] == 503


def test_a_match_that_is_refused_is_left_out_and_the_others_are_served(start: Start) -> None:
    running = start(marker="/unspeakable")
    says(running, "good")
    says(running, "bad", path="/unspeakable")
    running.until(lambda: running.get("good.example.com")[0] == 200)
    running.until(lambda: metric(running, "tidegate_quarantined_objects") == 1)
    assert running.get("bad.example.com", "/unspeakable")[0] == 404
    assert "what it asks for is left out" in running.log.read_text()


@pytest.mark.parametrize("said", ["open() failed (28: No space left on device)", "Too many open files"])
def test_when_the_machine_is_at_fault_nobody_is_blamed(start: Start, said: str) -> None:
    running = start(marker=MARKER, said=said)
    says(running, "bad", BAD)
    running.until(lambda: said in running.log.read_text())
    assert metric(running, "tidegate_quarantined_objects") == 0
    assert metric(running, "tidegate_quarantine_trials_total") == 0
    assert running.get("shop.example.com")[0] == 200


def test_when_the_plane_refuses_everything_the_last_good_bundle_serves(start: Start) -> None:
    running = start(marker="generation-that-never-was")
    refuses_all = running.work / next(p.name for p in running.work.glob("faulty-*"))
    text = refuses_all.read_text().replace("generation-that-never-was", ".")
    refuses_all.write_text(text)
    says(running, "good")
    running.until(lambda: "what no object made" in running.log.read_text())
    assert running.get("shop.example.com")[0] == 200
    assert metric(running, "tidegate_quarantined_objects") == 0


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
async def test_of_many_exactly_the_guilty_are_found_by_a_real_plane(plane: str, tmp_path: Path) -> None:
    text = MANIFEST.format(name="shop", port=9001) + "".join(
        "---\n" + INGRESS.format(name=f"i{n}", annotations=BAD if n % 31 == 7 else "", path="/") for n in range(120)
    )
    real = shutil.which(plane, path=SEARCH)
    if not real:
        pytest.skip(f"{plane} is missing: deploy/install-planes.sh installs it")
    driver = drivers()[plane]
    binary = await driver.probe(faulty(tmp_path, real, MARKER))
    table = with_default(translated(text).table)
    trials = Trials(driver, binary, tmp_path / "trial")
    held = Quarantine(trials, plane, SystemClock())
    refused = await trials.attempt(table)
    assert refused.refused
    assert await held.look(table, Snapshot(), refused)
    assert {ref.name for ref in held.held} == {f"i{n}" for n in range(120) if n % 31 == 7}
    assert held.trials <= most_trials(121, 4) + 6
    assert (await trials.attempt(held.admit(table)[0])).ok


class Trials:
    """A plane as far as the quarantine uses it."""

    def __init__(self, driver: Driver, binary: Binary, scratch: Path) -> None:
        self._driver, self._binary, self._scratch = driver, binary, scratch

    async def attempt(self, table: Table) -> Verdict:
        return await try_table(self._driver, self._binary, table, self._scratch)
