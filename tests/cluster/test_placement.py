"""The router on its own feet: its pods placed, varied and drained by its own controllers, and no request lost in a whole day."""

import datetime
import time
import zoneinfo
from pathlib import Path

import pytest
import yaml

from tests.support.cluster.api import Object
from tests.support.cluster.cluster import ROOT, Cluster, until
from tests.support.cluster.controllers import ALL, account
from tests.support.cluster.fast import REAL, FastClock, hosted
from tests.support.cluster.placing import Placed, events, labelled
from tests.support.cluster.release import Clients, Release, ask, shop
from tests.support.gateway import need

FOLDER = ROOT / "examples" / "placement"
FACTOR = 1800.0
"""Half an hour in a second."""


def example(file: Path, namespace: str) -> list[Object]:
    """In a namespace of the test, with the image of this checkout."""
    text = (
        file.read_text()
        .replace("namespace: tidegate", f"namespace: {namespace}")
        .replace("tidegate:router", f"{namespace}:router")
    )
    items = list(yaml.safe_load_all(text.replace("tidegate/tidegate-haproxy:0.1.0", "tidegate.test/router:1")))
    for item in items:
        if item["kind"] == "DaemonController":
            item["spec"]["template"]["spec"]["containers"][0]["args"] += [f"--namespace={namespace}"]
    return items


@pytest.mark.timeout(240, func_only=True)
def test_a_day_on_its_own_feet_loses_no_request(pods: Cluster, kinds: Cluster, namespace: str) -> None:
    need("haproxy")
    through = Release(pods, namespace)
    placed = Placed(pods, namespace, "tidegate")
    host = shop(pods, namespace, 3)
    pods.api.apply(*example(FOLDER / "tidegate.yaml", namespace))
    edge = {"role": "edge"}
    noon = datetime.datetime(2026, 3, 28, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).astimezone(datetime.UTC)
    kubeconfig = account(pods, namespace, "controllers", ALL)
    try:
        with labelled(pods, node_1=edge, node_2=edge), hosted(kubeconfig, namespace, {"daemon": REAL}):
            placed.until(lambda: len(through.ready()) == 2, 60)
            until(lambda: all(ask(*to, host)[0] == 200 for to in through.ready().items()))
            with Clients(through.ready, host, 2) as clients:
                clock = FastClock(noon, FACTOR)
                pods.api.apply(*example(FOLDER / "day.yaml", namespace))
                with hosted(kubeconfig, namespace, {"diurnal": clock}):
                    counts = []
                    for hour in (20, 28, 43):  # 20:00, 05:00 of the night that has no hour from 02:00 to 03:00, and 20:00
                        _wait(clock, hour)
                        counts.append((placed.item["spec"]["nodes"], len(placed.ready())))
            assert counts == [("100%", 2), ("50%", 1), ("100%", 2)]
            assert clients.lost == []
            assert sum(clients.by.values()) > 500
            assert len(clients.by) >= 3, "both routers, and the one that came by day"
            until(lambda: "Draining" in events(pods, namespace, "tidegate"))
            gone = events(pods, namespace, "tidegate")["SuccessfulDelete"]
            assert all(note.endswith("Drained.") for note in gone), gone
    finally:
        for item in example(FOLDER / "tidegate.yaml", namespace):
            if item["kind"].startswith(("ClusterRole", "IngressClass")):
                pods.api.delete(item)


def _wait(clock: FastClock, hour: float) -> None:
    """Until so many hours after the midnight before the clock began at noon."""
    while clock.monotonic() < (hour - 12) * 3600:
        time.sleep(0.05)
