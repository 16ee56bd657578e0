"""The values of settings, with their defaults."""

from router.base import parse
from router.base.frozen import Frozen
from router.base.parse import Address


class TcpService(Frozen, order=True):
    """``--tcp PORT=NAMESPACE/SERVICE:PORT``"""

    listen: int
    namespace: str
    service: str
    port: str | int


class Settings(Frozen):
    """Everything an operator can set. Units: seconds for durations of the process, milliseconds for those of requests."""

    # where it listens and lives
    http: Address = Address(host="0.0.0.0", port=8080)  # noqa: S104 -- a gateway listens everywhere
    https: Address = Address(host="0.0.0.0", port=8443)  # noqa: S104
    admin: Address = Address(host="127.0.0.1", port=9090)
    status: Address = Address(host="127.0.0.1", port=9091)
    state: str = ""
    plane_binary: str = ""
    reload_hook: str = ""
    hook_timeout: int = 30
    keep_bundles: int = 5
    drain_delay: int = 5
    drain_timeout: int = 30
    drain_file: str = ""
    quiet: int = 100
    quiet_limit: int = 2000
    pending_limit: int = 60
    # what it writes to the cluster
    leader_lease: str = ""
    lease_duration: int = 15
    publish_service: str = ""
    publish_address: tuple[str, ...] = ()
    publish_nodes: str = "off"
    events: bool = True
    controllers: tuple[str, ...] = ()
    # what it serves
    ingress_class: str = "tidegate"
    namespaces: tuple[str, ...] = ()
    host_ownership: str = "namespace"
    platform_domain: str = ""
    platform_certificate: str = ""
    default_certificate: str = ""
    tcp: tuple[TcpService, ...] = ()
    # how it serves: defaults that an app's annotation can change
    body_size: int = 1024 * 1024
    connect_timeout: int = 5_000
    read_timeout: int = 60_000
    send_timeout: int = 60_000
    ssl_enforce: bool = False
    hsts: bool = False
    hsts_max_age: int = 15552000
    hsts_include_subdomains: bool = False
    hsts_preload: bool = False
    default_whitelist: tuple[parse.Network, ...] = ()
    enforce_whitelists: bool = False
    whitelist_mode: str = "extend"
    referrer_policy: str = ""
    request_start: bool = False
    proxy_buffers: bool = False
    proxy_buffers_number: int = 8
    proxy_buffers_size: int = 4096
    proxy_buffers_busy_size: int = 8192
    retry_after: int = 60
    # how it serves: the whole router
    trusted_proxies: tuple[parse.Network, ...] = ()
    proxy_protocol: bool = False
    workers: int = 0
    worker_connections: int = 8192
    keepalive_timeout: int = 75_000
    client_timeout: int = 60_000
    gzip: bool = True
    gzip_level: int = 5
    gzip_min_length: int = 256
    gzip_types: tuple[str, ...] = ()
    gzip_vary: bool = True
    http2: bool = True
    server_tokens: bool = False
    ssl_session_cache: int = 10
    ssl_session_timeout: int = 86400
    ssl_session_tickets: bool = False
    resolvers: tuple[str, ...] = ()
    access_log: str = "stdout"
    error_log_level: str = "error"
    pages: str = ""
