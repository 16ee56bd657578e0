"""The demo: two small apps and the gateway, on HAProxy and then on nginx, with every claim checked as it is shown.

``demo.py`` shows both planes and leaves nothing running. ``demo.py --keep haproxy`` leaves the gateway running
until Ctrl-C. Exit code 0 means that everything shown was also true.
"""

import argparse
import contextlib
import datetime
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parent)}
HOST = "secure.localhost"
NEW_ROUTE = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: beta, namespace: shop}
spec:
  rules:
    - host: shop.localhost
      http:
        paths:
          - {path: /beta, pathType: Prefix, backend: {service: {name: cart, port: {number: 8080}}}}
"""
BAD_ROUTE = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: broken, namespace: shop}
spec:
  rules:
    - host: "not a host; return 200 'owned';"
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: front, port: {number: 80}}}}
"""


def say(text: str) -> None:
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def show(command: list[str], *, expect: str, code: int = 0) -> None:
    """Print a command and its output; stop the demo if the output does not hold what we promised."""
    print(f"$ {shlex.join(command)}", flush=True)
    done = subprocess.run(program(command), capture_output=True, text=True, timeout=30, check=False, env=ENVIRONMENT)
    print((done.stdout + done.stderr).rstrip(), flush=True)
    if expect not in done.stdout + done.stderr or done.returncode != code:
        sys.exit(f"demo: expected {expect!r} and exit code {code}, got exit code {done.returncode}")


def program(command: list[str]) -> list[str]:
    """``tidegate`` as this Python's own, installed or not."""
    return [sys.executable, "-m", "router", *command[1:]] if command[0] == "tidegate" else command


def wait_for(what: str, test: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if test():
                return
        time.sleep(0.05)
    sys.exit(f"demo: {what} did not happen within {seconds:.0f} s")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def certificate(folder: Path) -> None:
    """A Secret with a self-signed certificate for HOST, and the same certificate as a file for curl."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = made.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()  # fmt: skip
    indent = lambda text: "".join(f"    {line}\n" for line in text.splitlines())  # noqa: E731
    (folder / "secure-tls.yaml").write_text(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: secure-tls, namespace: shop}\n"
        f"stringData:\n  tls.crt: |\n{indent(chain)}  tls.key: |\n{indent(secret)}"
    )
    (folder / "ca.pem").write_text(chain)


def ready(admin: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/readyz", timeout=2) as answer:
        return bool(answer.status == 200)


@contextlib.contextmanager
def started(command: list[str], name: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended at the end, by SIGTERM first."""
    with log.open("ab") as out, subprocess.Popen(program(command), stdout=out, stderr=out, env=ENVIRONMENT) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                sys.exit(f"demo: {name} did not end on SIGTERM")


class Demo:
    def __init__(self, plane: str, work: Path) -> None:
        self.plane, self.work, self.manifests = plane, work, work / "manifests"
        self.http, self.https, self.admin, self.status, *self.apps = free_ports(6)
        shutil.copytree(HERE / "shop", self.manifests)
        for file in self.manifests.glob("*.yaml"):
            text = file.read_text().replace(":9101", f":{self.apps[0]}").replace(":9102", f":{self.apps[1]}")
            file.write_text(text)
        certificate(self.manifests)
        self.log = work / "log.txt"

    def tidegate(self, verb: str, *args: str) -> list[str]:
        return ["tidegate", verb, *args, "-f", str(self.manifests)]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for name, port in zip(("front", "cart"), self.apps, strict=True):
                stack.enter_context(started([sys.executable, str(HERE / "app.py"), name, str(port)], name, self.log))
            addresses = {"http": self.http, "https": self.https, "admin": self.admin, "status": self.status}
            flags = [text for name, port in addresses.items() for text in (f"--{name}", f"127.0.0.1:{port}")]
            command = [*self.tidegate("run", "--plane", self.plane, "--platform-domain", "apps.localhost"), *flags]
            command += ["--state", str(self.work / "state"), "--drain-delay", "0"]
            gateway = stack.enter_context(started(command, "tidegate", self.log))
            try:
                wait_for("the gateway's readiness", lambda: gateway.poll() is not None or ready(self.admin))
                if gateway.poll() is not None:
                    sys.exit("demo: the gateway ended at once")
                yield
            except SystemExit:
                print(self.log.read_text(), file=sys.stderr)
                raise

    def curl(self, url: str, *args: str) -> list[str]:
        host = url.split("/")[2]
        port = self.https if url.startswith("https") else self.http
        target = url.replace(host, f"{host}:{port}", 1)
        return ["curl", "-sS", "--resolve", f"{host}:{port}:127.0.0.1", *args, target]

    def answers(self, url: str, text: str) -> bool:
        done = subprocess.run(self.curl(url), capture_output=True, text=True, timeout=10, check=False)
        return text in done.stdout

    def show_all(self) -> None:
        say(f"{self.plane}: plain routes; the longest prefix wins")
        show(self.curl("http://shop.localhost/hello"), expect="front answers /hello")
        show(self.curl("http://shop.localhost/cart/1"), expect="cart answers /cart/1")
        say("an app in the style of Deis: a Service that names its domain")
        show(self.curl("http://blog.apps.localhost/"), expect="front answers /")
        say("HTTPS with the host's own certificate; plain HTTP is redirected to it")
        show(self.curl(f"https://{HOST}/", "--cacert", str(self.manifests / "ca.pem")), expect="the client asked https")
        show(self.curl(f"http://{HOST}/a%2Fb?c=d", "-o", os.devnull, "-w", "%{http_code} %{redirect_url}\\n"), expect="308 https")
        say("a live change: a new route in a new file")
        (self.manifests / "beta.yaml").write_text(NEW_ROUTE)
        wait_for("the new route", lambda: self.answers("http://shop.localhost/beta", "cart answers"))
        show(self.curl("http://shop.localhost/beta"), expect="cart answers /beta")
        say("a bad manifest harms nobody else, and says what is wrong")
        (self.manifests / "broken.yaml").write_text(BAD_ROUTE)
        show(self.tidegate("check", "--plane", self.plane, "--platform-domain", "apps.localhost"), expect="broken.yaml", code=1)
        show(self.curl("http://shop.localhost/hello"), expect="front answers /hello")
        say("why does a request go where it goes?")
        show(self.tidegate("explain", "http://shop.localhost/cart/1", "--platform-domain", "apps.localhost"), expect="shop/cart")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", choices=["haproxy", "nginx"], help="leave this plane running until Ctrl-C")
    keep = parser.parse_args().keep
    for plane in [keep] if keep else ["haproxy", "nginx"]:
        with tempfile.TemporaryDirectory(prefix="tidegate-demo-") as folder:
            Path(folder).chmod(0o755)
            demo = Demo(plane, Path(folder))
            with demo.running():
                if not keep:
                    demo.show_all()
                    continue
                say(f"{plane} serves {demo.manifests}; change a file there and see. Ctrl-C ends it.")
                for url in ("http://shop.localhost/", "http://blog.apps.localhost/", f"https://{HOST}/"):
                    print("  " + shlex.join(demo.curl(url, *(["-k"] if "https" in url else []))), flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    signal.pause()
    if not keep:
        say("everything above was checked while it was shown; nothing is left running")


if __name__ == "__main__":
    main()
