"""What may change in a pod, and what not (ValidatePodUpdate, ValidatePodStatusUpdate and the other subresources)."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import annotations, containers, placement, rules, validation

_MAX_INT = 2**31 - 1
_CHANGEABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def metadata(obj: Object, old: Object) -> list[FieldError]:
    """Check the change of metadata alone."""
    found = objectmeta.update(obj, old)
    values, before = obj["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if values != before:
        found += annotations.validate_update(values, before)
        found += annotations.validate(values, obj["spec"], "metadata.annotations")
    return found


def main(obj: Object, old: Object) -> list[FieldError]:
    """Check an update of the pod itself."""
    spec, before = obj["spec"], old["spec"]
    if spec == before:
        return metadata(obj, old)
    found = objectmeta.update(obj, old) + validation.metadata_and_spec(obj)
    found += annotations.validate_update(obj["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {})
    for field in ("containers", "initContainers"):
        items, others = spec.get(field) or (), before.get(field) or ()
        if len(items) != len(others):
            return [*found, fielderrors.forbidden(f"spec.{field}", "pod updates may not add or remove containers")]
        found += _images(items, f"spec.{field}")
    deadline, stop = _deadline(spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    found += deadline
    if stop:
        return found
    found += _tolerations(spec.get("tolerations") or (), before.get("tolerations") or ())
    found += _gates(spec.get("schedulingGates") or (), before.get("schedulingGates") or ())
    munged, more = _munged(spec, before)
    found += more
    if munged != before:
        from minikube_py.registry.pod import diff

        text = f"pod updates may not change fields other than {_CHANGEABLE}\n{diff.pod_specs(before, munged)}"
        found.append(fielderrors.forbidden("spec", text))
    return found


def _images(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for index, item in enumerate(items):
        if not item.get("image"):
            found.append(fielderrors.required(f"{path}[{index}].image"))
        found += containers.padding(item, f"{path}[{index}]")
    return found


def _deadline(new: int | None, old: int | None) -> tuple[list[FieldError], bool]:
    path = "spec.activeDeadlineSeconds"
    if new is None:
        text = "must not update from a positive integer to nil value"
        return ([fielderrors.invalid(path, None, text)] if old is not None else []), False
    if not 0 <= new <= _MAX_INT:
        return [fielderrors.invalid(path, new, names.in_range(0, _MAX_INT))], True
    if old is not None and old < new:
        return [fielderrors.invalid(path, new, "must be less than or equal to previous value")], True
    return [], False


def _tolerations(new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    kept = [{**item, "tolerationSeconds": None} for item in new]
    for item in old:
        if {**item, "tolerationSeconds": None} not in kept:
            text = "existing toleration can not be modified except its tolerationSeconds"
            return [fielderrors.forbidden("spec.tolerations", text)]
    return placement.tolerations(new, "spec.tolerations")


def _gates(new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    known = {gate.get("name") for gate in old}
    found = []
    for index, gate in enumerate(new):
        if gate.get("name") not in known:
            text = f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'"
            found.append(fielderrors.forbidden(f"spec.schedulingGates[{index}].name", text))
    return found


def _munged(spec: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the new spec with everything put back that may change."""
    munged = dict(spec)
    for field in ("containers", "initContainers"):
        if spec.get(field):
            munged[field] = [{**item, "image": other.get("image")} for item, other in zip(spec[field], old[field], strict=True)]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _put_back(munged, old, field)
    if (old.get("terminationGracePeriodSeconds") or 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        _put_back(munged, old, "terminationGracePeriodSeconds")
    found: list[FieldError] = []
    if old.get("schedulingGates"):
        found += _gated(munged, old)
    return munged, found


def _put_back(munged: dict[str, Any], old: Mapping[str, Any], field: str) -> None:
    if field in old:
        munged[field] = old[field]
    else:
        munged.pop(field, None)


def _gated(munged: dict[str, Any], old: Mapping[str, Any]) -> list[FieldError]:
    """Let a pod that waits for gates be narrowed to fewer nodes."""
    found: list[FieldError] = []
    new, before = munged.get("nodeSelector") or {}, old.get("nodeSelector") or {}
    if new != before:
        if any(new.get(key) != value for key, value in before.items()):
            text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            found.append(fielderrors.invalid("spec.nodeSelector", new, text))
        _put_back(munged, old, "nodeSelector")
    affinity, other = munged.get("affinity") or {}, old.get("affinity") or {}
    if affinity.get("nodeAffinity") != other.get("nodeAffinity"):
        found += _narrowed(affinity.get("nodeAffinity"), other.get("nodeAffinity"))
        merged = {**affinity, "nodeAffinity": other.get("nodeAffinity")}
        munged["affinity"] = {field: value for field, value in merged.items() if value is not None}
        if not munged["affinity"] and "affinity" not in old:
            del munged["affinity"]
    return found


_TERMS = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"


def _narrowed(new: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> list[FieldError]:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    before = ((old or {}).get(required) or {}).get("nodeSelectorTerms")
    if not before:
        return []
    terms = ((new or {}).get(required) or {}).get("nodeSelectorTerms") or []
    if len(terms) != len(before):
        text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [fielderrors.invalid(_TERMS, fielderrors.GoText(repr(terms)), text)]
    for index, (term, other) in enumerate(zip(terms, before, strict=True)):
        for field in ("matchExpressions", "matchFields"):
            kept = (term.get(field) or [])[: len(other.get(field) or [])]
            if kept != (other.get(field) or []):
                text = "only additions are allowed (no mutations or deletions)"
                return [fielderrors.invalid(f"{_TERMS}[{index}]", fielderrors.GoText(repr(term)), text)]
    return []


def status(obj: Object, old: Object) -> list[FieldError]:
    """Check an update of the status."""
    found = metadata(obj, old)
    new, before = obj.get("status") or {}, old.get("status") or {}
    for index, condition in enumerate(new.get("conditions") or ()):
        found += objectmeta.label_name(condition.get("type", ""), f"status.conditions[{index}].Type")
    nominated = new.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        found += rules.each("status.nominatedNodeName", nominated, names.dns_subdomain(nominated))
    found += objectmeta.immutable(new.get("qosClass", ""), before.get("qosClass", ""), "status.qosClass")
    policy = old["spec"].get("restartPolicy", "Always")
    if policy != "Always":
        sidecars = {item["name"] for item in old["spec"].get("initContainers") or () if item.get("restartPolicy") == "Always"}
        found += _transitions(new, before, "containerStatuses", policy, set())
        found += _transitions(new, before, "initContainerStatuses", policy, sidecars)
    found += _transitions(new, before, "ephemeralContainerStatuses", "Never", set())
    found += _ips(new.get("podIPs") or (), before.get("podIPs") or (), "status.podIPs", "core.PodIP")
    entries = new.get("hostIPs") or ()
    if entries and entries[0].get("ip", "") != new.get("hostIP", ""):
        found.append(fielderrors.invalid("status.hostIPs[0].ip", entries[0].get("ip", ""), "must be equal to `hostIP`"))
    return found + _ips(entries, before.get("hostIPs") or (), "status.hostIPs", "core.HostIP")


def _transitions(new: Mapping[str, Any], old: Mapping[str, Any], field: str, policy: str, exempt: set[str]) -> list[FieldError]:
    """Refuse to bring a container back to life that is not to restart."""
    found = []
    alive = {item.get("name") for item in new.get(field) or () if (item.get("state") or {}).get("terminated") is None}
    for index, item in enumerate(old.get(field) or ()):
        ended = (item.get("state") or {}).get("terminated")
        if ended is None or item.get("name") in exempt or (ended.get("exitCode", 0) != 0 and policy == "OnFailure"):
            continue
        if item.get("name") in alive:
            text = "may not be transitioned to non-terminated state"
            found.append(fielderrors.forbidden(f"status.{field}[{index}].state", text))
    return found


def _ips(entries: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], path: str, kind: str) -> list[FieldError]:
    """Check addresses of a pod or its host: at most one of each family. What was there already may stay."""
    found: list[FieldError] = []
    texts, known = [entry.get("ip", "") for entry in entries], {entry.get("ip", "") for entry in old}
    for index, text in enumerate(texts):
        if text not in known:
            found += rules.each(f"{path}[{index}]", text, names.ip(text))
    return found + _pair(texts, path, kind) if len(texts) > 1 else found


def _pair(texts: Sequence[str], path: str, kind: str) -> list[FieldError]:
    from minikube_py.kits import gofmt
    from minikube_py.registry import addresses

    found: list[FieldError] = []
    bad = next((index for index, text in enumerate(texts) if addresses.parse(text) is None), None)
    if bad is not None:
        text = f"failed to check for dual stack with error:invalid IP[{bad}]: {texts[bad]}"
        found.append(fielderrors.FieldError("InternalError", path, "", text))
    if bad is not None or len(texts) > 2 or len(set(map(addresses.family, texts))) < 2:
        shown = fielderrors.GoText(f"[]{kind}{{" + ", ".join(f"{kind}{{IP:{gofmt.quote(text)}}}" for text in texts) + "}")
        found.append(fielderrors.invalid(path, shown, "may specify no more than one IP for each IP family"))
    return found


def ephemeral(obj: Object, old: Object) -> list[FieldError]:
    """Check an update of the ephemeral containers."""
    if annotations.MIRROR in (old["metadata"].get("annotations") or {}):
        return [fielderrors.forbidden("[]", "static pods do not support ephemeral containers")]
    found = objectmeta.update(obj, old) + validation.metadata_and_spec(obj)
    new = {item.get("name"): item for item in obj["spec"].get("ephemeralContainers") or ()}
    for item in old["spec"].get("ephemeralContainers") or ():
        name = item.get("name", "")
        if name not in new:
            text = f'existing ephemeral containers "{name}" may not be removed\n'
            found.append(fielderrors.forbidden("spec.ephemeralContainers", text))
        elif new[name] != item:
            from minikube_py.registry.pod import diff

            text = f'existing ephemeral containers "{name}" may not be changed\n{diff.ephemeral_containers(item, new[name])}'
            found.append(fielderrors.forbidden("spec.ephemeralContainers", text))
    return found
