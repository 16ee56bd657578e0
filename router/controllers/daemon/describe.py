"""``describe``: the fields of 2015 in their order, then what there is today, then the Events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from router.controllers.daemon import standing
from router.controllers.daemon.columns import age, line, pairs, table
from router.controllers.daemon.manifests import Told
from router.controllers.daemon.owning import claim
from router.controllers.daemon.types import DaemonController, DaemonSpec, Seen, Update
from router.facts.scheduling import Requirement, Selector

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The whole object once more; ``kubectl describe`` leaves it out, too."""


def describe(now: float, seen: Seen, told: Sequence[Told], status: Mapping[str, Any]) -> str:
    """``status``: what stands in the object, or what would stand there."""
    daemon = seen.daemon
    parts = [*_of_2015(seen, status), *_today(daemon, status), *_template(daemon), *_conditions(status), *_nodes(status)]
    return "".join([*parts, *_events(now, told)])


def _of_2015(seen: Seen, status: Mapping[str, Any]) -> Iterator[str]:
    daemon = seen.daemon
    spec = daemon.spec.template.spec
    yield line("Name", daemon.metadata.name)
    yield line("Image(s)", ",".join(container.image for container in spec.containers) or "<none>")
    yield line("Selector", selector_text(daemon.spec.selector))
    yield line("Node-Selector", pairs(spec.node_selector.items()))
    yield line("Labels", pairs(daemon.metadata.labels.items()))
    for words, key in (
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ):
        yield f"{words}: {status.get(key, 0)}\n"
    yield line("Pods Status", " / ".join(f"{number} {word}" for word, number in _phases(seen).items()))


def _phases(seen: Seen) -> dict[str, int]:
    """Of our pods. A phase that is not known waits, as in 2015."""
    found = {"Running": 0, "Waiting": 0, "Succeeded": 0, "Failed": 0}
    for pod in claim(seen.daemon, seen.pods)[0]:
        phase = pod.status.phase
        found[phase if phase in found else "Waiting"] += 1
    return found


def selector_text(selector: Selector) -> str:
    """``app=edge,tier in (a,b)``"""
    parts = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    return ",".join([*parts, *(_requirement(r) for r in selector.match_expressions)]) or "<none>"


def _requirement(need: Requirement) -> str:
    if need.operator in ("Exists", "DoesNotExist"):
        return f"{'' if need.operator == 'Exists' else '!'}{need.key}"
    word = {"In": "in", "NotIn": "notin", "Gt": ">", "Lt": "<"}.get(need.operator, need.operator)
    return f"{need.key} {word} ({','.join(need.values)})"


def _today(daemon: DaemonController, status: Mapping[str, Any]) -> Iterator[str]:
    yield line("Namespace", daemon.metadata.namespace)
    yield line("Annotations", pairs((k, v) for k, v in daemon.metadata.annotations.items() if k != APPLIED))
    yield f"Number of Nodes Scheduled with Up-to-date Pods: {status.get('updatedNumberScheduled', 0)}\n"
    yield f"Number of Nodes Scheduled with Available Pods: {status.get('numberAvailable', 0)}\n"
    yield from _choice(daemon.spec, status)
    yield line("Update", update_text(daemon.spec.update))
    yield from _extras(daemon.spec)
    wanted, current = status.get("updateRevision", ""), status.get("currentRevision", "")
    if wanted:
        yield line("Revision", wanted if wanted == current else f"{wanted}, coming from {current}")


def _choice(spec: DaemonSpec, status: Mapping[str, Any]) -> Iterator[str]:
    if spec.choice.nodes is None:
        return
    counted = f"{status.get('chosenNodes', 0)} of {status.get('eligibleNodes', 0)} eligible"
    zones = f", shared out by {spec.choice.zone_label}" if spec.choice.zone_label else ""
    yield line("Nodes", f"{spec.choice.nodes} ({counted}{zones})")


def update_text(update: Update) -> str:
    """``RollingUpdate, at most 1 unavailable``"""
    if update.on_delete:
        return "OnDelete"
    limit = f"at most {update.max_surge} more" if update.surges else f"at most {update.max_unavailable} unavailable"
    words = ["RollingUpdate", limit]
    words += ["strictly"] if update.strict else []
    words += [f"{update.partition} keep the old pod"] if update.partition.number else []
    words += [f"only on {selector_text(update.canary)}"] if update.canary else []
    words += ["paused"] if update.paused else []
    words += ["held: a field is wrong"] if update.held else []
    return ", ".join(words)


def _extras(spec: DaemonSpec) -> Iterator[str]:
    if hook := spec.pre_delete:
        asks = [f"GET :{hook.port}{hook.path} answers 200"] if hook.port else []
        asks += [f"without {pairs(hook.labels.items())}"] if hook.labels else []
        yield line("Drain", f"{' and '.join(asks)}, {f'at most {hook.timeout} s' if hook.timeout else 'as long as it takes'}")
    if room := spec.make_room:
        yield line("Make-Room", f"after {room.after} s, on {room.limit} node{'' if room.limit == 1 else 's'} at a time")


def _template(daemon: DaemonController) -> Iterator[str]:
    template = daemon.spec.template
    yield "Pod Template:\n"
    yield "  " + line("Labels", pairs(template.labels.items()), 14)
    for container in template.spec.containers:
        yield f"  {container.name}:\n"
        yield "    " + line("Image", container.image, 12)
        ports = [
            f"{p.container_port}/{p.protocol}{f' on host port {p.host_port}' if p.host_port else ''}" for p in container.ports
        ]
        if ports:
            yield "    " + line("Ports", ", ".join(ports), 12)


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    found = status.get("conditions")
    if found:
        yield "Conditions:\n"
        rows = [(c.get("type", ""), c.get("status", ""), c.get("reason", ""), c.get("message", "")) for c in found]
        yield table(("Type", "Status", "Reason", "Message"), rows, "  ")


def _nodes(status: Mapping[str, Any]) -> Iterator[str]:
    found = status.get("nodes")
    if found:
        yield "Nodes without an available pod:\n"
        rows = [(n.get("reason", ""), str(n.get("count", 0)), _names(n), n.get("message", "")) for n in found]
        yield table(("Reason", "Count", "Nodes", "First of them"), rows, "  ")


def _names(entry: Mapping[str, Any]) -> str:
    names = list(entry.get("names") or ())
    more = entry.get("count", 0) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _events(now: float, told: Iterable[Told]) -> Iterator[str]:
    """The columns of 2015."""
    rows = [
        (_ago(now, t.first), _ago(now, t.last), str(t.count), t.source or "<unknown>", t.part, t.reason, t.message) for t in told
    ]
    if not rows:
        yield "No events.\n"
        return
    yield "Events:\n"
    yield table(("FirstSeen", "LastSeen", "Count", "From", "SubobjectPath", "Reason", "Message"), rows, "  ")


def _ago(now: float, text: str) -> str:
    return age(text, now - standing.seconds(text))
