"""Kinds that Tidegate does not know, through their ``scale`` subresource; and calendars. Asked for, not followed."""

import urllib.parse
from typing import Any

from router.controllers.diurnal.types import Aim, Target
from router.controllers.kit.calls import Calls, path_of
from router.sources.kubernetes.transport import ApiError

Plural = str | None


class Scales:
    """How a kind is called is remembered as long as this object lives. A kind that is not there is looked for each time."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._plurals: dict[tuple[str, str], str] = {}

    async def plural(self, api_version: str, kind: str) -> Plural:
        """How a kind is called in paths; None if it is not installed or can not be scaled."""
        known = self._plurals.get((api_version, kind))
        if known:
            return known
        base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        found = await self._calls.get(base)
        resources = (found or {}).get("resources") or ()
        names = [r["name"].removesuffix("/scale") for r in resources if r["name"].endswith("/scale")]
        for resource in resources:
            if resource["kind"] == kind and resource["name"] in names:
                self._plurals[api_version, kind] = resource["name"]
                return str(resource["name"])
        return None

    async def targets(self, namespace: str, aim: Aim) -> list[Target]:
        """What an aim means. Empty if it is not there."""
        plural = await self.plural(aim.api_version, aim.kind)
        if plural is None:
            return []
        if aim.name:
            found = [await self._target(namespace, aim, plural, aim.name, {})]
        else:
            selector = ",".join(f"{key}={value}" for key, value in aim.labels)
            query = {"labelSelector": selector}
            page = await self._calls.get(f"{path_of(aim.api_version, plural, namespace)}?{urllib.parse.urlencode(query)}")
            metas = [item["metadata"] for item in (page or {}).get("items") or ()]
            found = [await self._target(namespace, aim, plural, m["name"], m.get("labels") or {}) for m in metas]
        return [target for target in found if target]

    async def _target(self, namespace: str, aim: Aim, plural: str, name: str, labels: dict[str, str]) -> Target | None:
        scale = await self._calls.get(path_of(aim.api_version, plural, namespace, name, "scale"))
        if scale is None:
            return None
        meta = scale["metadata"]
        return Target(
            api_version=aim.api_version, kind=aim.kind, name=name, uid=meta.get("uid", ""), labels=labels,
            resource_version=meta.get("resourceVersion", ""), replicas=(scale.get("spec") or {}).get("replicas", 0),
        )  # fmt: skip


async def calendar(calls: Calls, namespace: str, name: str, key: str) -> str | None:
    """The text of a key of a ConfigMap; None if there is none. 403 counts as none: nobody else can say why."""
    try:
        found: Any = await calls.get(path_of("v1", "configmaps", namespace, name))
    except ApiError as wrong:
        if wrong.status == 403:
            return None
        raise
    text = ((found or {}).get("data") or {}).get(key)
    return text if isinstance(text, str) else None
