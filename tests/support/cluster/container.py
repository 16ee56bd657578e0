"""Run one program as a container: namespaces, a root folder of its own over this machine's, mounts, user. A program itself.

    python container.py SPEC.json

The process waits for its child, which is process 1 of the container, and passes SIGTERM on. With it, the container ends.
It imports nothing of the project: it must start in no time and run with any interpreter.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
BIND, REC, RDONLY, REMOUNT, PRIVATE = 0x1000, 0x4000, 0x1, 0x20, 0x40000
PDEATHSIG, BOUNDING_DROP, NO_NEW_PRIVILEGES = 1, 24, 38
CAPABILITIES = 41
_libc = ctypes.CDLL(None, use_errno=True)


def _ok(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    _ok(_libc.mount(source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None), f"mount {target}")


def die_with_parent() -> None:
    _ok(_libc.prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def main(file: str) -> int:
    spec = json.loads(Path(file).read_text())
    die_with_parent()
    with Path(spec["net"]).open() as net:
        _ok(_libc.setns(net.fileno(), NEWNET), "setns")
    _ok(_libc.unshare(NEWNS | NEWUTS | NEWIPC | NEWPID), "unshare")
    child = os.fork()
    if child == 0:
        try:
            _enter(spec)
        except OSError as failure:
            os.write(2, f"the container can not start: {failure}\n".encode())
        os._exit(127)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda got, _: os.kill(child, got))
    if "pidfile" in spec:
        Path(spec["pidfile"]).write_text(str(child))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _enter(spec: dict[str, Any]) -> None:
    """In the child: everything that makes a container, then the program itself."""
    below, read_only = spec.get("base", "/"), spec.get("read_only", False)
    root = _root(spec["work"], below, spec.get("opened", ()), spec.get("mounts", ()), read_only=read_only)
    socket.sethostname(spec["hostname"])
    os.chroot(root)
    os.chdir(spec.get("cwd") or "/")
    _become(spec)
    die_with_parent()  # once more: a change of user forgets it
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execvpe(spec["argv"][0], spec["argv"], spec["env"])
    except FileNotFoundError:
        os.write(2, f"no such program: {spec['argv'][0]}\n".encode())


def _root(work: str, below: str, opened: tuple[str, ...], mounts: tuple[dict[str, Any], ...], *, read_only: bool) -> str:
    """The folder ``below`` (this machine's root) under a layer that is thrown away; /tmp and /run are empty. ``opened``: folders that the program
    needs though they lie under /tmp, on another disk or in somebody's closed home."""
    _mount("none", "/", flags=REC | PRIVATE)
    _mount("tmpfs", work, "tmpfs")
    upper, root = f"{work}/upper", f"{work}/root"
    for name in (upper, f"{work}/work", root):
        Path(name).mkdir()
    Path(upper).chmod(0o755)
    for name in ("tmp", "run"):
        Path(upper, name).mkdir()
        os.setxattr(f"{upper}/{name}", "trusted.overlay.opaque", b"y")
    Path(upper, "tmp").chmod(0o1777)
    for folder in opened:
        for parent in reversed([Path(folder), *Path(folder).parents][:-1]):
            Path(f"{upper}{parent}").mkdir(mode=0o755, exist_ok=True)
    for item in mounts:
        _place(Path(f"{upper}{item['to']}"), folder=Path(item["from"]).is_dir())
    _mount("overlay", root, "overlay", data=f"lowerdir={below},upperdir={upper},workdir={work}/work")
    if read_only:
        _mount("none", root, flags=REMOUNT | RDONLY)
    hidden = [folder for folder in opened if any(Path(folder).is_relative_to(item["to"]) for item in mounts)]
    for folder in opened:
        if folder not in hidden:
            _mount(folder, f"{root}{folder}", flags=BIND | REC)
    _mount("/dev", f"{root}/dev", flags=BIND | REC)
    _mount("proc", f"{root}/proc", "proc")
    for item in mounts:
        _mount(item["from"], f"{root}{item['to']}", flags=BIND)
        if item.get("read_only"):
            _mount("none", f"{root}{item['to']}", flags=BIND | REMOUNT | RDONLY)
    for folder in hidden:  # a checkout under /tmp, and a pod with a volume at /tmp
        Path(f"{root}{folder}").mkdir(parents=True, exist_ok=True)
        _mount(folder, f"{root}{folder}", flags=BIND | REC)
    return root


def _place(path: Path, *, folder: bool) -> None:
    """Something to mount upon."""
    (path if folder else path.parent).mkdir(parents=True, exist_ok=True)
    if not folder:
        path.touch()


def _become(spec: dict[str, Any]) -> None:
    if spec.get("capabilities") is not None:
        for number in set(range(CAPABILITIES)) - set(spec["capabilities"]):
            _libc.prctl(BOUNDING_DROP, number, 0, 0, 0)
    groups, gid, uid = spec.get("groups", []), spec.get("gid", 0), spec.get("uid", 0)
    for stream in (1, 2):
        os.fchown(stream, uid, -1)  # as runc does: who may write there may open /dev/stdout
    os.setgroups(groups)
    os.setgid(gid)
    os.setuid(uid)
    if spec.get("no_new_privileges"):
        _ok(_libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
