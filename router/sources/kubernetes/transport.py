"""What we need of an API server: GET, with the answer as a stream of bytes; and short calls that write."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Protocol

JSON = "application/json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
YAML = "application/yaml"
"""Content types of bodies (Kubernetes API concepts, "Patching resources"). All bodies are JSON, which is YAML.

Objects of which the API server keeps a part as text (the data of a ControllerRevision) are sent as YAML: it makes its own text
of that, without blanks. Any later patch of the object, also one by others, writes that part so, and a part that may not change
must already be so: else all of them are refused (422, "field is immutable").
"""


MAY: ContextVar[Callable[[], bool]] = ContextVar("may", default=lambda: True)
"""Whether a write may still go. Asked when its connection stands, right before the first byte of it leaves: that may be seconds
after ``send`` was called, and the process may have been stopped in between."""


class Answer(Protocol):
    """An HTTP answer whose body was not read yet."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises OSError or TimeoutError when the connection breaks or is silent for too long."""
        ...


class Transport(Protocol):
    """Authentication, TLS and URLs are its business. After a 401, or when the server's certificate is not trusted, the next
    request is made with credentials and CA read anew."""

    def get(self, path: str, query: Mapping[str, str], silence: float) -> AbstractAsyncContextManager[Answer]:
        """``silence``: seconds without a byte after which the answer is given up. The answer is released at the end."""
        ...

    async def close(self) -> None: ...


class Sender(Protocol):
    """What writers need. Nothing is tried twice here: whoever writes knows whether it still may."""

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        """The body of a good answer (2xx). ApiError for any other; OSError or TimeoutError if there is none, or MAY said no."""
        ...

    async def close(self) -> None: ...


class ApiError(Exception):
    """An answer that is not good. ``retry_after``: seconds that the server asked for, 0 if it did not."""

    def __init__(self, status: int, message: str, retry_after: float = 0) -> None:
        super().__init__(f"{status} {message}")
        self.status, self.retry_after = status, retry_after


class GoneError(Exception):
    """410: the resource version is too old; list again (Kubernetes API concepts, "410 Gone responses")."""
