"""ReplicationControllers."""

from minikube_py.machinery import fielderrors, selectors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.pod import defaults, gotext, rules, validation, workload

_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


class ReplicationControllers(workload.Replicated):
    """The forerunner of ReplicaSets: its selector is a plain map of labels, which defaults to the template's."""

    kind = "ReplicationController"
    counts = _COUNTS

    def default(self, obj: Object) -> None:
        """Fill in selector and labels from the template, and the template."""
        spec = obj.setdefault("spec", {})
        template = spec.get("template")
        labels = ((template or {}).get("metadata") or {}).get("labels")
        if labels:
            if not spec.get("selector"):
                spec["selector"] = dict(labels)
            if not obj["metadata"].get("labels"):
                obj["metadata"]["labels"] = dict(labels)
        spec.setdefault("replicas", 1)
        defaults.template_of(obj, template)

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Check the spec (ValidateReplicationControllerSpec)."""
        spec = obj["spec"]
        found = rules.nonnegative(spec, ("minReadySeconds",), "spec")
        selector, template = spec.get("selector"), spec.get("template")
        if not selector:
            found.append(fielderrors.required("spec.selector"))
        found += rules.nonnegative(spec, ("replicas",), "spec")
        if template is None:
            return [*found, fielderrors.required("spec.template")]
        labels = (template.get("metadata") or {}).get("labels")
        if selector and not selectors.from_labels(selector).matches(labels):
            text = "`selector` does not match template `labels`"
            found.append(fielderrors.invalid("spec.template.metadata.labels", gotext.string_map(labels), text))
        if old is None or old["spec"].get("template") != template:
            found += validation.template(template, "spec.template")
        return found + workload.always(template, "spec.template", self.kind)


STRATEGY = ReplicationControllers()
