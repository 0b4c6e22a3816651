"""The spec of a Job, also inside a CronJob (pkg/apis/batch/validation validateJobSpec)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names, selectors
from minikube_py.machinery.fielderrors import FieldError, GoText
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import gotext, rules, validation

Spec = Mapping[str, Any]

_NUMBERS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex")
_LIMIT, _HIGH = 100_000, 10_000
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_STATES = ("False", "True", "Unknown")


def default_failure_policy(spec: Mapping[str, Any]) -> None:
    """Fill in the status of conditions that a podFailurePolicy names."""
    write_failure_policy(spec)
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def write_failure_policy(spec: Mapping[str, Any]) -> None:
    """Add the lists that Go always writes."""
    policy = spec.get("podFailurePolicy")
    if policy is None:
        return
    policy.setdefault("rules", None)
    for rule in policy["rules"] or ():
        if rule.get("onExitCodes") is not None:
            rule["onExitCodes"].setdefault("values", None)


def validate(spec: Spec, path: str, old: Spec | None = None) -> list[FieldError]:
    """Check the spec of a job of its own (ValidateJobSpec)."""
    found = common(spec, path, old)
    selector = spec.get("selector")
    if selector is None:
        found.append(fielderrors.required(f"{path}.selector"))
    else:
        found += objectmeta.label_selector(selector, f"{path}.selector")
    try:
        fits = selectors.from_object(selector).matches(((spec.get("template") or {}).get("metadata") or {}).get("labels"))
    except ValueError:
        return found
    if not fits:
        labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
        text = "`selector` does not match template `labels`"
        found.append(fielderrors.invalid(f"{path}.template.metadata.labels", gotext.string_map(labels), text))
    return found


def common(spec: Spec, path: str, old: Spec | None = None) -> list[FieldError]:
    """Check what jobs and the job templates of CronJobs share (validateJobSpec)."""
    found = rules.nonnegative(spec, _NUMBERS, path)
    found += _failed_indexes(spec, path) + _managed_by(spec, path) + _mode(spec, path)
    if spec.get("podFailurePolicy") is not None:
        found += _failure_policy(spec, f"{path}.podFailurePolicy")
    if spec.get("successPolicy") is not None:
        found += _success_policy(spec, f"{path}.successPolicy")
    found += _replacement(spec, f"{path}.podReplacementPolicy")
    template = spec.get("template") or {}
    if old is None or old.get("template") != template:
        found += validation.template(template, f"{path}.template")
    return found + _restart_policy(spec, f"{path}.template.spec.restartPolicy")


def _failed_indexes(spec: Spec, path: str) -> list[FieldError]:
    found = rules.nonnegative(spec, ("maxFailedIndexes",), path)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        found.append(fielderrors.required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    return found


def _managed_by(spec: Spec, path: str) -> list[FieldError]:
    value = spec.get("managedBy")
    if value is None:
        return []
    where = f"{path}.managedBy"
    found = _prefixed_path(value, where)
    return [*found, fielderrors.too_long(where, 63)] if len(value) > 63 else found


def _prefixed_path(value: str, path: str) -> list[FieldError]:
    if not value:
        return [fielderrors.required(path)]
    host, _, rest = value.partition("/")
    texts = names.domain_prefixed_path(value)
    shown = [value if "domain-prefixed" in text else rest if text.startswith("Invalid path") else host for text in texts]
    return [fielderrors.invalid(path, part, text) for part, text in zip(shown, texts, strict=True)]


def _mode(spec: Spec, path: str) -> list[FieldError]:
    mode = spec.get("completionMode")
    found = rules.optional(f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed":
        return found + _indexed(spec, path)
    if mode in (None, "NonIndexed"):
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                found.append(fielderrors.invalid(f"{path}.{field}", spec[field], "requires indexed completion mode"))
    return found


def _indexed(spec: Spec, path: str) -> list[FieldError]:
    completions, parallelism, failed = (spec.get(field) for field in ("completions", "parallelism", "maxFailedIndexes"))
    found: list[FieldError] = []
    if completions is None:
        found.append(fielderrors.required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism is not None and parallelism > _LIMIT:
        text = f"must be less than or equal to {_LIMIT} when completion mode is Indexed"
        found.append(fielderrors.invalid(f"{path}.parallelism", parallelism, text))
    if completions is not None and failed is not None and failed > completions:
        found.append(fielderrors.invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions"))
    if failed is not None and failed > _LIMIT:
        found.append(fielderrors.invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_LIMIT}"))
    if completions is not None and completions > _LIMIT and spec.get("backoffLimitPerIndex") is not None:
        if failed is None:
            text = f"must be specified when completions is above {_LIMIT}"
            found.append(fielderrors.required(f"{path}.maxFailedIndexes", text))
        text = f"must be less than or equal to {_HIGH} when completions are above {_LIMIT} and used with backoff limit per index"
        for field, value in (("parallelism", parallelism), ("maxFailedIndexes", failed)):
            if value is not None and value > _HIGH:
                found.append(fielderrors.invalid(f"{path}.{field}", value, text))
    return found


def _omitted(path: str, detail: str) -> FieldError:
    """Return an Invalid error that shows no value, as field.OmitValueType makes it."""
    return fielderrors.invalid(path, fielderrors.OMITTED, detail)


def _failure_policy(spec: Spec, path: str) -> list[FieldError]:
    items: Sequence[Mapping[str, Any]] = spec["podFailurePolicy"].get("rules") or ()
    found = [fielderrors.too_many(f"{path}.rules", len(items), 20)] if len(items) > 20 else []
    pod_spec = (spec.get("template") or {}).get("spec") or {}
    known = {item.get("name") for field in ("containers", "initContainers") for item in pod_spec.get(field) or ()}
    for index, rule in enumerate(items):
        found += _failure_rule(spec, rule, known, f"{path}.rules[{index}]")
    return found


def _failure_rule(spec: Spec, rule: Mapping[str, Any], known: set[Any], path: str) -> list[FieldError]:
    action, codes, conditions = rule.get("action", ""), rule.get("onExitCodes"), rule.get("onPodConditions") or ()
    found: list[FieldError] = []
    if not action:
        found.append(fielderrors.required(f"{path}.action", f"valid values: {_quoted(_ACTIONS)}"))
    elif action == "FailIndex":
        if spec.get("backoffLimitPerIndex") is None:
            found.append(fielderrors.invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    else:
        found += rules.optional(f"{path}.action", action, _ACTIONS)
    if codes is not None:
        found += _exit_codes(codes, known, f"{path}.onExitCodes")
    if conditions:
        found += _conditions(conditions, f"{path}.onPodConditions")
    if codes is not None and conditions:
        found.append(_omitted(path, "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not conditions:
        found.append(_omitted(path, "specifying one of OnExitCodes and OnPodConditions is required"))
    return found


def _quoted(values: Sequence[str]) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def _conditions(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    found = [fielderrors.too_many(path, len(items), 20)] if len(items) > 20 else []
    for index, item in enumerate(items):
        found += objectmeta.label_name(item.get("type", ""), f"{path}[{index}].type")
        status = item.get("status", "")
        if not status:
            found.append(fielderrors.required(f"{path}[{index}].status", f"valid values: {_quoted(_STATES)}"))
        else:
            found += rules.optional(f"{path}[{index}].status", status, _STATES)
    return found


def _exit_codes(codes: Mapping[str, Any], known: set[Any], path: str) -> list[FieldError]:
    operator, values, name = codes.get("operator", ""), codes.get("values") or [], codes.get("containerName")
    found: list[FieldError] = []
    if not operator:
        found.append(fielderrors.required(f"{path}.operator", f"valid values: {_quoted(('In', 'NotIn'))}"))
    else:
        found += rules.optional(f"{path}.operator", operator, ("In", "NotIn"))
    if name is not None and name not in known:
        text = "must be one of the container or initContainer names in the pod template"
        found.append(fielderrors.invalid(f"{path}.containerName", name, text))
    shown = GoText("[]int32{" + ", ".join(map(str, values)) + "}" if codes.get("values") is not None else "[]int32(nil)")
    if not values:
        found.append(fielderrors.invalid(f"{path}.values", shown, "at least one value is required"))
    elif len(values) > 255:
        found.append(fielderrors.too_many(f"{path}.values", len(values), 255))
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            found.append(fielderrors.invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if value in values[:index]:
            found.append(fielderrors.duplicate(f"{path}.values[{index}]", value))
    return found if sorted(values) == list(values) else [*found, fielderrors.invalid(f"{path}.values", shown, "must be ordered")]


def _success_policy(spec: Spec, path: str) -> list[FieldError]:
    items: Sequence[Mapping[str, Any]] = spec["successPolicy"].get("rules") or ()
    found: list[FieldError] = []
    if spec.get("completionMode") != "Indexed":
        shown = GoText("batch.SuccessPolicy{Rules:[]batch.SuccessPolicyRule{" + ", ".join(json.dumps(item) for item in items) + "}}")
        return [fielderrors.invalid(path, shown, "requires indexed completion mode")]
    if not items:
        found.append(fielderrors.required(f"{path}.rules", "at least one rules must be specified when the successPolicy is specified"))
    if len(items) > 20:
        found.append(fielderrors.too_many(f"{path}.rules", len(items), 20))
    for index, rule in enumerate(items):
        found += _success_rule(spec, rule, f"{path}.rules[{index}]")
    return found


def _success_rule(spec: Spec, rule: Mapping[str, Any], path: str) -> list[FieldError]:
    count, indexes, completions = rule.get("succeededCount"), rule.get("succeededIndexes"), spec.get("completions")
    if count is None and indexes is None:
        return [fielderrors.required(path, "at least one of succeededCount or succeededIndexes must be specified")]
    found: list[FieldError] = []
    total = 0
    if indexes is not None:
        if len(indexes.encode()) > 64 * 1024:
            found.append(fielderrors.too_long(f"{path}.succeededIndexes", 64 * 1024))
        try:
            total = index_count(indexes, completions)
        except ValueError as error:
            found.append(fielderrors.invalid(f"{path}.succeededIndexes", indexes, f"error parsing succeededIndexes: {error}"))
    if count is None:
        return found
    where = f"{path}.succeededCount"
    found += rules.nonnegative(rule, ("succeededCount",), path)
    if completions is not None and count > completions:
        text = f"must be less than or equal to {completions} (the number of specified completions)"
        found.append(fielderrors.invalid(where, count, text))
    if indexes is not None and count > total:
        text = f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        found.append(fielderrors.invalid(where, count, text))
    return found


def index_count(text: str, completions: int | None) -> int:
    """Return how many indexes `1,3-5` names; ValueError where it is malformed or reaches past `completions`."""
    if not text:
        return 0
    total, last = 0, -1
    for part in text.split(","):
        first, end = interval(part, completions)
        if first <= last:
            raise ValueError(f"non-increasing order, previous: {last}, current: {first}")
        total += end - first + 1
        last = end
    return total


def interval(text: str, completions: int | None) -> tuple[int, int]:
    """Return the first and the last index of `4` or `3-5`; ValueError as in index_count."""
    limits = text.split("-")
    if len(limits) > 2:
        raise ValueError(f"the fragment {gotext.quote(text)} violates the requirement that an index interval can have at most two parts separated by '-'")
    first, end = (_index(limits[0], completions), _index(limits[-1], completions))
    if len(limits) == 2 and first >= end:
        raise ValueError(f"non-increasing order, previous: {first}, current: {end}")
    return first, end


def _index(text: str, completions: int | None) -> int:
    # strconv.Atoi: a sign and leading zeros are fine.
    if not text.isascii() or not text.removeprefix("+").isdecimal():
        raise ValueError(f"cannot convert string to integer for index: {gotext.quote(text)}")
    if completions is not None and int(text) >= completions:
        raise ValueError(f"too large index: {gotext.quote(text)}")
    return int(text)


def _replacement(spec: Spec, path: str) -> list[FieldError]:
    supported = ("Failed", "TerminatingOrFailed") if spec.get("podFailurePolicy") is None else ("Failed",)
    return rules.optional(path, spec.get("podReplacementPolicy"), supported)


def _restart_policy(spec: Spec, path: str) -> list[FieldError]:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy", "")
    if policy in ("Always", ""):
        # Nobody who leaves the field out asked for the default, so it counts as missing.
        return [fielderrors.required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in ("OnFailure", "Never"):
        return [fielderrors.not_supported(path, policy, ("OnFailure", "Never"))]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        return [fielderrors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def template(value: Mapping[str, Any], path: str, old: Spec | None = None) -> list[FieldError]:
    """Check the job template of a CronJob (ValidateJobTemplateSpec)."""
    spec = value.get("spec") or {}
    found = common(spec, f"{path}.spec", old)
    if spec.get("selector") is not None:
        shown = gotext.label_selector(spec["selector"])
        found.append(fielderrors.invalid(f"{path}.spec.selector", shown, "`selector` will be auto-generated"))
    if spec.get("manualSelector"):
        found.append(fielderrors.not_supported(f"{path}.spec.manualSelector", True, ("nil", "false")))
    return found
