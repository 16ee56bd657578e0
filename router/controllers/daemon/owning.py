"""Which pods and revisions are ours: the controllerRef decides, never the labels alone.

An orphan that the selector matches is adopted; what is ours and stops matching is released. What has another controller is never
touched, whatever its labels say. Each patch names uid and resourceVersion, so that of two who want one orphan only one gets it.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from router.controllers.daemon.bodies import owner_reference
from router.controllers.daemon.types import DaemonController, Patch
from router.facts.matching import selects
from router.facts.pods import OwnedFact

O = TypeVar("O", bound=OwnedFact)  # noqa: E741 -- an owned one


def claim(daemon: DaemonController, there: Iterable[O]) -> tuple[tuple[O, ...], tuple[Patch, ...]]:
    """(ours, those to be adopted included; patches). Only objects of the daemon's namespace. None of a daemon that ends."""
    ours: list[O] = []
    patches: list[Patch] = []
    ending, selector = bool(daemon.metadata.deletion_timestamp), daemon.spec.selector
    for thing in there:
        if thing.metadata.namespace != daemon.metadata.namespace:
            continue
        controller, matches = thing.metadata.controller, selects(selector, thing.metadata.labels)
        if controller is not None:
            if controller.uid != daemon.metadata.uid:
                continue
            if matches or ending:
                ours.append(thing)
            elif not thing.metadata.deletion_timestamp:
                patches.append(_patch("release", daemon, thing))
        elif matches and not ending and not selector.empty and not thing.metadata.deletion_timestamp:
            ours.append(thing)
            patches.append(_patch("adopt", daemon, thing))
    return tuple(ours), tuple(patches)


def _patch(verb: str, daemon: DaemonController, thing: OwnedFact) -> Patch:
    others = [_written(o) for o in thing.metadata.owner_references if o.uid != daemon.metadata.uid]
    owners = [*others, owner_reference(daemon)] if verb == "adopt" else others
    return patch(verb, thing, {"ownerReferences": owners})


def patch(verb: str, thing: OwnedFact, metadata: dict[str, Any]) -> Patch:
    """A merge patch of metadata, guarded."""
    meta = thing.metadata
    guard = {"uid": meta.uid, **({"resourceVersion": meta.resource_version} if meta.resource_version else {})}
    body = {"metadata": {**guard, **metadata}}
    return Patch(verb=verb, kind=type(thing).__name__, name=meta.name, uid=meta.uid, body=body)


def _written(owner: Any) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(owner)
    return {key: value for key, value in made.items() if value}
