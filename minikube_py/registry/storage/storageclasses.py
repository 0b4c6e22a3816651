"""StorageClasses: how volumes come about."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta

_RECLAIM = ("Delete", "Retain")
_BINDING = ("Immediate", "WaitForFirstConsumer")
_MAX_SIZE, _MAX_COUNT = 256 * 1024, 512


class StorageClasses(kind.Kind):
    """The rules of StorageClasses."""

    namespaced = False

    def default(self, obj: Object) -> None:
        """Fill in reclaim policy and binding mode."""
        if obj.get("reclaimPolicy") is None:
            obj["reclaimPolicy"] = "Delete"
        if obj.get("volumeBindingMode") is None:
            obj["volumeBindingMode"] = "Immediate"

    def contents(self, obj: Object) -> list[FieldError]:
        """Check provisioner, parameters, policy, mode and topologies."""
        provisioner = (obj.get("provisioner") or "").lower()
        found = checks.named("provisioner", provisioner, names.qualified_name) + _parameters(obj.get("parameters") or {})
        if obj.get("reclaimPolicy"):
            found += checks.one_of("reclaimPolicy", obj["reclaimPolicy"], _RECLAIM)
        if obj.get("volumeBindingMode") is None:
            found.append(fielderrors.required("volumeBindingMode"))
        else:
            found += checks.one_of("volumeBindingMode", obj["volumeBindingMode"], _BINDING)
        return found + _topologies(obj.get("allowedTopologies") or ())

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check contents, then hold parameters, provisioner, policy and mode."""
        found = objectmeta.update(obj, old) + self.contents(obj)
        for field in ("parameters", "provisioner", "reclaimPolicy"):
            if (obj.get(field) or None) != (old.get(field) or None):
                found.append(fielderrors.forbidden(field, f"updates to {field} are forbidden."))
        return found + checks.immutable("volumeBindingMode", obj.get("volumeBindingMode"), old.get("volumeBindingMode"))


def _parameters(parameters: dict[str, str]) -> list[FieldError]:
    if len(parameters) > _MAX_COUNT:
        return [fielderrors.too_long("parameters", _MAX_COUNT)]
    found = [fielderrors.invalid("parameters", "", "field can not be empty.")] if "" in parameters else []
    if sum(len(key.encode()) + len(value.encode()) for key, value in parameters.items()) > _MAX_SIZE:
        found.append(fielderrors.too_long("parameters", _MAX_SIZE))
    return found


def _topologies(terms: Any) -> list[FieldError]:
    found: list[FieldError] = []
    former: list[dict[str, set[str]]] = []
    for number, term in enumerate(terms):
        field = f"allowedTopologies[{number}].matchLabelExpressions"
        keys: dict[str, set[str]] = {}
        for index, expression in enumerate(term.get("matchLabelExpressions") or ()):
            found += _expression(f"{field}[{index}]", expression, keys)
        # kube-apiserver compares with as many empty terms as there are terms, too.
        twins = former.count(keys) + (0 if keys else len(terms))
        found += [fielderrors.duplicate(field, "")] * twins
        former.append(keys)
    return found


def _expression(field: str, expression: dict[str, Any], keys: dict[str, set[str]]) -> list[FieldError]:
    key, values = expression.get("key", ""), expression.get("values") or []
    found: list[FieldError] = []
    if not values:
        found.append(fielderrors.required(f"{field}.values"))
    for number, value in enumerate(values):
        if value in values[:number]:
            found.append(fielderrors.duplicate(f"{field}.values[{number}]", value))
    found += objectmeta.label_name(key, f"{field}.key")
    if key in keys:
        found.append(fielderrors.duplicate(f"{field}.key", key))
    keys[key] = set(values)
    return found


STRATEGY = StorageClasses()
