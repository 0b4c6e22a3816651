"""DaemonSets."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import defaults, gotext, rules, validation, workload
from minikube_py.registry.strategy import Context

# apps/v1 keeps the internal spec.templateGeneration in an annotation.
GENERATION = "deprecated.daemonset.template.generation"
_COUNTS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration",
           "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount")  # fmt: skip


class DaemonSets(workload.Workload):
    """DaemonSets of apps/v1."""

    kind = "daemonset"
    counts = _COUNTS
    warns_of_names = False

    def default(self, obj: Object) -> None:
        """Fill in update strategy, history and template."""
        spec = obj.setdefault("spec", {})
        strategy = spec.setdefault("updateStrategy", {})
        defaults.rolling_update(strategy, unavailable=1, surge=0)
        for field in ("maxUnavailable", "maxSurge"):  # Go always writes both
            if strategy.get("rollingUpdate") is not None:
                strategy["rollingUpdate"].setdefault(field, 0)
        spec.setdefault("revisionHistoryLimit", 10)
        defaults.template_of(obj, spec.setdefault("template", {}))
        _check_generation(obj)
        _annotate(obj, generation(obj))

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Count the first generation of the template."""
        super().prepare_create(obj, context)
        obj["status"] = dict.fromkeys(("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"), 0)
        _annotate(obj, 1)

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Count the template's generation up when it changed."""
        super().prepare_update(obj, old, context)
        _annotate(obj, generation(old) + (obj["spec"].get("template") != old["spec"].get("template")))

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change; the selector must stay."""
        return super().validate_update(obj, old) + workload.immutable_selector(obj, old)

    def spec(self, obj: Object, old: Object | None) -> list[FieldError]:
        """Check the spec (ValidateDaemonSetSpec)."""
        spec = obj["spec"]
        selector, template = spec.get("selector"), spec.get("template") or {}
        found = objectmeta.label_selector(selector, "spec.selector")
        if selector is None:
            # The internal selector is nil then, and matches nothing.
            found += workload.matched(None, template, "spec.template")
        else:
            found += workload.matched(selector, template, "spec.template")
            if not selector.get("matchLabels") and not selector.get("matchExpressions"):
                text = "empty selector is invalid for daemonset"
                found.append(fielderrors.invalid("spec.selector", gotext.label_selector(selector), text))
        if old is None or old["spec"].get("template") != template:
            found += validation.template(template, "spec.template")
        found += workload.always(template, "spec.template", "DaemonSet")
        found += rules.nonnegative(spec, ("minReadySeconds",), "spec")
        found += _strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
        return found + rules.nonnegative(spec, ("revisionHistoryLimit",), "spec")


def generation(obj: Object) -> int:
    """Return the generation of a DaemonSet's template."""
    text = (obj["metadata"].get("annotations") or {}).get(GENERATION, "")
    return int(text) if text.isdecimal() else 0


def _check_generation(obj: Object) -> None:
    """Refuse a generation that is no number: an object with it cannot be read."""
    text = (obj["metadata"].get("annotations") or {}).get(GENERATION)
    if text is not None and not (text.isascii() and text.removeprefix("-").removeprefix("+").isdecimal()):
        raise defaults.unreadable(obj, ValueError(f"strconv.ParseInt: parsing {gotext.quote(text)}: invalid syntax"))


def _annotate(obj: Object, number: int) -> None:
    annotations = obj["metadata"].get("annotations") or {}
    obj["metadata"]["annotations"] = {**annotations, GENERATION: str(number)}


def _strategy(strategy: Mapping[str, Any], path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return []
    if kind != "RollingUpdate":
        shown = gotext.struct("apps.DaemonSetUpdateStrategy", strategy)
        return [fielderrors.not_supported(path, shown, ("RollingUpdate", "OnDelete"))]
    if rolling is None:
        return [fielderrors.required(f"{path}.rollingUpdate")]
    found: list[FieldError] = []
    for check in (workload.int_or_percent, workload.at_most_all):
        for field in ("maxUnavailable", "maxSurge"):
            found += check(rolling.get(field), f"{path}.rollingUpdate.{field}")
    unavailable, surge = (workload.amount(rolling.get(field)) for field in ("maxUnavailable", "maxSurge"))
    if unavailable and surge:
        shown = gotext.int_or_string(rolling.get("maxSurge"))
        found.append(fielderrors.invalid(f"{path}.rollingUpdate.maxSurge", shown, "may not be set when maxUnavailable is non-zero"))
    elif not unavailable and not surge:
        found.append(fielderrors.required(f"{path}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return found


STRATEGY = DaemonSets()
