"""Certificates, the key of service accounts, and kubeconfigs of one test cluster."""

import base64
import json
import ssl
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class Authority:
    """One CA for servers and clients, and the one that may follow it; everybody trusts both (``ca.crt``). Files are written into
    ``folder``, keys for the owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._ca = trustme.CA(organization_name="tidegate tests")
        self._next = trustme.CA(organization_name="tidegate tests, the next")
        first, following = (ca.cert_pem.bytes() for ca in (self._ca, self._next))
        self.ca = first + following
        for name, text in (("ca", self.ca), ("ca-first", first), ("ca-next", following)):
            self.path(f"{name}.crt").write_bytes(text)
        private = ec.generate_private_key(ec.SECP256R1())
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.path("accounts.key").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.path("accounts.pub").write_bytes(public)

    def path(self, name: str) -> Path:
        return self.folder / name

    def server(self, name: str, *hosts: str) -> None:
        """``name``.crt and ``name``.key, for clients too: etcd calls itself. With ``-first`` and ``-next`` in their names, those of
        both CAs."""
        for suffix, ca in (("", self._ca), ("-first", self._ca), ("-next", self._next)):
            self._write(f"{name}{suffix}", ca.issue_cert(*hosts, common_name=name))

    def client(self, name: str, user: str, group: str = "") -> None:
        """Go refuses a certificate whose list of names is empty, so it has one."""
        self._write(name, self._ca.issue_cert(f"{name}.test", common_name=user, organization_name=group or None))

    def _write(self, name: str, leaf: trustme.LeafCert) -> None:
        self.path(f"{name}.crt").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        self.path(f"{name}.key").write_bytes(leaf.private_key_pem.bytes())

    def kubeconfig(self, name: str, server: str) -> Path:
        """For the client certificate ``name``."""
        user = {f"client-{kind}-data": _text(self.path(f"{name}.{end}").read_bytes()) for kind, end in _PAIR}
        return write_kubeconfig(self.path(f"{name}.kubeconfig"), server, self.ca, user)

    def context(self, name: str) -> ssl.SSLContext:
        """For clients in this process."""
        made = ssl.create_default_context(cafile=self.path("ca.crt"))
        made.load_cert_chain(self.path(f"{name}.crt"), self.path(f"{name}.key"))
        return made


_PAIR = (("certificate", "crt"), ("key", "key"))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write_kubeconfig(path: Path, server: str, ca: bytes, user: dict[str, str]) -> Path:
    """``user``: what a kubeconfig says of one, such as {"token": ...}."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": _text(ca)}}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    path.write_text(json.dumps(config, indent=1))
    path.chmod(0o600)
    return path
