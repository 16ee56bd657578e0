"""Priority and fairness of the API server: a service account that has no turn for a while, and is told so by the server itself."""

import contextlib
import http.client
from collections.abc import Iterator
from typing import Any

from tests.support.cluster.api import RefusedError
from tests.support.cluster.cluster import Cluster, until

_GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1"
_EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
_LEVEL: dict[str, Any] = {
    "type": "Limited",
    "limited": {
        "nominalConcurrencyShares": 0,
        "lendablePercent": 0,
        "borrowingLimitPercent": 0,
        "limitResponse": {"type": "Reject"},
    },
}


@contextlib.contextmanager
def no_seat(cluster: Cluster, namespace: str, name: str) -> Iterator[None]:
    """While the block runs, all that the account asks for is answered 429 with Retry-After.

    A level without shares still serves one request at a time. So somebody else of the same level holds that seat: with a request
    whose body does not come. The server waits for it for a minute.
    """
    holder = "holder"
    cluster.account(namespace, holder, [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]}])
    level = {"metadata": {"name": namespace}, "spec": _LEVEL}
    who = [{"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": each}} for each in (name, holder)]
    rules = [{"subjects": who, "resourceRules": [_EVERYTHING]}]
    flow = {
        "metadata": {"name": namespace},
        "spec": {"matchingPrecedence": 2, "priorityLevelConfiguration": {"name": namespace}, "rules": rules},
    }
    kinds = {"prioritylevelconfigurations": level, "flowschemas": flow}
    with contextlib.ExitStack() as stack:
        for kind, item in kinds.items():
            cluster.api.call("POST", f"{_GROUP}/{kind}", item)
            stack.callback(_gone, cluster, f"{_GROUP}/{kind}/{namespace}")
        held = stack.enter_context(contextlib.closing(_connection(cluster)))
        token = cluster.token(namespace, holder)
        until(lambda: _refused(cluster, namespace, cluster.token(namespace, name)) or _hold(held, namespace, token), 30)
        yield


def _connection(cluster: Cluster) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(*cluster.address, context=cluster.context(), timeout=10)


def _hold(held: http.client.HTTPSConnection, namespace: str, token: str) -> None:
    """Anew each time: the server may have learned of the level or of the account's rights only after the last one."""
    held.close()
    held.putrequest("POST", f"/api/v1/namespaces/{namespace}/configmaps")
    for key, value in {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Content-Length": "1000"}.items():
        held.putheader(key, value)
    held.endheaders(b"{")


def _refused(cluster: Cluster, namespace: str, token: str) -> bool:
    with contextlib.closing(_connection(cluster)) as asked:
        asked.request("GET", f"/api/v1/namespaces/{namespace}", headers={"Authorization": f"Bearer {token}"})
        return asked.getresponse().status == 429


def _gone(cluster: Cluster, path: str) -> None:
    with contextlib.suppress(RefusedError):
        cluster.api.call("DELETE", path)
