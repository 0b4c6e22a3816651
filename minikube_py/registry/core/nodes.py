"""Nodes."""

import json
from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind, objectmeta
from minikube_py.registry.core import resourcenames
from minikube_py.registry.strategy import Context

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_CIDR_FIXED = 'node updates may not change podCIDR except from "" to valid'
_PROVIDER_FIXED = 'node updates may not change providerID except from "" to valid'


class Nodes(kind.Kind):
    """The rules of Nodes. A node may be created with its status, as kubelets do."""

    namespaced = False
    has_status = True

    def default(self, obj: Object) -> None:
        """Let podCIDR and podCIDRs agree, and allocatable be the capacity where it is not given."""
        spec = obj.setdefault("spec", {})
        if spec.get("podCIDR") and spec["podCIDR"] != next(iter(spec.get("podCIDRs") or ()), ""):
            spec["podCIDRs"] = [spec["podCIDR"]]  # for older clients, what knows of one range only decides
        elif spec.get("podCIDRs") and not spec.get("podCIDR"):
            spec["podCIDR"] = spec["podCIDRs"][0]
        _default_status(obj)

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Keep the status that a kubelet registers with."""

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Keep all but the status."""
        super().prepare_subresource(subresource, obj, old, context)
        _default_status(obj)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check taints, amounts and CIDRs."""
        spec = obj.get("spec") or {}
        found = taints("metadata.taints", spec.get("taints") or ()) + _amounts(obj)
        cidrs = spec.get("podCIDRs") or []
        for number, cidr in enumerate(cidrs):
            found += addresses.cidr(f"spec.podCIDRs[{number}]", cidr)
        return found + _several(cidrs) if len(cidrs) > 1 else found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new node, and hold what a cloud or the controller manager assigned."""
        return objectmeta.update(obj, old) + self.contents(obj) + _addresses(obj) + _held(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check what an update may change, and the amounts of the status."""
        return objectmeta.update(obj, old) + _amounts(obj) + _addresses(obj) + _held(obj, old)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about fields that nothing reads any more."""
        spec = obj.get("spec") or {}
        found = []
        if spec.get("configSource") is not None:
            found.append("spec.configSource: the feature is removed")
        if spec.get("externalID"):
            found.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
        return found

    def fields(self, obj: Object) -> dict[str, str]:
        """Return whether the node is cordoned."""
        return {"spec.unschedulable": "true" if (obj.get("spec") or {}).get("unschedulable") else "false"}


def _default_status(obj: Object) -> None:
    status = obj.get("status") or {}
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])
    for field in ("capacity", "allocatable"):
        resourcenames.canonicalize(status.get(field))


def taints(field: str, listed: Any) -> list[FieldError]:
    """Check taints."""
    found: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for number, taint in enumerate(listed):
        key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
        found += checks.each(f"{field}[{number}].key", key, names.qualified_name(key))
        found += checks.joined(f"{field}[{number}].value", value, names.label_value(value), ";")
        if not effect:
            found.append(fielderrors.required(f"{field}[{number}].effect"))
        else:
            found += checks.one_of(f"{field}[{number}].effect", effect, _EFFECTS)
        if (key, effect) in seen:
            text = "taints must be unique by key and effect pair"
            found.append(fielderrors.FieldError("FieldValueDuplicate", f"{field}[{number}]", _go_taint(taint), text))
        seen.add((key, effect))
    return found


def _go_taint(taint: dict[str, Any]) -> fielderrors.GoText:
    key, value, effect = (json.dumps(taint.get(field, "")) for field in ("key", "value", "effect"))
    return fielderrors.GoText(f"core.Taint{{Key:{key}, Value:{value}, Effect:{effect}, TimeAdded:<nil>}}")


def _amounts(obj: Object) -> list[FieldError]:
    found: list[FieldError] = []
    status = obj.get("status") or {}
    for field in ("capacity", "allocatable"):
        for name, text in (status.get(field) or {}).items():
            found += resourcenames.amount(f"status.{field}.{name}", name, text)
    return found


def _several(cidrs: list[str]) -> list[FieldError]:
    found: list[FieldError] = []
    bad = next(((number, cidr) for number, cidr in enumerate(cidrs) if addresses.parse_cidr(cidr) is None), None)
    if bad:
        text = f"invalid CIDR[{bad[0]}]: <nil> (invalid CIDR address: {bad[1]})"
        text = f"invalid PodCIDRs. failed to check with dual stack with error:{text}"
        found.append(fielderrors.FieldError("InternalError", "spec.podCIDRs", "", text))
    families = {addresses.family(cidr.partition("/")[0]) for cidr in cidrs}
    if bad or len(cidrs) > 2 or len(families) < 2:
        found.append(fielderrors.invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family"))
    return found


def _addresses(obj: Object) -> list[FieldError]:
    listed = (obj.get("status") or {}).get("addresses") or []
    return [
        fielderrors.duplicate(
            f"status.addresses[{number}]",
            fielderrors.GoText(f"core.NodeAddress{{Type:{json.dumps(item.get('type', ''))}, Address:{json.dumps(item.get('address', ''))}}}"),
        )
        for number, item in enumerate(listed)
        if item in listed[:number]
    ]


def _held(obj: Object, old: Object) -> list[FieldError]:
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    found: list[FieldError] = []
    if before.get("podCIDRs") and before["podCIDRs"] != spec.get("podCIDRs"):
        found.append(fielderrors.forbidden("spec.podCIDRs", _CIDR_FIXED))
    if before.get("providerID") and before["providerID"] != spec.get("providerID"):
        found.append(fielderrors.forbidden("spec.providerID", _PROVIDER_FIXED))
    found += taints("metadata.taints", spec.get("taints") or ())
    if meta.name(obj) and spec.get("externalID", "") != before.get("externalID", ""):
        found.append(fielderrors.forbidden("spec.externalID", "may not be updated"))
    return found


STRATEGY = Nodes()
