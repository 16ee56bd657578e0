"""Snapshot to table."""

from tests.support.manifests import NOW, snapshot, translated

APP = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {tidegate.dev/routable: "true"}
  annotations: {tidegate.dev/domains: "shop.example.com, not a domain", tidegate.dev/endpoints: "127.0.0.1:9001"}
spec: {ports: [{port: 80}]}
"""


def test_both_dialects_are_heard_and_findings_have_their_place() -> None:
    made = translated(APP)
    assert [str(h.host) for h in made.table.hosts] == ["shop.example.com"]
    (finding,) = made.findings
    assert finding.location is not None
    assert finding.location.line == 1


def test_equal_input_gives_equal_tables() -> None:
    assert translated(APP).table == translated(APP).table
    assert snapshot(APP).services.keys() == {("shop", "web")}
    assert NOW.tzinfo is not None
