"""Every directive that a bundle of ours may hold, by the block it stands in. What is not listed here is refused.

Data, and written by hand: a template that says something new needs a line here too, so that somebody looks twice. No entry runs
code, loads modules (but stream's, from a path that the binary itself named) or opens files outside the bundle.
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EACH = _words(
    "pass connect_timeout read_timeout send_timeout next_upstream_tries next_upstream_timeout hide_header set_header "
    "ssl_session_reuse ssl_server_name ssl_name"
)
ALLOWED: Mapping[str, frozenset[str]] = {
    "": _words("load_module pid error_log worker_processes worker_shutdown_timeout events http stream"),
    "events": _words("worker_connections"),
    "http": _words(
        "client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path default_type server_tokens "
        "uninitialized_variable_warn map_hash_bucket_size map_hash_max_size variables_hash_max_size keepalive_timeout "
        "client_header_timeout client_body_timeout send_timeout "
        "keepalive_min_timeout client_header_buffer_size large_client_header_buffers client_max_body_size merge_slashes "
        "underscores_in_headers gzip gzip_comp_level gzip_min_length gzip_proxied gzip_vary gzip_types geo map set_real_ip_from "
        "real_ip_header real_ip_recursive log_format access_log upstream resolver resolver_timeout add_header "
        "recursive_error_pages error_page proxy_http_version proxy_next_upstream grpc_next_upstream proxy_request_buffering "
        "proxy_max_temp_file_size "
        "proxy_set_header grpc_set_header proxy_hide_header grpc_hide_header ssl_protocols ssl_ciphers ssl_prefer_server_ciphers "
        "ssl_session_timeout ssl_session_cache ssl_session_tickets ssl_certificate_cache server"
    ),
    "stream": _words("log_format access_log map set_real_ip_from upstream server"),
    "upstream": _words("server keepalive"),
    "server": _words(
        "listen server_name http2 ssl_certificate ssl_certificate_key ssl_reject_handshake include access_log location "
        "proxy_pass proxy_connect_timeout proxy_timeout proxy_protocol return"
    ),
    "location": _words(
        "set if return internal alias default_type charset types error_page client_max_body_size proxy_buffering proxy_buffers "
        "proxy_buffer_size proxy_busy_buffers_size proxy_http_version proxy_pass_trailers stub_status "
        "keepalive_timeout"
    )
    | {f"{mode}_{name}" for mode in ("proxy", "grpc") for name in _EACH},
    "if": _words("return"),
    "types": frozenset(),
}
"""By the first word of the block. What stands in ``map`` and ``geo`` are keys and values, not directives."""
TABLES = frozenset({"map", "geo"})
INCLUDED = frozenset(
    {
        "server.conf", "maps/hosts.map", "maps/wildcards.map", "maps/suffixes.map", "maps/exact.map", "maps/roots.map",
        "maps/defaults.map", "maps/certificates.map", "maps/wildcard-certificates.map",
        *(f"maps/prefix{depth}.map" for depth in range(1, 33)),
    }
)  # fmt: skip
