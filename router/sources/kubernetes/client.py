"""The only file that knows kubernetes_asyncio: its configuration, authentication, TLS and URLs, with raw answers.

Its Watch and its models are not used: docs/decisions/0004-own-list-and-watch.md says why.
"""

import asyncio
import contextlib
import importlib.util
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from router.base.errors import TidegateError
from router.base.log import Logger
from router.sources.kubernetes.answers import refusal
from router.sources.kubernetes.transport import JSON, MAY, YAML, Answer

log = Logger(__name__)
_CONNECT = 10.0
_CHUNK = 256 * 1024
_REFRESH = 60
_LIBRARY = "kubernetes_asyncio"
_LOADING = threading.Lock()


class _RawAnswer:
    """aiohttp's answer as we need it."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def status(self) -> int:
        return int(self._raw.status)

    @property
    def headers(self) -> Mapping[str, str]:
        return {key.lower(): value for key, value in self._raw.headers.items()}

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._raw.content.iter_chunked(_CHUNK):
            yield chunk


class _Client:
    """One ApiClient: a session, an SSL context, credentials. Closed when it is retired and its last answer was read."""

    def __init__(self, api: Any) -> None:
        self.api, self._users, self._retired = api, 0, False

    @contextlib.asynccontextmanager
    async def used(self) -> AsyncIterator[Any]:
        self._users += 1
        try:
            yield self.api
        finally:
            self._users -= 1
            if self._retired and not self._users:
                await self.api.close()

    async def retire(self) -> None:
        """Watches that run on it run on: the server has let them in already."""
        self._retired = True
        if not self._users:
            await self.api.close()


def _last_look() -> Any:
    """aiohttp's hook between a connection that stands and the first byte of a request with a body."""
    import aiohttp  # noqa: PLC0415 -- loaded with the client

    async def look(*_: object) -> None:
        if not MAY.get()():
            raise ConnectionError("its time was over when the connection stood")

    made = aiohttp.TraceConfig()
    made.on_request_chunk_sent.append(look)
    made.freeze()
    return made


def _have_home() -> None:
    """The library asks for the home folder when it is loaded, and ends if there is none: a container's user may have no line in
    /etc/passwd. Container runtimes say / then, and so do we."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/"


def library() -> tuple[Any, Any]:
    """(the library's ``client``, its ``config``), without its 700 models and its APIs, which we do not use: they take 32 MB.

    The library's ``__init__`` files import everything. Here they are run only when a name is asked for that is not there yet, so
    that whoever asks for more gets it. ``importlib.util.LazyLoader`` would run them at once: an import of a module below reads
    their ``__path__`` and ``__spec__``.
    """
    with _LOADING:
        if _LIBRARY not in sys.modules:
            _have_home()
            root = _deferred(_LIBRARY)
            root.client = client = _deferred(f"{_LIBRARY}.client")  # type: ignore[attr-defined]
            client.models = _deferred(f"{_LIBRARY}.client.models")  # type: ignore[attr-defined]
            for name in ("exceptions", "rest", "configuration", "api_client"):  # each imports only those before it
                importlib.import_module(f"{_LIBRARY}.client.{name}")
            client.Configuration = client.configuration.Configuration  # type: ignore[attr-defined]
            client.ApiClient = client.api_client.ApiClient  # type: ignore[attr-defined]
        import kubernetes_asyncio.config  # noqa: PLC0415 -- only now, and with its full name, which asks the package for nothing

        return kubernetes_asyncio.client, kubernetes_asyncio.config


def _deferred(name: str) -> ModuleType:
    """A package whose ``__init__`` is run when somebody asks for a name that it has not."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module, loader = importlib.util.module_from_spec(spec), spec.loader

    def more(wanted: str) -> Any:
        if wanted.startswith("__"):  # the machinery of imports looks for some, and can do without
            raise AttributeError(wanted)
        if vars(module).pop("__getattr__", None):
            loader.exec_module(module)
            return getattr(module, wanted)
        raise AttributeError(f"module {name!r} has no attribute {wanted!r}", name=wanted, obj=module)

    vars(module)["__getattr__"] = more
    sys.modules[name] = module
    return module


def _there(kubeconfig: Path) -> None:
    """The library prints a line about a file that is not there, and goes on without it. Several may be named, as in $PATH."""
    if not any(Path(name).exists() for name in str(kubeconfig).split(os.pathsep)):
        raise TidegateError("there is no such file")


class ClientTransport:
    """Satisfies Transport and Sender. ``kubeconfig`` None means in-cluster."""

    def __init__(self, kubeconfig: Path | None, context: str) -> None:
        self._kubeconfig, self._context = kubeconfig, context
        self._current: _Client | None = None
        self._configuration: Any = None
        self._loader: Any = None
        self._lock = asyncio.Lock()
        self._loaded = asyncio.Event()

    async def load(self) -> None:
        """Read the configuration now, for the first request. TidegateError if it can not be read."""
        self._configuration = await self._configured()

    @property
    def namespace(self) -> str:
        """That of the context, as kubectl takes it, once ``load`` has read it."""
        chosen = self._loader.current_context if self._loader else None
        found = chosen["context"].get("namespace") if chosen else None
        return str(found or "default")

    async def _client(self) -> _Client:
        """The client, made at first use. ConnectionError if the configuration can not be read: a file may be half written."""
        async with self._lock:
            if self._current is None:
                try:
                    self._configuration = self._configuration or await self._configured()
                except TidegateError as failure:
                    raise ConnectionError(str(failure)) from None
                api = library()[0].ApiClient(self._configuration)
                api.rest_client.pool_manager.trace_configs.append(_last_look())
                self._current = _Client(api)
            return self._current

    async def _configured(self) -> Any:
        """A Configuration of our own: the refresh of tokens must reach the client that is in use."""
        client, config = await asyncio.to_thread(library)  # some tenths of a second, in which others go on
        made = client.Configuration()
        made.connection_pool_maxsize = 0  # each watch holds a connection; the 101st would wait for ever
        try:
            if self._kubeconfig is None:
                config.load_incluster_config(client_configuration=made)
            else:
                _there(self._kubeconfig)
                self._loader = await config.load_kube_config(
                    config_file=str(self._kubeconfig),
                    context=self._context or None,
                    client_configuration=made,
                    persist_config=False,
                )
                self._loaded.set()
        except Exception as failure:  # the library meets somebody's file, and lets YAML, base64 and missing keys through
            where = "in this pod" if self._kubeconfig is None else f"in {self._kubeconfig}"
            why = " ".join(str(failure).split()) or type(failure).__name__
            raise TidegateError(f"no cluster configuration can be read {where}: {why}") from None
        return made

    @contextlib.asynccontextmanager
    async def get(self, path: str, query: Mapping[str, str], silence: float) -> AsyncIterator[Answer]:
        async with self._call("GET", path, query, silence, {}, None) as raw:
            yield _RawAnswer(raw)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content: str = JSON, query: Mapping[str, str] = {}
    ) -> bytes:
        """See Sender. The caller limits the time."""
        sent = msgspec.json.encode(body, order="sorted") if content == YAML else body  # the library passes bytes on as they are
        async with self._call(method, path, query, None, {"Content-Type": content}, sent) as raw:
            said = bytes(await raw.read())
            if not 200 <= raw.status < 300:
                raise refusal(int(raw.status), said, _RawAnswer(raw).headers)
            return said

    @contextlib.asynccontextmanager
    async def _call(  # noqa: PLR0917
        self, method: str, path: str, query: Mapping[str, str], silence: float | None, headers: Mapping[str, str], body: Any
    ) -> AsyncIterator[Any]:
        import aiohttp  # noqa: PLC0415 -- loaded with the client

        client = await self._client()
        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=silence)
        try:
            async with client.used() as api:
                raw = await api.call_api(
                    path,
                    method,
                    query_params=list(query.items()),
                    header_params={"Accept": "application/json", **headers},
                    body=body,
                    auth_settings=["BearerToken"],
                    _preload_content=False,
                    _request_timeout=limits,
                )
                try:
                    if raw.status == 401:
                        await self._renew(client)
                    yield raw
                finally:
                    raw.close()
        except aiohttp.ClientError as failure:
            if isinstance(failure, aiohttp.ClientConnectorCertificateError):
                await self._renew(client)
            raise ConnectionError(str(failure) or type(failure).__name__) from failure

    async def _renew(self, used: _Client) -> None:
        """The next request reads files anew, since tokens and CA certificates rotate. Many requests fail at once; one renews."""
        if self._current is used:
            self._current = self._configuration = None
            await used.retire()

    async def refresh(self) -> None:
        """Until cancelled: renew the tokens of exec plugins and cloud providers before they end."""
        await self._loaded.wait()
        config = library()[1]
        while True:
            try:
                await config.refresh_token(self._loader, self._configuration, _REFRESH)
            except Exception as failure:  # a plugin may raise anything; the old token is used as long as it holds
                log.warning(f"the token can not be renewed: {failure}")
            await asyncio.sleep(_REFRESH)

    async def close(self) -> None:
        if self._current is not None:
            await self._current.retire()
            self._current = None
