"""Objects as JSON, YAML and names, as kubectl writes them."""

from typing import Any

from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers.tabwriter import Out


def json_text(value: Any, indent: str = "") -> str:
    """Return what Go's encoding/json writes of a map: sorted keys, `<`, `>` and `&` escaped."""
    from minikube_py.kits import jsonio

    return jsonio.go_json(value, indent)


def is_list(obj: Object) -> bool:
    """Tell whether an object is a list of objects."""
    return isinstance(obj.get("items"), list) and str(obj.get("kind", "")).endswith("List")


def new_list(items: list[Object]) -> Object:
    """Return the v1 List in which `kubectl get` shows several objects."""
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}


def without_managed_fields(obj: Object) -> Object:
    """Return an object, or a list of objects, without metadata.managedFields; the original stays as it is."""
    if is_list(obj):
        return {**obj, "items": [without_managed_fields(item) for item in obj["items"]]}
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {field: value for field, value in metadata.items() if field != "managedFields"}}


def event_object(obj: Object, event: str) -> Object:
    """Return what templates see: a watch event where there is one, otherwise the object."""
    return {"type": event, "object": obj} if event else obj


def _checked(obj: Object) -> Object:
    if not obj.get("kind") and not obj.get("apiVersion"):
        raise KctlError("missing apiVersion or kind; try GetObjectKind().SetGroupVersionKind() if you know the type")
    return obj


class JSONPrinter:
    """-o json"""

    def __init__(self, *, show_managed_fields: bool = False) -> None:
        self._show_managed_fields = show_managed_fields

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print an object; a watch event on one line."""
        if event:
            out.write(f'{{"type":{json_text(event)},"object":{json_text(obj)}}}\n')
            return
        shown = obj if self._show_managed_fields else without_managed_fields(obj)
        out.write(json_text(_checked(shown), "    ") + "\n")


class YAMLPrinter:
    """-o yaml; objects after the first are separated by `---`."""

    def __init__(self, *, show_managed_fields: bool = False) -> None:
        self._show_managed_fields = show_managed_fields
        self._count = 0

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print an object or a watch event."""
        from minikube_py.kits import yaml

        self._count += 1
        if self._count > 1:
            out.write("---\n")
        if event:
            out.write(yaml.dump(event_object(obj, event)))
            return
        out.write(yaml.dump(_checked(obj if self._show_managed_fields else without_managed_fields(obj))))


class NamePrinter:
    """-o name; with an operation, what commands say of what they did: deployment.apps/web created."""

    def __init__(self, operation: str = "") -> None:
        self._operation = f" {operation}" if operation else ""

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print the name of an object, or of each object of a list."""
        if is_list(obj):
            for item in obj["items"]:
                self.print_object(item, out)
            return
        group = meta.split_api_version(_checked(obj).get("apiVersion") or "")[0]
        kind = f"{obj['kind'].lower()}.{group}" if group else obj["kind"].lower()
        name = (obj.get("metadata") or {}).get("name") or "<unknown>"
        out.write(f"{kind}/{name}{self._operation}\n")
