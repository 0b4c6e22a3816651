"""Tells in the status of FlowSchemas whether their priority level is there (kube-apiserver's own loop, util/flowcontrol)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_SCHEMAS = "flowschemas.flowcontrol.apiserver.k8s.io"
_LEVELS = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"


class FlowSchemaController(Loop):
    """Keys are names of FlowSchemas."""

    name = "flow-schema-status"
    user = "system:apiserver"
    groups = ("system:masters",)
    manager = "api-priority-and-fairness-config-consumer-v1"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the loop."""
        return {_SCHEMAS: object_key, _LEVELS: self._level_changed}

    def _level_changed(self, change: Change) -> Iterable[str]:
        if change.type == "MODIFIED":
            return ()
        return [meta.name(schema) for schema in self.client.items(_SCHEMAS) if _level(schema) == meta.name(change.object)]

    def reconcile(self, key: str) -> float | None:
        """Set the condition Dangling."""
        schema = self.client.find(_SCHEMAS, key)
        if schema is None:
            return None
        level = _level(schema)
        is_there = self.client.find(_LEVELS, level) is not None
        head = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}"'
        wanted = {"type": "Dangling", "status": "False" if is_there else "True", "reason": "Found" if is_there else "NotFound",
                  "message": f"{head} and it exists" if is_there else f"{head} but there is no such object"}  # fmt: skip
        current = meta.condition(schema, "Dangling")
        if current is None or any(current.get(field) != value for field, value in wanted.items()):
            is_same = current is not None and current["status"] == wanted["status"]
            wanted["lastTransitionTime"] = current["lastTransitionTime"] if is_same and current else rfc3339(self.clock.now())
            self.client.update_status({**schema, "status": {**(schema.get("status") or {}), "conditions": [wanted]}})
        return None


def _level(schema: Object) -> str:
    return str(((schema.get("spec") or {}).get("priorityLevelConfiguration") or {}).get("name", ""))
