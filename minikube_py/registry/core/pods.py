"""Pods (pkg/registry/core/pod)."""

from collections.abc import Callable, Iterable
from typing import Any

from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.pod import amounts, annotations, defaults, disabled, rules, update, validation
from minikube_py.registry.strategy import Context, Strategy

_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_KEPT = ("deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences")
_GATED = "Scheduling is blocked due to non-empty scheduling gates"


class Pods(Strategy):
    """The rules of pods. Their main resource keeps the status; /status, /ephemeralcontainers and /resize keep the rest."""

    labels_indexed = True
    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in the pod and its containers."""
        defaults.pod(obj)

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start as Pending, with the class of quality that the requests make."""
        spec = obj["spec"]
        obj["metadata"]["generation"] = 1
        obj["status"] = {"phase": "Pending", "qosClass": amounts.qos_class(spec)}
        # Admission may have set serviceAccountName after the defaults.
        defaults.service_account(spec)
        if spec.get("schedulingGates"):
            condition = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": _GATED}
            obj["status"]["conditions"] = [condition | {"lastProbeTime": None, "lastTransitionTime": None}]
        if spec.get("affinity"):
            _merge_label_keys(spec["affinity"], meta.labels(obj))
        if obj["metadata"].get("annotations") and (spec.get("os") or {}).get("name") != "windows":
            _app_armor_fields(obj, context.warn)

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep the status."""
        if "spec" in obj:
            defaults.service_account(obj["spec"])
        super().prepare_update(obj, old, context)

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Keep all but what the subresource is for."""
        if subresource == "status":
            obj["spec"] = old["spec"]
            _keep_metadata(obj, old, _KEPT)
            status = obj.setdefault("status", {})
            _agree(status)
            disabled.drop_of_status(status)
            if not status.get("qosClass") and (old.get("status") or {}).get("qosClass"):
                status["qosClass"] = old["status"]["qosClass"]
            return
        _keep_metadata(obj, old, (*_KEPT, "finalizers", "annotations", "labels"))
        obj["status"] = old.get("status", {})
        if subresource == "ephemeralcontainers":
            added = obj["spec"].get("ephemeralContainers")
            obj["spec"] = {field: value for field, value in old["spec"].items() if field != "ephemeralContainers"}
            if added:
                obj["spec"]["ephemeralContainers"] = added
        elif subresource == "resize":
            from minikube_py.registry.pod import resize

            resize.keep(obj, old)
        if obj["spec"] != old["spec"]:
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate(self, obj: Object) -> list[FieldError]:
        """Check a new pod."""
        return validation.create(obj)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check an update: little of a pod may change."""
        return update.main(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check an update through /status, /ephemeralcontainers or /resize."""
        if subresource == "ephemeralcontainers":
            return update.ephemeral(obj, old)
        if subresource == "resize":
            from minikube_py.registry.pod import resize

            return resize.validate(obj, old)
        return update.status(obj, old)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about new pods only, as kube-apiserver does."""
        if old is not None:
            return []
        from minikube_py.registry.pod import warnings  # what only reads does without

        return warnings.for_pod(obj)

    def fields(self, obj: Object) -> dict[str, str]:
        """Return what field selectors of pods may name."""
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        ips = status.get("podIPs") or ()
        return {
            "spec.nodeName": spec.get("nodeName", ""),
            "spec.restartPolicy": spec.get("restartPolicy", ""),
            "spec.schedulerName": spec.get("schedulerName", ""),
            "spec.serviceAccountName": spec.get("serviceAccountName", ""),
            "spec.hostNetwork": "true" if spec.get("hostNetwork") else "false",
            "status.phase": status.get("phase", ""),
            "status.podIP": ips[0].get("ip", "") if ips else status.get("podIP", ""),
            "status.podIPs": ips[0].get("ip", "") if ips else status.get("podIP", ""),
            "status.nominatedNodeName": status.get("nominatedNodeName", ""),
        }

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("node", name), empty while there is none."""
        return (("node", (obj.get("spec") or {}).get("nodeName", "")),)

    def grace_period(self, obj: Object, asked: int | None) -> int:
        """Return the pod's own grace period unless another is asked for; what runs nowhere needs none."""
        spec = obj.get("spec") or {}
        if not spec.get("nodeName") or meta.is_over(obj):
            return 0
        period = asked if asked is not None else spec.get("terminationGracePeriodSeconds") or 0
        return period if period >= 0 else 1


def _agree(status: dict[str, Any]) -> None:
    """Let podIP and podIPs agree: for older kubelets, what knows of one address only decides."""
    all_of_them = status.get("podIPs")
    first = all_of_them[0].get("ip", "") if all_of_them else ""
    if status.get("podIP") and status["podIP"] != first:
        status["podIPs"] = [{"ip": status["podIP"]}]
    elif first and not status.get("podIP"):
        status["podIP"] = first


def _keep_metadata(obj: Object, old: Object, fields: Iterable[str]) -> None:
    for field in fields:
        if field in old["metadata"]:
            obj["metadata"][field] = old["metadata"][field]
        else:
            obj["metadata"].pop(field, None)


def _merge_label_keys(affinity: Object, labels: dict[str, str]) -> None:
    """Turn matchLabelKeys and mismatchLabelKeys into expressions with the pod's own labels."""
    for field in ("podAffinity", "podAntiAffinity"):
        value = affinity.get(field) or {}
        terms = [*(value.get(_REQUIRED) or ()), *(item.get("podAffinityTerm") or {} for item in value.get(_PREFERRED) or ())]
        for term in terms:
            selector = term.get("labelSelector")
            if selector is None:
                continue
            for source, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
                for key in term.get(source) or ():
                    if key in labels:
                        expression = {"key": key, "operator": operator, "values": [labels[key]]}
                        selector.setdefault("matchExpressions", []).append(expression)


def _app_armor_fields(obj: Object, warn: Callable[[str], object]) -> None:
    """Copy what old AppArmor annotations ask for into the fields that replaced them, and warn where that was needed."""
    spec, notes = obj["spec"], obj["metadata"]["annotations"]
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    for item, _ in rules.visit(spec, ""):
        key = annotations.APP_ARMOR + item.get("name", "")
        context = item.get("securityContext") or {}
        if key not in notes or context.get("appArmorProfile") is not None:
            continue
        profile = annotations.app_armor_profile(notes[key])
        if profile is not None and profile != whole:
            item["securityContext"] = {**context, "appArmorProfile": profile}
        if profile is None or profile != whole:
            warn(f"metadata.annotations[{key}]: {annotations.OLD_APP_ARMOR}")


def bind(pod: Object, binding: Object) -> None:
    """Assign a pod to the node that a Binding names, in place. Invalid, or Conflict where the pod cannot be bound (any more)."""
    name, target = pod["metadata"]["name"], binding.get("target") or {}
    found = []
    if target.get("kind", "") not in ("", "Node"):
        found.append(fielderrors.not_supported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        found.append(fielderrors.required("target.name"))
    if found:
        raise errors.Invalid("Binding", name, found)
    if meta.is_deleting(pod):
        raise errors.Conflict("pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host")
    if pod["spec"].get("nodeName"):
        raise errors.Conflict("pods/binding", name, f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"')
    if pod["spec"].get("schedulingGates"):
        raise errors.Conflict("pods/binding", name, f"pod {name} has non-empty .spec.schedulingGates")
    uid = binding["metadata"].get("uid")
    if uid and uid != meta.uid(pod):
        text = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta.uid(pod)}"
        raise errors.Conflict("pods/binding", name, text)
    pod["spec"]["nodeName"] = target["name"]
    for field in ("annotations", "labels"):
        if binding["metadata"].get(field):
            pod["metadata"].setdefault(field, {}).update(binding["metadata"][field])


STRATEGY = Pods()
