"""DaemonController on a real API server: what it takes, what it refuses and says, what it shows."""

import json
from typing import Any

import pytest

from tests.support.cluster.api import Object, RefusedError
from tests.support.cluster.cluster import Cluster
from tests.support.cluster.placing import daemon

BASE: Object = {"selector": {"app": "web"}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}}}


def spec(**more: Any) -> Object:
    return json.loads(json.dumps(BASE)) | more


def pod(**more: Any) -> Object:
    made = spec()
    made["template"]["spec"] |= more
    return made


def rolling(**more: Any) -> Object:
    return spec(updateStrategy={"rollingUpdate": more})


def create(cluster: Cluster, namespace: str, given: Object) -> Object:
    item = daemon(namespace, "web", given)
    return dict(cluster.api.call("POST", f"/apis/tidegate.dev/v1alpha1/namespaces/{namespace}/daemoncontrollers", item))


REFUSED = [
    ({"template": BASE["template"]}, "spec.selector: Required value"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_what_is_refused_is_said(kinds: Cluster, namespace: str, given: Object, message: str) -> None:
    with pytest.raises(RefusedError) as wrong:
        create(kinds, namespace, given)
    assert message in str(wrong.value)
