"""ReplicaSets."""

from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.pod import defaults, rules, workload

_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


class ReplicaSets(workload.Replicated):
    """ReplicaSets of apps/v1."""

    labels_indexed = True
    kind = "deployment"  # kube-apiserver's own slip in "empty selector is invalid for deployment"
    counts = _COUNTS

    def default(self, obj: Object) -> None:
        """Fill in replicas and template."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        defaults.template_of(obj, spec.setdefault("template", {}))

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change; the selector must stay."""
        return super().validate_update(obj, old) + workload.immutable_selector(obj, old)

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Check the spec (ValidateReplicaSetSpec)."""
        spec = obj["spec"]
        found = rules.nonnegative(spec, ("replicas", "minReadySeconds"), "spec")
        found += workload.selector(spec.get("selector"), "spec.selector", self.kind)
        return found + workload.template(spec, old, "ReplicaSet")


STRATEGY = ReplicaSets()
