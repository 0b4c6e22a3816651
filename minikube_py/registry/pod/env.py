"""Validation of environment variables (ValidateEnv, ValidateEnvFrom) and of the references that volumes share with them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

_FIELDS = frozenset({"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
                     "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"})  # fmt: skip
VOLUME_FIELDS = frozenset({"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"})
_CONVERTIBLE = _FIELDS | VOLUME_FIELDS | {"spec.restartPolicy", "spec.schedulerName", "status.phase"}
_RESOURCES = frozenset({"limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory",
                        "requests.ephemeral-storage"})  # fmt: skip
_SUBSCRIPT = r"(.*)\['([^']*)'\]"
_BYTES = frozenset({"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"})
_WORDS = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}
_BYTES_TEXT = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {} resource"


def variables(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    """Check `env`."""
    found: list[FieldError] = []
    for index, item in enumerate(items):
        name = item.get("name")
        if not name:
            found.append(fielderrors.required(f"{path}[{index}].name"))
        elif texts := names.relaxed_env_var_name(name):
            found += rules.each(f"{path}[{index}].name", name, texts)
        if item.get("valueFrom") is not None:
            found += _value_from(item, f"{path}[{index}].valueFrom")
    return found


def _value_from(item: Mapping[str, Any], path: str) -> list[FieldError]:
    source, found, count = item["valueFrom"], [], 0
    if source.get("fieldRef") is not None:
        count += 1
        found += field_reference(source["fieldRef"], _FIELDS, f"{path}.fieldRef")
    if source.get("resourceFieldRef") is not None:
        count += 1
        found += resource_reference(source["resourceFieldRef"], f"{path}.resourceFieldRef", volume=False)
    for field in ("configMapKeyRef", "secretKeyRef"):
        if source.get(field) is not None:
            count += 1
            found += _key_reference(source[field], f"{path}.{field}")
    if count == 0:
        text = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        found.append(fielderrors.invalid(path, "", text))
    elif item.get("value"):
        found.append(fielderrors.invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        found.append(fielderrors.invalid(path, "", "may not have more than one field specified at a time"))
    return found


def _key_reference(source: Mapping[str, Any], path: str) -> list[FieldError]:
    name, key = source.get("name", ""), source.get("key", "")
    found = rules.each(f"{path}.name", name, names.dns_subdomain(name))
    if not key:
        return [*found, fielderrors.required(f"{path}.key")]
    return found + rules.each(f"{path}.key", key, names.config_map_key(key))


def field_reference(source: Mapping[str, Any], supported: frozenset[str], path: str) -> list[FieldError]:
    """Check a reference to a field of the pod."""
    if not source.get("apiVersion"):
        return [fielderrors.required(f"{path}.apiVersion")]
    wanted = source.get("fieldPath", "")
    if not wanted:
        return [fielderrors.required(f"{path}.fieldPath")]
    subscript = re.fullmatch(_SUBSCRIPT, wanted)
    base = subscript.group(1) if subscript else wanted
    if source["apiVersion"] != "v1":
        text = f"error converting fieldPath: unsupported pod version: {source['apiVersion']}"
        return [fielderrors.invalid(f"{path}.fieldPath", wanted, text)]
    if subscript and base not in ("metadata.annotations", "metadata.labels"):
        text = f'error converting fieldPath: field label does not support subscript: "{base}"'
        return [fielderrors.invalid(f"{path}.fieldPath", wanted, text)]
    if not subscript and base == "spec.host":
        base = "spec.nodeName"
    if base not in _CONVERTIBLE:
        return [fielderrors.invalid(f"{path}.fieldPath", wanted, f"error converting fieldPath: field label not supported: {wanted}")]
    if subscript:
        key = subscript.group(2).lower() if base == "metadata.annotations" else subscript.group(2)
        return rules.each(path, key, names.qualified_name(key))
    return [] if base in supported else [fielderrors.not_supported(f"{path}.fieldPath", base, supported)]


def resource_reference(source: Mapping[str, Any], path: str, *, volume: bool) -> list[FieldError]:
    """Check a reference to an amount that a container asks for."""
    resource = source.get("resource", "")
    found: list[FieldError] = []
    if volume and not source.get("containerName"):
        found.append(fielderrors.required(f"{path}.containerName"))
    elif not resource:
        found.append(fielderrors.required(f"{path}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(("requests.hugepages-", "limits.hugepages-")):
        found.append(fielderrors.not_supported(f"{path}.resource", resource, _RESOURCES))
    divisor = quantity.parse(source.get("divisor") or "0")
    text = _divisor_error(resource, str(divisor)) if divisor else ""
    return [*found, fielderrors.invalid(f"{path}.divisor", resource, text)] if text else found


def _divisor_error(resource: str, divisor: str) -> str:
    _, _, name = resource.partition(".")
    if name == "cpu":
        return "" if divisor in ("1m", "1") else "only divisor's values 1m and 1 are supported with the cpu resource"
    words = "hugepages" if name.startswith("hugepages-") else _WORDS.get(name, "")
    return _BYTES_TEXT.format(words) if words and divisor not in _BYTES else ""


def sources(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    """Check `envFrom`."""
    found: list[FieldError] = []
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        if item.get("prefix"):
            found += rules.each(f"{where}.prefix", item["prefix"], names.relaxed_env_var_name(item["prefix"]))
        given = [field for field in ("configMapRef", "secretRef") if item.get(field) is not None]
        for field in given:
            name = item[field].get("name", "")
            if not name:
                found.append(fielderrors.required(f"{where}.{field}.name"))
            else:
                found += rules.each(f"{where}.{field}.name", name, names.is_dns_subdomain(name, True))
        if not given:
            # kube-apiserver names the list here, not the item.
            found.append(fielderrors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            found.append(fielderrors.invalid(path, "", "may not have more than one field specified at a time"))
    return found
