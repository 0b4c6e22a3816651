"""What every object has: names, keys, owners, conditions. Objects are dicts in Kubernetes' own spelling."""

import marshal
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]
_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE_LABEL = "kubernetes.io/role"


def api_version(group: str, version: str) -> str:
    """Return `apps/v1`, or `v1` for the core group."""
    return f"{group}/{version}" if group else version


def split_api_version(text: str) -> tuple[str, str]:
    """Return (group, version) of `apps/v1`; the core group is the empty string."""
    group, slash, version = text.partition("/")
    return (group, version) if slash else ("", group)


def clone(obj: Object) -> Object:
    """Return a deep copy of JSON-shaped data. marshal is ten times as fast as copy.deepcopy; its format 2 never shares what was equal."""
    return marshal.loads(marshal.dumps(obj, 2))  # type: ignore[no-any-return]


def name(obj: Object) -> str:
    """Return metadata.name."""
    return obj["metadata"].get("name", "")  # type: ignore[no-any-return]


def namespace(obj: Object) -> str:
    """Return metadata.namespace; empty for cluster-scoped objects."""
    return obj["metadata"].get("namespace", "")  # type: ignore[no-any-return]


def uid(obj: Object) -> str:
    """Return metadata.uid."""
    return obj["metadata"].get("uid", "")  # type: ignore[no-any-return]


def labels(obj: Object) -> dict[str, str]:
    """Return metadata.labels, or an empty dict."""
    return obj["metadata"].get("labels") or {}


def annotations(obj: Object) -> dict[str, str]:
    """Return metadata.annotations, or an empty dict."""
    return obj["metadata"].get("annotations") or {}


def key(obj: Object) -> str:
    """Return `namespace/name`, or `name` for cluster-scoped objects (client-go's MetaNamespaceKeyFunc)."""
    space = namespace(obj)
    return f"{space}/{name(obj)}" if space else name(obj)


def split_key(text: str) -> tuple[str, str]:
    """Return (namespace, name) of what `key` made."""
    space, slash, rest = text.partition("/")
    return (space, rest) if slash else ("", space)


def controller_of(obj: Object) -> dict[str, Any] | None:
    """Return the owner reference that has `controller: true`."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return owner  # type: ignore[no-any-return]
    return None


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Tell whether `owner` is the controller of `obj`, by uid."""
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == uid(owner)


def controller_reference(owner: Object) -> dict[str, Any]:
    """Return the owner reference that a controller puts on what it makes."""
    return {
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": name(owner), "uid": uid(owner),
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


def object_reference(obj: Object) -> dict[str, str]:
    """Return a core/v1 ObjectReference to `obj`."""
    reference = {"kind": obj["kind"], "namespace": namespace(obj), "name": name(obj), "uid": uid(obj),
                 "apiVersion": obj["apiVersion"], "resourceVersion": obj["metadata"].get("resourceVersion", "")}  # fmt: skip
    return {field: value for field, value in reference.items() if value}


def is_deleting(obj: Object) -> bool:
    """Tell whether deletion was asked for."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def condition(obj: Object, kind: str) -> dict[str, Any] | None:
    """Return the condition of status.conditions whose type is `kind`."""
    for item in (obj.get("status") or {}).get("conditions") or ():
        if item.get("type") == kind:
            return item  # type: ignore[no-any-return]
    return None


def phase(obj: Object) -> str:
    """Return status.phase, or the empty string."""
    return (obj.get("status") or {}).get("phase") or ""


def is_over(pod: Object) -> bool:
    """Tell whether a pod has ended and takes nothing any more."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def containers(pod_spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield init containers, then containers, of a pod spec."""
    yield from pod_spec.get("initContainers") or ()
    yield from pod_spec.get("containers") or ()


def node_roles(node: Object) -> list[str]:
    """Return the roles that a node's labels tell of, sorted."""
    found = set()
    for label, value in labels(node).items():
        if label.startswith(_ROLE_PREFIX):
            found.add(label.removeprefix(_ROLE_PREFIX))
        elif label == _ROLE_LABEL:
            found.add(value)
    return sorted(found - {""})
