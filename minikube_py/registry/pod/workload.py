"""What the kinds that make pods share: their selector and template, counts in their status, warnings about names."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names, selectors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import gotext, rules, validation, warnings
from minikube_py.registry.strategy import WRITTEN, Context, Strategy

NAMES = "Pod names and hostnames"
_MISMATCH = "`selector` does not match template `labels`"


class Workload(Strategy):
    """A kind with a pod template at spec.template and a status."""

    status_metadata: tuple[str, ...] = WRITTEN
    has_status = True
    kind = ""  # as its messages call it: deployment, ReplicaSet
    counts: tuple[str, ...] = ()  # the numbers of its status
    warns_of_names = True

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Return what is wrong with the spec."""
        return []

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata, then spec."""
        return objectmeta.validate(obj["metadata"]) + self.spec(obj, None)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check metadata, then the spec where it changed."""
        found = objectmeta.update(obj, old)
        return found if obj["spec"] == old["spec"] else found + self.spec(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check an update of the status (and for /scale, of the whole)."""
        if subresource != "status":
            return self.validate_update(obj, old)
        found = objectmeta.update(obj, old)
        status, before = obj.get("status") or {}, old.get("status") or {}
        found += rules.nonnegative(status, self.counts, "status") + self.status(status)
        new, had = status.get("collisionCount"), before.get("collisionCount")
        if had is not None and (new is None or new < had):
            found.append(fielderrors.invalid("status.collisionCount", new or 0, "cannot be decremented"))
        return found

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Drop what DeploymentReplicaSetTerminatingReplicas adds, which is off by default in v1.33."""
        super().prepare_subresource(subresource, obj, old, context)
        (obj.get("status") or {}).pop("terminatingReplicas", None)

    def status(self, status: Mapping[str, Any]) -> list[FieldError]:
        """Return what is wrong with the status beside negative numbers."""
        return []

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Reset the status; Go's encoder writes an empty one."""
        super().prepare_create(obj, context)
        obj["status"] = {}

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about the name of a new object, and about the template where it is new."""
        found = warnings.for_name(obj["metadata"].get("name", ""), NAMES) if old is None and self.warns_of_names else []
        if old is None or obj["spec"].get("template") != old["spec"].get("template"):
            found += warnings.for_template(obj["spec"].get("template"), "spec.template")
        return found


class Replicated(Workload):
    """A workload that is a number of equal pods: a ReplicaSet, or its forerunner."""

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start without replicas."""
        super().prepare_create(obj, context)
        obj["status"] = {"replicas": 0}

    def status(self, status: Mapping[str, Any]) -> list[FieldError]:
        """Check counts against each other."""
        fields = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
        found = at_most(status, fields, "replicas", "status.replicas")
        return found + at_most(status, ("availableReplicas",), "readyReplicas", "readyReplicas")

    def fields(self, obj: Object) -> dict[str, str]:
        """Return status.replicas."""
        return {"status.replicas": str((obj.get("status") or {}).get("replicas") or 0)}


def at_most(status: Mapping[str, Any], fields: Iterable[str], limit: str, shown: str) -> list[FieldError]:
    """Check that counts are not above another count of the status."""
    most = status.get(limit) or 0
    return [
        fielderrors.invalid(f"status.{field}", status.get(field) or 0, f"cannot be greater than {shown}")
        for field in fields
        if (status.get(field) or 0) > most
    ]


def selector(value: Mapping[str, Any] | None, path: str, kind: str) -> list[FieldError]:
    """Check a required selector that must not select everything."""
    if value is None:
        return [fielderrors.required(path)]
    found = objectmeta.label_selector(value, path)
    if not value.get("matchLabels") and not value.get("matchExpressions"):
        found.append(fielderrors.invalid(path, gotext.label_selector(value), f"empty selector is invalid for {kind}"))
    return found


def matched(value: Mapping[str, Any] | None, template: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check that a template's labels are what a selector selects; a selector that is no good is reported elsewhere."""
    try:
        wanted = selectors.from_object(value)
    except ValueError:
        return []
    labels = (template.get("metadata") or {}).get("labels")
    if wanted.empty or wanted.matches(labels):
        return []
    return [fielderrors.invalid(f"{path}.metadata.labels", gotext.string_map(labels), _MISMATCH)]


def template(spec: Mapping[str, Any], old: Object | None, kind: str) -> list[FieldError]:
    """Check spec.selector against spec.template, and the template (ValidatePodTemplateSpecForReplicaSet)."""
    value = spec.get("template") or {}
    try:
        selectors.from_object(spec.get("selector"))
    except ValueError:
        return [fielderrors.invalid("spec.selector", gotext.label_selector(spec.get("selector")), "invalid label selector")]
    found = matched(spec.get("selector"), value, "spec.template")
    # What was good once is good still.
    if old is None or old["spec"].get("template") != value:
        found += validation.template(value, "spec.template")
    return found + always(value, "spec.template", kind)


def always(value: Mapping[str, Any], path: str, kind: str) -> list[FieldError]:
    """Check that the pods of a template go on for ever."""
    pod_spec = value.get("spec") or {}
    found = []
    if pod_spec.get("restartPolicy") != "Always":
        found.append(fielderrors.not_supported(f"{path}.spec.restartPolicy", pod_spec.get("restartPolicy", ""), ("Always",)))
    if pod_spec.get("activeDeadlineSeconds") is not None:
        text = f"activeDeadlineSeconds in {kind} is not Supported"
        found.append(fielderrors.forbidden(f"{path}.spec.activeDeadlineSeconds", text))
    return found


def immutable_selector(obj: Object, old: Object) -> list[FieldError]:
    """Refuse another selector than before."""
    new, before = obj["spec"].get("selector"), old["spec"].get("selector")
    return [] if new == before else [fielderrors.invalid("spec.selector", gotext.label_selector(new), objectmeta.IMMUTABLE)]


def int_or_percent(value: Any, path: str) -> list[FieldError]:
    """Check a number or a percentage that is not negative (ValidatePositiveIntOrPercent)."""
    if isinstance(value, str):
        return rules.each(path, gotext.int_or_string(value), names.percent(value))
    return [fielderrors.invalid(path, value, fielderrors.NEGATIVE)] if (value or 0) < 0 else []


def at_most_all(value: Any, path: str) -> list[FieldError]:
    """Check that a percentage is not above 100%."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit() and int(value[:-1]) > 100:
        return [fielderrors.invalid(path, gotext.int_or_string(value), "must not be greater than 100%")]
    return []


def amount(value: Any) -> int:
    """Return the number of a number or percentage."""
    if isinstance(value, str):
        text = value.removesuffix("%")
        return int(text) if text.lstrip("+-").isdigit() else 0
    return value or 0
