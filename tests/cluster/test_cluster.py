"""The test cluster itself: what other tests build on."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cluster import binaries
from tests.support.cluster.api import Api, RefusedError
from tests.support.cluster.cluster import ROOT, Cluster, names, no_pods, until
from tests.support.cluster.manifests import config_map, deployment


def test_kubectl_reads_the_versions_of_client_and_server(cluster: Cluster) -> None:
    said = json.loads(cluster.kubectl("version", "-o", "json"))
    assert said["serverVersion"]["gitVersion"] == binaries.versions()[0]
    assert said["clientVersion"]["gitVersion"].startswith("v1.")


def test_kubectl_creates_and_gets(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(config_map(namespace, "colours", {"sea": "green"})))
    assert cluster.kubectl("get", "-n", namespace, "cm", "colours", "-o", "jsonpath={.data.sea}") == "green"
    assert "colours" in names(cluster.kubectl("get", "-n", namespace, "cm", "-o", "name"))


def test_the_controller_manager_and_the_scheduler_do_their_work(cluster: Cluster, namespace: str) -> None:
    cluster.api.apply(deployment(namespace, "web", 3))
    until(lambda: len(cluster.api.items("v1", "Pod", namespace)) == 3)
    events = until(lambda: cluster.api.items("v1", "Event", namespace, fieldSelector="involvedObject.kind=Pod"))
    assert {event["reason"] for event in events} & {"Scheduled", "FailedScheduling"}


def test_a_service_account_may_do_what_its_role_says_and_the_audit_log_tells_of_it(cluster: Cluster, namespace: str) -> None:
    rules = [{"apiGroups": [""], "resources": ["services"], "verbs": ["get", "list"]}]
    cluster.account(namespace, "reader", rules)
    api = Api(cluster.server, cluster.context(), {"Authorization": f"Bearer {cluster.token(namespace, 'reader')}"})
    assert until(lambda: api.call("GET", f"/api/v1/namespaces/{namespace}/services")["kind"]) == "ServiceList"
    with pytest.raises(RefusedError, match="403"):
        api.call("GET", f"/api/v1/namespaces/{namespace}/secrets")
    user = f"system:serviceaccount:{namespace}:reader"
    until(lambda: len(cluster.audit(user)) >= 2)
    done = {(e["verb"], e["objectRef"]["resource"], e["responseStatus"]["code"]) for e in cluster.audit(user)}
    assert {("list", "services", 200), ("list", "secrets", 403)} <= done


def test_the_api_server_is_stopped_and_started_without_a_loss(cluster: Cluster, namespace: str) -> None:
    cluster.api.apply(config_map(namespace, "kept", {"a": "b"}))
    cluster.stop_program("kube-apiserver")
    with pytest.raises(OSError):
        cluster.api.get("v1", "ConfigMap", namespace, "kept")
    cluster.start_program("kube-apiserver")
    assert cluster.api.get("v1", "ConfigMap", namespace, "kept")["data"] == {"a": "b"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_cluster_whose_owner_ends_leaves_nothing_behind(cluster: Cluster, number: signal.Signals) -> None:
    """Not even when the owner is killed: processes, network and files are gone."""
    child = subprocess.Popen([sys.executable, "-m", "tests.support.cluster"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        said = iter(child.stdout.readline, "")
        work = Path(next(found[1] for line in said if (found := re.match(r"logs: (\S+)", line))))
        link = next(f"tg{pid}" for pid, words in _processes(work).items() if "tests.support.cluster.host" in words)
        assert no_pods() or link in _links()
        child.send_signal(number)
        child.wait(40)
        until(lambda: not work.exists() and not _processes(work))
        until(lambda: link not in _links())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _processes(work: Path) -> dict[int, str]:
    """Of that cluster, others may come and go: number and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(work) in words and str(os.getpid()) != folder.name:
                found[int(folder.name)] = words
    return found


def _links() -> set[str]:
    return {path.name for path in Path("/sys/class/net").glob("tg*")}


def test_a_killed_host_takes_its_programs_along_and_the_next_start_removes_its_files(cluster: Cluster) -> None:
    from tests.support.cluster.cluster import cluster as started
    from tests.support.cluster.cluster import sweep

    with started() as other:
        work, pids = other.work, dict(other.pids)
        os.kill(other.process.pid, signal.SIGKILL)
        until(lambda: not any(_alive(pid) for pid in pids.values()))
        assert work.exists()
        sweep()
        assert not work.exists()
    assert cluster.work.exists()


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "Z" not in (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    return False


def test_it_is_found_where_an_operator_has_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in binaries.PACKAGES:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert binaries.find()["etcd"] == tmp_path / "etcd"
    (tmp_path / "kube-scheduler").unlink()
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr(binaries, "GO", ("/nonexistent/go",))
    with pytest.raises(binaries.MissingError, match="KUBEBUILDER_ASSETS"):
        binaries.find()
