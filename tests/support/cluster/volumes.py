"""What a pod is given: files of its volumes and its environment, from Secrets, ConfigMaps, its own fields and tokens."""

import base64
import os
import re
import shutil
import time
from pathlib import Path

from tests.support.cluster.api import AsyncApi, Object, RefusedError

Files = dict[str, bytes]


class MissingError(Exception):
    """Something that the pod refers to is not there (yet)."""


async def read(api: AsyncApi, kind: str, namespace: str, name: str, optional: bool | None) -> Files:
    """The data of a Secret or ConfigMap."""
    try:
        item = await api.call("GET", f"/api/v1/namespaces/{namespace}/{kind}s/{name}")
    except RefusedError as wrong:
        if wrong.status == 404 and optional:
            return {}
        raise MissingError(f'{kind} "{name}" not found' if wrong.status == 404 else str(wrong)) from None
    if kind == "secret":
        return {key: base64.b64decode(value) for key, value in item.get("data", {}).items()}
    binary = {key: base64.b64decode(value) for key, value in item.get("binaryData", {}).items()}
    return {key: value.encode() for key, value in item.get("data", {}).items()} | binary


def field(pod: Object, path: str, address: str, host: str) -> str:
    """The downward API."""
    meta, spec = pod["metadata"], pod["spec"]
    if found := re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path):
        return str(meta.get(found[1], {}).get(found[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        items = meta.get(path.rpartition(".")[2], {})
        return "".join(f'{key}="{value}"\n' for key, value in sorted(items.items()))
    known = {
        "metadata.name": meta["name"], "metadata.namespace": meta["namespace"], "metadata.uid": meta["uid"],
        "spec.nodeName": spec["nodeName"], "spec.serviceAccountName": spec.get("serviceAccountName", "default"),
        "status.podIP": address, "status.podIPs": address, "status.hostIP": host, "status.hostIPs": host,
    }  # fmt: skip
    if path not in known:
        raise MissingError(f"field {path} is not known to the stand-in kubelet")
    return str(known[path])


class Volumes:
    """Of one pod, in ``folder``/NAME. ``refresh`` writes them, and again what changed, in one step as the kubelet does."""

    def __init__(self, api: AsyncApi, folder: Path, address: str, host: str) -> None:
        self._api, self._folder, self._address, self._host = api, folder, address, host
        self._written: dict[str, Files] = {}
        self._tokens: dict[str, tuple[bytes, float]] = {}

    async def refresh(self, pod: Object) -> None:
        """MissingError if something is not there."""
        for volume in pod["spec"].get("volumes", ()):
            name, folder = volume["name"], self._folder / volume["name"]
            if "emptyDir" in volume:
                if not folder.exists():
                    folder.mkdir(parents=True)
                    folder.chmod(0o777)
                continue
            files = await self._content(pod, volume)
            if files != self._written.get(name):
                _swap(folder, files)
                self._written[name] = files

    def path(self, pod: Object, mount: Object) -> str:
        """Where a mount's content is on this machine."""
        volume = next(v for v in pod["spec"]["volumes"] if v["name"] == mount["name"])
        if "hostPath" in volume:
            return str(volume["hostPath"]["path"])
        return os.path.realpath(self._folder / mount["name"] / mount.get("subPath", ""))

    async def _content(self, pod: Object, volume: Object) -> Files:
        if "projected" in volume:
            files: Files = {}
            for source in volume["projected"]["sources"]:
                files |= await self._source(pod, source)
            return files
        if "hostPath" in volume:
            return {}
        if "secret" in volume:
            source = volume["secret"]
            return await self._source(pod, {"secret": {**source, "name": source["secretName"]}})
        return await self._source(pod, {key: volume[key] for key in ("configMap", "downwardAPI") if key in volume})

    async def _source(self, pod: Object, source: Object) -> Files:
        namespace = pod["metadata"]["namespace"]
        for key, kind in (("secret", "secret"), ("configMap", "configmap")):
            if key in source:
                asked = source[key]
                data = await read(self._api, kind, namespace, asked["name"], asked.get("optional"))
                items = asked.get("items")
                return {item["path"]: data[item["key"]] for item in items if item["key"] in data} if items else data
        if "downwardAPI" in source:
            items = source["downwardAPI"].get("items", ())
            fields = {item["path"]: item["fieldRef"]["fieldPath"] for item in items if "fieldRef" in item}
            return {path: field(pod, name, self._address, self._host).encode() for path, name in fields.items()}
        if "serviceAccountToken" in source:
            asked = source["serviceAccountToken"]
            return {asked["path"]: await self._token(pod, asked)}
        raise MissingError(f"volume {source} is not known to the stand-in kubelet")

    async def _token(self, pod: Object, asked: Object) -> bytes:
        """Asked for anew when four fifths of its time are over."""
        known, until = self._tokens.get(asked["path"], (b"", 0.0))
        if time.time() < until:
            return known
        meta, seconds = pod["metadata"], int(asked.get("expirationSeconds", 3600))
        bound = {"kind": "Pod", "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
        spec = {"audiences": [asked["audience"]] if asked.get("audience") else [], "expirationSeconds": seconds}
        account = pod["spec"].get("serviceAccountName", "default")
        path = f"/api/v1/namespaces/{meta['namespace']}/serviceaccounts/{account}/token"
        made = await self._api.call("POST", path, {"spec": spec | {"boundObjectRef": bound}})
        token = made["status"]["token"].encode()
        self._tokens[asked["path"]] = (token, time.time() + 0.8 * seconds)
        return bytes(token)


def _swap(folder: Path, files: Files) -> None:
    """Readers see all old files or all new ones: each name is a link through ``..data``, which is renamed over."""
    fresh = folder / f"..{time.monotonic_ns()}"
    fresh.mkdir(parents=True)
    fresh.chmod(0o755)
    for name, content in files.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_bytes(content)
        (fresh / name).chmod(0o644)
    data, link = folder / "..data", folder / "..data_tmp"
    old = data.resolve() if data.exists() else None
    link.symlink_to(fresh.name)
    link.rename(data)
    tops = {name.partition("/")[0] for name in files}
    for path in folder.iterdir():
        if not path.name.startswith("..") and path.name not in tops:
            path.unlink()
    for top in tops:
        if not (folder / top).is_symlink():
            (folder / top).symlink_to(f"..data/{top}")
    if old:
        shutil.rmtree(old)


async def environment(api: AsyncApi, pod: Object, container: Object, address: str, host: str) -> dict[str, str]:
    """What a container's environment says, references followed and $(NAME) put in. MissingError if one leads nowhere."""
    namespace, made = pod["metadata"]["namespace"], dict[str, str]()
    for item in container.get("envFrom", ()):
        for key, kind in (("secretRef", "secret"), ("configMapRef", "configmap")):
            if key in item:
                data = await read(api, kind, namespace, item[key]["name"], item[key].get("optional"))
                made |= {item.get("prefix", "") + name: value.decode() for name, value in data.items()}
    for item in container.get("env", ()):
        source = item.get("valueFrom", {})
        if "fieldRef" in source:
            made[item["name"]] = field(pod, source["fieldRef"]["fieldPath"], address, host)
        elif source:
            key, kind = ("secretKeyRef", "secret") if "secretKeyRef" in source else ("configMapKeyRef", "configmap")
            asked = source[key]
            data = await read(api, kind, namespace, asked["name"], asked.get("optional"))
            if asked["key"] in data:
                made[item["name"]] = data[asked["key"]].decode()
            elif not asked.get("optional"):
                raise MissingError(f"couldn't find key {asked['key']} in {kind} {asked['name']}")
        else:
            made[item["name"]] = expand(item.get("value", ""), made)
    return made


def expand(text: str, known: dict[str, str]) -> str:
    """$(NAME) becomes its value; $$ is $; what is not known stays."""
    return re.sub(r"\$(?:(\$)|\(([^)]*)\))", lambda m: m[1] or known.get(m[2], m[0]), text)
