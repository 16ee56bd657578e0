"""Every keyword that a bundle of ours may hold, by section, and every action of its rules. What is not listed here is refused.

Data, and written by hand: a template that says something new needs a line here too, so that somebody looks twice. No entry runs
code (no ``lua``, no ``program``, no ``external-check``) or asks DNS for what a request says (no ``do-resolve``).
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED: Mapping[str, frozenset[str]] = {
    "global": _words(
        "default-path maxconn nbthread log hard-stop-after tune.bufsize tune.maxrewrite tune.http.maxhdr tune.ssl.cachesize "
        "tune.ssl.lifetime tune.ssl.default-dh-param ssl-default-bind-options ssl-default-bind-ciphers no"
    ),
    "defaults": _words("mode option timeout errorfile compression default-server"),
    "resolvers": _words("nameserver parse-resolv-conf accepted_payload_size hold"),
    "frontend": _words("bind log log-format acl http-request http-response http-after-response use_backend default_backend no"),
    "backend": _words(
        "http-request http-response http-after-response errorfile balance http-reuse retries option retry-on timeout server"
    ),
    "listen": _words("mode bind log log-format timeout option server"),
}
RULES = frozenset({"http-request", "http-response", "http-after-response"})
ACTIONS = _words(
    "set-var set-src deny return wait-for-body set-uri set-header add-header del-header redirect disable-l7-retry use-service"
)  # fmt: skip
"""After ``http-request`` and the like; of ``set-var(txn.x)`` the part before the bracket."""
