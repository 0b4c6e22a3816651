"""StatefulSets."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names, selectors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import amounts, defaults, gotext, rules, validation, warnings, workload
from minikube_py.registry.strategy import Context

_COUNTS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount")
_CHANGEABLE = ("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
               "minReadySeconds")  # fmt: skip
_FORBIDDEN = (
    f"updates to statefulset spec for fields other than {', '.join(repr(field) for field in _CHANGEABLE[:-1])} "
    f"and '{_CHANGEABLE[-1]}' are forbidden"
)


class StatefulSets(workload.Workload):
    """StatefulSets of apps/v1. Their template's pod spec is not looked at, as it mounts volumes that only the pods will have."""

    kind = "statefulset"
    counts = _COUNTS
    warns_of_names = False

    def default(self, obj: Object) -> None:
        """Fill in policies, replicas, history, template and claims."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("podManagementPolicy", "OrderedReady")
        spec.setdefault("serviceName", "")  # Go always writes it
        strategy = spec.setdefault("updateStrategy", {})
        if not strategy.get("type"):
            strategy["type"] = "RollingUpdate"
            strategy.setdefault("rollingUpdate", {})
        if strategy["type"] == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
            strategy["rollingUpdate"].setdefault("partition", 0)
        # MaxUnavailableStatefulSet is off by default in v1.33, and the field is dropped then.
        (strategy.get("rollingUpdate") or {}).pop("maxUnavailable", None)
        policy = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
        for field in ("whenDeleted", "whenScaled"):
            if not policy.get(field):
                policy[field] = "Retain"
        if spec.get("ordinals") is not None:
            spec["ordinals"].setdefault("start", 0)  # Go always writes it
        spec.setdefault("replicas", 1)
        spec.setdefault("revisionHistoryLimit", 10)
        defaults.template_of(obj, spec.setdefault("template", {}))
        try:
            for claim in spec.get("volumeClaimTemplates") or ():
                _claim(claim)
        except ValueError as error:
            raise defaults.unreadable(obj, error) from None

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start without replicas."""
        super().prepare_create(obj, context)
        obj["status"] = {"replicas": 0, "availableReplicas": 0}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata, whose name becomes part of host names, and spec."""
        return objectmeta.validate(obj["metadata"], name_rule=names.is_dns_label) + self.spec(obj, None)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change; most of the spec must stay."""
        found = super().validate_update(obj, old)
        new, before = ({field: value for field, value in one["spec"].items() if field not in _CHANGEABLE} for one in (obj, old))
        return found if new == before else [*found, fielderrors.forbidden("spec", _FORBIDDEN)]

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Check the spec (ValidateStatefulSetSpec)."""
        spec = obj["spec"]
        found = _policies(spec)
        found += rules.nonnegative(spec, ("replicas", "minReadySeconds"), "spec")
        start = (spec.get("ordinals") or {}).get("start") or 0
        if start < 0:
            found.append(fielderrors.invalid("spec.ordinals.start", start, fielderrors.NEGATIVE))
        if old is None and spec.get("serviceName"):  # it cannot change, and an old one may be as it is
            found += rules.each("spec.serviceName", spec["serviceName"], names.dns_label(spec["serviceName"]))
        found += workload.selector(spec.get("selector"), "spec.selector", self.kind)
        template = spec.get("template") or {}
        try:
            selectors.from_object(spec.get("selector"))
            found += _template(spec.get("selector"), template)
        except ValueError:
            found.append(fielderrors.invalid("spec.selector", gotext.label_selector(spec.get("selector")), ""))
        return found + workload.always(template, "spec.template", "StatefulSet")

    def status(self, status: Mapping[str, Any]) -> list[FieldError]:
        """Check counts against each other."""
        fields = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
        found = workload.at_most(status, fields, "replicas", "status.replicas")
        return found + workload.at_most(status, ("availableReplicas",), "readyReplicas", "status.readyReplicas")

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn of the template, and of a history without end."""
        found = super().warnings(obj, old)
        for index, claim in enumerate(obj["spec"].get("volumeClaimTemplates") or ()):
            path = f"spec.volumeClaimTemplates[{index}]" + ("" if old is None else ".Spec")  # both are kube-apiserver's slips
            found += warnings.for_storage(claim.get("spec") or {}, path)
        if (obj["spec"].get("revisionHistoryLimit") or 0) < 0:
            text = "a negative value retains all historical revisions; a value >= 0 is recommended"
            found.append(f"spec.revisionHistoryLimit: {text}")
        return found


def _claim(claim: dict[str, Any]) -> None:
    """Fill in a claim template, which Go encodes like a claim of its own."""
    claim["apiVersion"], claim["kind"] = "v1", "PersistentVolumeClaim"
    claim.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    spec = claim.setdefault("spec", {})
    spec.setdefault("volumeMode", "Filesystem")
    amounts.settle_requirements(spec.setdefault("resources", {}))
    claim.setdefault("status", {}).setdefault("phase", "Pending")


def _template(selector: Mapping[str, Any] | None, template: Mapping[str, Any]) -> list[FieldError]:
    metadata = template.get("metadata") or {}
    found = workload.matched(selector, template, "spec.template")
    found += objectmeta.labels(metadata.get("labels") or {}, "spec.template.labels")
    return found + validation.template_annotations(metadata, template.get("spec") or {}, "spec.template")


def _policies(spec: Mapping[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    management = spec.get("podManagementPolicy", "")
    if management not in ("OrderedReady", "Parallel"):
        found.append(fielderrors.invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'"))
    found += _strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    policy = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for field in ("whenDeleted", "whenScaled"):
        if policy and policy.get(field) not in ("Retain", "Delete"):
            path = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            found.append(fielderrors.not_supported(path, policy.get(field, ""), ("Retain", "Delete")))
    return found


def _strategy(strategy: Mapping[str, Any], path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if not kind:
        return [fielderrors.required(path)]
    if kind == "OnDelete":
        if rolling is None:
            return []
        shown = gotext.struct("apps.RollingUpdateStatefulSetStrategy", rolling)
        return [fielderrors.invalid(f"{path}.rollingUpdate", shown, "only allowed for updateStrategy 'RollingUpdate'")]
    if kind != "RollingUpdate":
        shown = gotext.struct("apps.StatefulSetUpdateStrategy", strategy)
        return [fielderrors.invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    if rolling is None:
        return []
    return rules.nonnegative(rolling, ("partition",), f"{path}.rollingUpdate")


STRATEGY = StatefulSets()
