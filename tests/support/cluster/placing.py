"""Objects of the daemon and diurnal controllers for tests."""

from tests.support.cluster.api import Object

API = "tidegate.dev/v1alpha1"


def daemon(namespace: str, name: str, spec: Object) -> Object:
    return {"apiVersion": API, "kind": "DaemonController", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
