"""The API server's JSON around objects: lists, watch events, Status. Objects stay raw until their type is known."""

from collections.abc import AsyncIterator

import msgspec

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
"""The annotation of the bookmark that ends the initial events of a streaming list (KEP-3157)."""


class ListMeta(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remaining_item_count: int | None = None


class Page(msgspec.Struct):
    """A list, or a page of one (meta/v1 List)."""

    metadata: ListMeta
    items: list[msgspec.Raw] | None = None


class Event(msgspec.Struct):
    """meta/v1 WatchEvent. ``type``: ADDED, MODIFIED, DELETED, BOOKMARK, ERROR."""

    type: str
    object: msgspec.Raw


class ObjectMeta(msgspec.Struct, rename="camel"):
    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    annotations: object = None
    """as it came: what is wrong in it is found when the object is decoded"""


class Head(msgspec.Struct):
    """Only what every object has."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)


class StatusDetails(msgspec.Struct, rename="camel"):
    """meta/v1 StatusDetails."""

    retry_after_seconds: int = 0


class Status(msgspec.Struct):
    """meta/v1 Status."""

    code: int = 0
    message: str = ""
    reason: str = ""
    details: StatusDetails | None = None

    @property
    def retry_after(self) -> int:
        """Seconds; 0 if it does not say."""
        return max(self.details.retry_after_seconds, 0) if self.details else 0


pages = msgspec.json.Decoder(Page)
events = msgspec.json.Decoder(Event)
heads = msgspec.json.Decoder(Head)
statuses = msgspec.json.Decoder(Status)


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines of a stream, however long they are and wherever chunks end. A last line without its end is dropped: it is cut."""
    pending: list[bytes] = []
    async for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line = b"".join([*pending, part])
            pending.clear()
            if line:
                yield line
        if rest:
            pending.append(rest)
