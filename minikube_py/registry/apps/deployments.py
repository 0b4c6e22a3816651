"""Deployments."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.pod import defaults, gotext, rules, workload

_COUNTS = ("observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
           "collisionCount")  # fmt: skip


class Deployments(workload.Workload):
    """Deployments of apps/v1."""

    kind = "deployment"
    counts = _COUNTS
    status_metadata = ("annotations", "finalizers", "ownerReferences")  # the controller notes the revision so, without a new generation

    def default(self, obj: Object) -> None:
        """Fill in replicas, strategy, history, deadline and template."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        defaults.rolling_update(spec.setdefault("strategy", {}), unavailable="25%", surge="25%")
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
        defaults.template_of(obj, spec.setdefault("template", {}))

    def spec_changed(self, obj: Object, old: Object) -> bool:
        """Count new annotations as a change too: they are copied to ReplicaSets."""
        if obj.get("spec") != old.get("spec"):
            return True
        return bool((obj["metadata"].get("annotations") or {}) != (old["metadata"].get("annotations") or {}))

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change; the selector must stay."""
        return super().validate_update(obj, old) + workload.immutable_selector(obj, old)

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Check the spec (ValidateDeploymentSpec)."""
        spec = obj["spec"]
        found = rules.nonnegative(spec, ("replicas",), "spec")
        found += workload.selector(spec.get("selector"), "spec.selector", self.kind)
        found += workload.template(spec, old, "ReplicaSet")
        found += _strategy(spec.get("strategy") or {}, "spec.strategy")
        found += rules.nonnegative(spec, ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"), "spec")
        deadline = spec.get("progressDeadlineSeconds")
        if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
            found.append(fielderrors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
        return found

    def status(self, status: Mapping[str, Any]) -> list[FieldError]:
        """Check counts against each other."""
        fields = ("updatedReplicas", "readyReplicas", "availableReplicas")
        found = workload.at_most(status, fields, "replicas", "status.replicas")
        return found + workload.at_most(status, ("availableReplicas",), "readyReplicas", "readyReplicas")


def _strategy(strategy: Mapping[str, Any], path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is None:
            return []
        return [fielderrors.forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")]
    if kind != "RollingUpdate":
        # kube-apiserver shows the whole strategy, not its type.
        shown = gotext.struct("apps.DeploymentStrategy", strategy)
        return [fielderrors.not_supported(path, shown, ("Recreate", "RollingUpdate"))]
    if rolling is None:
        return [fielderrors.required(f"{path}.rollingUpdate", "this should be defaulted and never be nil")]
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    where = f"{path}.rollingUpdate.maxUnavailable"
    found = workload.int_or_percent(unavailable, where) + workload.int_or_percent(surge, f"{path}.rollingUpdate.maxSurge")
    if not workload.amount(unavailable) and not workload.amount(surge):
        found.append(fielderrors.invalid(where, gotext.int_or_string(unavailable), "may not be 0 when `maxSurge` is 0"))
    return found + workload.at_most_all(unavailable, where)


STRATEGY = Deployments()
