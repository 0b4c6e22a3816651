"""Which pods belong together: those that the same services and the same ReplicaSet, StatefulSet or ReplicationController select."""

from typing import Any

from minikube_py.client.api import Client
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_RESOURCES = {"ReplicaSet": "replicasets.apps", "StatefulSet": "statefulsets.apps", "ReplicationController": "replicationcontrollers"}


class Owners:
    """Looks services and owners up, each once in a process; a service's change is told by forget_services."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._services: dict[str, list[dict[str, str]]] = {}
        self._owners: dict[str, dict[str, Any]] = {}

    def selector(self, pod: Object) -> dict[str, Any] | None:
        """Return the label selector of the pod's like, None where nothing selects it (helper.DefaultSelector)."""
        labels = meta.labels(pod)
        matched: dict[str, str] = {}
        for wanted in self._selectors(meta.namespace(pod)):
            if all(labels.get(key) == value for key, value in wanted.items()):
                matched |= wanted
        owner = meta.controller_of(pod)
        own = self._owner(meta.namespace(pod), owner) if owner is not None and owner.get("kind") in _RESOURCES else {}
        wanted, expressions = own.get("matchLabels") or {}, list(own.get("matchExpressions") or ())
        if owner is not None and owner.get("kind") == "ReplicationController":
            matched |= wanted
        # Where another owner's selector contradicts a service's both must hold, and nobody is selected.
        expressions += [{"key": key, "operator": "In", "values": [wanted[key]]} for key in wanted if matched.get(key) not in (None, wanted[key])]
        matched = wanted | matched
        if not matched and not expressions:
            return None
        return {"matchLabels": matched, "matchExpressions": expressions}

    def forget_services(self, namespace: str) -> None:
        """Look at a namespace's services again."""
        self._services.pop(namespace, None)

    def _selectors(self, namespace: str) -> list[dict[str, str]]:
        known = self._services.get(namespace)
        if known is None:
            services = self._client.items("services", namespace)
            known = self._services[namespace] = [service["spec"]["selector"] for service in services if service["spec"].get("selector")]
        return known

    def _owner(self, namespace: str, owner: dict[str, Any]) -> dict[str, Any]:
        known = self._owners.get(owner["uid"])
        if known is None:
            found = self._client.find(_RESOURCES[owner["kind"]], owner["name"], namespace)
            selector = (found or {}).get("spec", {}).get("selector") or {}
            # A ReplicationController's selector is a plain map.
            known = {"matchLabels": selector} if owner["kind"] == "ReplicationController" else selector
            self._owners[owner["uid"]] = known
        return known
