"""An API server that takes notes of what is written, and answers as it is told."""

from collections.abc import Mapping
from typing import Any

from router.sources.kubernetes.transport import JSON, ApiError


class FakeWrites:
    """Satisfies Sender. ``answers``: what to raise, by the last word of the path or ``*``; each stays until it is removed."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Mapping[str, Any]]] = []
        self.answers: dict[str, Exception] = {}
        self.events: dict[str, dict[str, Any]] = {}

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        self.calls.append((method, path, body or {}))
        for word in (path.rsplit("/", 1)[1], "*"):
            if word in self.answers:
                raise self.answers[word]
        if "/events" in path:
            self._event(method, path, body or {})
        return b"{}"

    def _event(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        if method == "POST":
            name = body["metadata"]["name"]
            if name in self.events:
                raise ApiError(409, "exists")
            self.events[name] = dict(body)
            return
        name = path.rsplit("/", 1)[1]
        if name not in self.events:
            raise ApiError(404, "not found")
        self.events[name] |= body

    async def close(self) -> None: ...

    @property
    def said(self) -> list[tuple[str, str, int]]:
        """(reason, object, how often)"""
        return [(e["reason"], e["regarding"]["name"], e.get("series", {}).get("count", 1)) for e in self.events.values()]

    @property
    def shown(self) -> list[tuple[str, list[dict[str, str]]]]:
        """(Ingress, addresses) in order."""
        found = []
        for _, path, body in self.calls:
            if path.endswith("/status"):
                found.append((path.split("/")[-2], body.get("status", {}).get("loadBalancer", {}).get("ingress", [])))
        return found
