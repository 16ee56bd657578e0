"""One container of a pod: started, probed, started again, ended. A real program in namespaces of its own."""

import asyncio
import contextlib
import datetime
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.cluster import images, probes
from tests.support.cluster.api import Object
from tests.support.cluster.volumes import MissingError, environment, expand

if TYPE_CHECKING:
    from tests.support.cluster.pod import Pod

CAPABILITIES = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "NET_BIND_SERVICE": 10,
    "SYS_CHROOT": 18,
}
"""Those that a container has if nothing is said; the numbers of capability.h."""
RESTART = (0.2, 5.0)
"""Seconds before the first restart, and at most; the real kubelet says 10 and 300."""


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Keeper:
    """``state``: as in a ContainerStatus. ``again``: whether it is started anew when it ended with this code."""

    def __init__(self, pod: "Pod", container: Object, *, init: bool = False) -> None:
        self.pod, self.container, self.init = pod, container, init
        self.name = str(container["name"])
        self.state: Object = {"waiting": {"reason": "ContainerCreating"}}
        self.last: Object = {}
        self.restarts = 0
        self.probed = self.started = False
        self._child: asyncio.subprocess.Process | None = None
        self._pidfile = pod.folder / f"{self.name}.pid"
        self._runs, self._image_user = 0, 0
        self._env: dict[str, str] = {}

    @property
    def running(self) -> bool:
        return "running" in self.state

    @property
    def finished(self) -> bool:
        return "terminated" in self.state and not self.again(self.state["terminated"]["exitCode"])

    @property
    def ready(self) -> bool:
        return self.running and self.started and self.probed

    def again(self, code: int) -> bool:
        policy = "OnFailure" if self.init else self.pod.item["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and code != 0)

    def status(self) -> Object:
        image = self.container["image"]
        made: Object = {
            "name": self.name, "image": image, "imageID": f"local://{image}", "restartCount": self.restarts, "state": self.state,
            "ready": self.finished if self.init else self.ready, "started": self.running and self.started, "lastState": self.last,
        }  # fmt: skip
        return made | ({"containerID": f"stand-in://{self.pod.uid}-{self.name}-{self._runs}"} if self._runs else {})

    async def run(self) -> None:
        """Until it needs not be started again."""
        delay = RESTART[0]
        while True:
            try:
                await self._once()
            except MissingError as missing:
                self._becomes({"waiting": {"reason": "CreateContainerConfigError", "message": str(missing)}})
                await asyncio.sleep(0.5)
                continue
            except LookupError as unknown:
                self._becomes({"waiting": {"reason": "ErrImagePull", "message": str(unknown)}})
                await asyncio.sleep(5)
                continue
            if self.finished:
                return
            await asyncio.sleep(0.01)
            self.last = self.state
            self._becomes({"waiting": {"reason": "CrashLoopBackOff"}})
            await asyncio.sleep(delay)
            delay = min(delay * 2, RESTART[1])
            self.restarts += 1

    async def end(self, grace: float) -> None:
        """preStop and SIGTERM within ``grace`` seconds, then SIGKILL."""
        if self._child is None or self._child.returncode is not None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._before_stop()
                self.signal(signal.SIGTERM)
                await self._child.wait()
        self.signal(signal.SIGKILL)
        await self._child.wait()

    def signal(self, number: int) -> None:
        if self._child and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(number)

    async def _once(self) -> None:
        file = self.pod.folder / f"{self.name}.json"
        file.write_text(json.dumps(await self._spec()))
        self._pidfile.unlink(missing_ok=True)
        with self.pod.log(self.name).open("ab") as log:
            launcher = str(Path(__file__).with_name("container.py"))
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-S", "-E", launcher, str(file), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._runs += 1
        self.started, self.probed = "startupProbe" not in self.container, "readinessProbe" not in self.container
        self._becomes({"running": {"startedAt": now()}})
        begin, watching = now(), asyncio.ensure_future(self._probe())
        try:
            code = await self._child.wait()
        finally:
            watching.cancel()
        code = code if code >= 0 else 128 - code
        reason = "Completed" if code == 0 else "Error"
        self._becomes({"terminated": {"exitCode": code, "reason": reason, "startedAt": begin, "finishedAt": now()}})

    def _becomes(self, state: Object) -> None:
        self.state = state
        self.pod.changed.set()

    async def _probe(self) -> None:
        def told_ready(good: bool) -> None:
            self.probed = good
            self.pod.changed.set()

        def told_alive(good: bool) -> None:
            if not good:
                asyncio.get_running_loop().create_task(self.end(self.pod.grace))

        enter = self._inside()
        if "startupProbe" in self.container:
            while not await probes.once(self.container["startupProbe"], self.container, self.pod.address, enter):
                await asyncio.sleep(probes.UNTIL_FIRST)
            self.started = True
            self.pod.changed.set()
        async with asyncio.TaskGroup() as group:
            for key, told, first in (("readinessProbe", told_ready, False), ("livenessProbe", told_alive, True)):
                if key in self.container:
                    work = probes.follow(self.container[key], self.container, self.pod.address, enter, told, first=first)
                    group.create_task(work)

    async def _before_stop(self) -> None:
        hook = self.container.get("lifecycle", {}).get("preStop", {})
        if "sleep" in hook:
            await asyncio.sleep(float(hook["sleep"]["seconds"]))
        elif hook:
            good = await probes.once(hook | {"timeoutSeconds": 3600}, self.container, self.pod.address, self._inside())
            if not good:
                with self.pod.log(self.name).open("a") as log:
                    log.write("the preStop hook failed\n")

    def _inside(self) -> list[str]:
        """The words that a command is run with in the running container: as its user, with its environment."""
        uid, gid = (self._user(self._image_user)[key] for key in ("uid", "gid"))
        nsenter = f'exec nsenter -a -r -w -t "$(cat {self._pidfile})" -S {uid} -G {gid} env -i "$@"'
        return ["sh", "-c", nsenter, "sh", *(f"{name}={value}" for name, value in self._env.items())]

    async def _spec(self) -> Object:
        """What container.py reads. LookupError if the image is not known, MissingError if a reference leads nowhere."""
        pod, container = self.pod, self.container
        image = images.find(container["image"])
        if image is None:
            raise LookupError(f"image {container['image']} is not one of {', '.join(images.IMAGES)}")
        await pod.volumes.refresh(pod.item)
        env = image.env | pod.api_environment()
        env |= await environment(pod.api, pod.item, container, pod.address, pod.node_address)
        self._env, self._image_user = env, image.user
        words = [*container.get("command", image.entry), *container.get("args", ())]
        mounts = [{"from": here, "to": path, "read_only": True} for path, here in image.files]
        mounts += [
            {"from": pod.volumes.path(pod.item, mount), "to": mount["mountPath"], "read_only": mount.get("readOnly", False)}
            for mount in container.get("volumeMounts", ())
        ]
        work = pod.folder / f"{self.name}.root"
        work.mkdir(exist_ok=True)
        return {
            "net": f"/proc/{pod.holder}/ns/net", "hostname": pod.item["metadata"]["name"], "work": str(work), "mounts": mounts,
            "argv": [expand(word, env) for word in words], "env": env, "cwd": container.get("workingDir"),
            "opened": image.opened, "pidfile": str(self._pidfile), **self._user(image.user),
        }  # fmt: skip

    def _user(self, default: int) -> dict[str, Any]:
        whole = self.pod.item["spec"].get("securityContext", {})
        own = whole | self.container.get("securityContext", {})
        uid = own.get("runAsUser", default)
        if own.get("runAsNonRoot") and uid == 0:
            raise MissingError("container has runAsNonRoot and image will run as root")
        asked = own.get("capabilities", {})
        names = set() if "ALL" in asked.get("drop", ()) else set(CAPABILITIES) - set(asked.get("drop", ()))
        kept = [CAPABILITIES[name] for name in names | set(asked.get("add", ())) if name in CAPABILITIES]
        groups = [whole["fsGroup"]] if "fsGroup" in whole else []
        return {
            "uid": uid, "gid": own.get("runAsGroup", 0), "groups": [*groups, *whole.get("supplementalGroups", ())],
            "read_only": own.get("readOnlyRootFilesystem", False), "capabilities": kept,
            "no_new_privileges": own.get("allowPrivilegeEscalation") is False,
        }  # fmt: skip
