"""What the running gateway translates with: settings of its own Deployment, pages, the default certificate."""

from pathlib import Path

from router.app import Translator
from router.facts.core import Deployment
from router.facts.meta import Meta
from router.facts.snapshot import Snapshot
from router.settings import Settings
from tests.support.manifests import NOW, snapshot

APP = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {tidegate.dev/routable: "true"}
  annotations: {tidegate.dev/domains: shop.example.com, tidegate.dev/endpoints: "127.0.0.1:9001"}
spec: {ports: [{port: 80}]}
"""


def test_the_table_is_the_same_object_until_something_in_it_changes(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    page = tmp_path / "pages" / "404.html"
    page.write_text("one")
    translator = Translator(Settings(state=str(tmp_path), pages=str(page.parent)), frozenset())
    found = snapshot(APP)
    translator(found, NOW)
    first = translator(found, NOW)
    assert translator(found, NOW).table is first.table
    page.write_text("two")
    second = translator(found, NOW)
    assert second.table.globals.pages == (("404", "two"),)
    assert second.table.hosts is first.table.hosts


def test_the_deployment_is_read_once_and_its_findings_come_first(tmp_path: Path) -> None:
    translator = Translator(Settings(state=str(tmp_path)), frozenset())
    meta = Meta(name="tidegate", namespace="shop", annotations={"tidegate.dev/body-size": "7m", "tidegate.dev/nonsense": "1"})
    deployment = Deployment(metadata=meta)
    found = Snapshot(services=snapshot(APP).services, deployments={deployment.key: deployment})
    translator(found, NOW)
    first, second = translator(found, NOW), translator(found, NOW)
    assert second.table is first.table
    assert first.table.hosts[0].routes[0].policy.body_size == 7 * 1024 * 1024
    assert [f.reason for f in second.findings] == ["UnknownSetting"]
