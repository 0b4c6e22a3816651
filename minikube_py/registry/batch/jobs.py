"""Jobs."""

from typing import Any

from minikube_py.machinery import fielderrors, names, selectors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.batch import jobspecs, jobstatus
from minikube_py.registry.pod import defaults, gotext, warnings, workload
from minikube_py.registry.strategy import WRITTEN, Context, Strategy

UID, NAME = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
LEGACY_UID, LEGACY_NAME = "controller-uid", "job-name"
_IMMUTABLE = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
_MANY = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
    "Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
)


class Jobs(Strategy):
    """Jobs of batch/v1."""

    status_metadata = WRITTEN
    labels_indexed = True
    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in counts, modes, limits and template."""
        spec = obj.setdefault("spec", {})
        if spec.get("completions") is None and spec.get("parallelism") is None:
            spec["completions"] = 1
        for field, value in (("parallelism", 1), ("completionMode", "NonIndexed"), ("suspend", False), ("manualSelector", False)):
            if spec.get(field) is None:
                spec[field] = value
        if spec.get("backoffLimit") is None:
            spec["backoffLimit"] = 6 if spec.get("backoffLimitPerIndex") is None else 2**31 - 1
        if spec.get("podReplacementPolicy") is None:
            spec["podReplacementPolicy"] = "TerminatingOrFailed" if spec.get("podFailurePolicy") is None else "Failed"
        jobspecs.default_failure_policy(spec)
        template = spec.setdefault("template", {})
        defaults.template_of(obj, template)
        _labelled(obj)

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Give the job a selector that only its own pods can match."""
        super().prepare_create(obj, context)
        obj["status"] = {}
        spec = obj["spec"]
        if spec.get("manualSelector"):
            return
        if obj["metadata"].get("labels") is spec["template"]["metadata"].get("labels"):
            obj["metadata"].pop("labels", None)  # they are the template's, and get what that gets
        labels = spec["template"]["metadata"].setdefault("labels", {})
        uid = obj["metadata"].get("uid", "")
        name = obj["metadata"].get("name", "")  # validation, which comes later, tells that it is missing
        for key, value in ((NAME, name), (LEGACY_NAME, name), (UID, uid), (LEGACY_UID, uid)):
            # Labels that the user gave stay, and validation tells when they are wrong.
            labels.setdefault(key, value)
        obj["metadata"]["labels"] = dict(obj["metadata"].get("labels") or labels)
        if spec.get("selector") is None:
            spec["selector"] = {}
        if spec["selector"].get("matchLabels") is None:
            spec["selector"]["matchLabels"] = {}
        spec["selector"]["matchLabels"].setdefault(UID, uid)

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Give the template's labels to a job that is left without."""
        super().prepare_subresource(subresource, obj, old, context)
        _labelled(obj)

    def validate(self, obj: Object) -> list[FieldError]:
        """Check a new job (ValidateJob)."""
        return objectmeta.validate(obj["metadata"]) + self._contents(obj, None)

    @staticmethod
    def _contents(obj: Object, old: Object | None) -> list[FieldError]:
        spec = obj["spec"]
        found = _generated(obj, old) + jobspecs.validate(spec, "spec", None if old is None else old["spec"])
        if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 0:
            name = obj["metadata"].get("name", "")
            host = f"{name}-{spec['completions'] - 1}"
            if names.dns_label(host):
                text = f"will not able to create pod with invalid DNS label: {host}"
                found.append(fielderrors.invalid("metadata.name", name, text))
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check a change: parallelism, deadlines and suspension may change, most else not."""
        found = objectmeta.update(obj, old)
        if obj["spec"] == old["spec"]:
            return found
        spec, before = obj["spec"], old["spec"]
        found += self._contents(obj, old)
        found += _completions(spec, before)
        found += workload.immutable_selector(obj, old)
        if spec.get("template") != _comparable_template(obj, old):
            shown = gotext.struct("core.PodTemplateSpec", spec.get("template") or {})
            found.append(fielderrors.invalid("spec.template", shown, objectmeta.IMMUTABLE))
        for field in _IMMUTABLE:
            if spec.get(field) != before.get(field):
                value = spec.get(field)
                shown = gotext.struct(f"batch.{field[:1].upper()}{field[1:]}", value) if isinstance(value, dict) else value
                found.append(fielderrors.invalid(f"spec.{field}", shown, objectmeta.IMMUTABLE))
        return found

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check an update of the status."""
        return objectmeta.update(obj, old) + jobstatus.validate(obj, old)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about name, template and very many indexes."""
        found = warnings.for_name(obj["metadata"].get("name", ""), workload.NAMES) if old is None else []
        return found + spec_warnings(obj["spec"], None if old is None else old["spec"], "spec")

    def fields(self, obj: Object) -> dict[str, str]:
        """Return status.successful, the old name of status.succeeded."""
        return {"status.successful": str((obj.get("status") or {}).get("succeeded") or 0)}


def _labelled(obj: Object) -> None:
    """Let a job without labels share those of its template."""
    labels = (obj["spec"]["template"].get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = labels


def spec_warnings(spec: dict[str, Any], old: dict[str, Any] | None, path: str) -> list[str]:
    """Return the warnings about the spec of a job."""
    found = []
    if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 100_000 and (spec.get("parallelism") or 0) > 10_000:
        found.append(f"{path}: {_MANY}")
    if old is None or old.get("template") != spec.get("template"):
        found += warnings.for_template(spec.get("template"), f"{path}.template")
    return found


def _generated(obj: Object, old: Object | None) -> list[FieldError]:
    """Check the labels and the selector that prepare_create made (validateGeneratedSelector); jobs that never had the new labels need none."""
    spec = obj["spec"]
    if spec.get("manualSelector") or spec.get("selector") is None:
        return []
    uid, name = obj["metadata"].get("uid", ""), obj["metadata"].get("name", "")
    found = [] if uid else [fielderrors.required("metadata.uid")]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    expected = {LEGACY_UID: uid, LEGACY_NAME: name}
    had = (UID, NAME) if old is None else ((old["spec"].get("template") or {}).get("metadata") or {}).get("labels") or {}
    if UID in had and NAME in had:
        expected |= {UID: uid, NAME: name}
    for key, value in expected.items():
        path = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            found.append(fielderrors.required(path, f"must be '{value}'"))
        elif labels[key] != value:
            found.append(fielderrors.invalid(path, gotext.string_map(labels), f"must be '{value}'"))
    try:
        fits = selectors.from_object(spec["selector"]).matches(expected)
    except ValueError:
        return found
    if not fits:
        found.append(fielderrors.invalid("spec.selector", gotext.label_selector(spec["selector"]), "`selector` not auto-generated"))
    return found


def _completions(spec: dict[str, Any], old: dict[str, Any]) -> list[FieldError]:
    new, before = spec.get("completions"), old.get("completions")
    if new == before:
        return []
    if spec.get("completionMode") != "Indexed":
        return [fielderrors.invalid("spec.completions", new, objectmeta.IMMUTABLE)]
    if new is not None and new != spec.get("parallelism"):
        return [fielderrors.invalid("spec.completions", new, "can only be modified in tandem with spec.parallelism")]
    return []


def _comparable_template(obj: Object, old: Object) -> dict[str, Any]:
    """Return the old template with what a suspended job that never started may change taken from the new one."""
    new, before = obj["spec"].get("template") or {}, old["spec"].get("template") or {}
    if not old["spec"].get("suspend") or (old.get("status") or {}).get("startTime"):
        return dict(before)
    metadata, spec = dict(before.get("metadata") or {}), dict(before.get("spec") or {})
    _take(metadata, new.get("metadata") or {}, ("annotations", "labels"))
    pod_spec = new.get("spec") or {}
    _take(spec, pod_spec, ("nodeSelector", "tolerations", "schedulingGates"))
    affinity = dict(spec.get("affinity") or {})
    _take(affinity, pod_spec.get("affinity") or {}, ("nodeAffinity",))
    if affinity or "affinity" in pod_spec:
        spec["affinity"] = affinity
    else:
        spec.pop("affinity", None)
    return {**before, "metadata": metadata, "spec": spec}


def _take(target: dict[str, Any], source: dict[str, Any], fields: tuple[str, ...]) -> None:
    for field in fields:
        if field in source:
            target[field] = source[field]
        else:
            target.pop(field, None)


STRATEGY = Jobs()
