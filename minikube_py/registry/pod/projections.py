"""Validation of volumes that project parts of the API: downwardAPI, projected, and the files of both."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import env, rules

_TWICE = "conflicting duplicate paths"


def key_to_path(item: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check one of `items`: a key that becomes a file."""
    found = [fielderrors.required(f"{path}.{field}") for field in ("key", "path") if not item.get(field)]
    return found + rules.local(f"{path}.path", item.get("path", "")) + rules.mode(f"{path}.mode", item.get("mode"))


def downward(source: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check a downwardAPI source."""
    found = rules.mode(f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        found += _downward_file(item, path)
    return found


def _downward_file(item: Mapping[str, Any], path: str) -> list[FieldError]:
    found = [] if item.get("path") else [fielderrors.required(f"{path}.path")]
    found += rules.local(f"{path}.path", item.get("path", ""))
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        found += env.field_reference(field, env.VOLUME_FIELDS, f"{path}.fieldRef")
        if resource is not None:
            text = "fieldRef and resourceFieldRef can not be specified simultaneously"
            found.append(fielderrors.invalid(path, "resource", text))
    elif resource is not None:
        found += env.resource_reference(resource, f"{path}.resourceFieldRef", volume=True)
    else:
        found.append(fielderrors.required(path, "one of fieldRef and resourceFieldRef is required"))
    return found + rules.mode(f"{path}.mode", item.get("mode"))


def projected(source: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check a projected source."""
    found = rules.mode(f"{path}.defaultMode", source.get("defaultMode"))
    taken: set[str] = set()
    for index, item in enumerate(source.get("sources") or ()):
        where = f"{path}.sources[{index}]"
        for field in ("secret", "configMap"):
            if item.get(field) is not None:
                found += _keys(item[field], f"{where}.{field}", taken, path)
        if item.get("downwardAPI") is not None:
            found += _downward_files(item["downwardAPI"], f"{where}.downwardAPI", taken, path)
        if item.get("serviceAccountToken") is not None:
            found += _token(item["serviceAccountToken"], f"{where}.serviceAccountToken", path)
        if sum(value is not None for value in item.values()) > 1:
            found.append(fielderrors.forbidden(where, "may not specify more than 1 volume type per source"))
    return found


def _keys(source: Mapping[str, Any], path: str, taken: set[str], whole: str) -> list[FieldError]:
    found = [] if source.get("name") else [fielderrors.required(f"{path}.name")]
    for index, item in enumerate(source.get("items") or ()):
        found += key_to_path(item, f"{path}.items[{index}]")
        found += _take(item.get("path", ""), source.get("name", ""), taken, whole)
    return found


def _downward_files(source: Mapping[str, Any], path: str, taken: set[str], whole: str) -> list[FieldError]:
    found: list[FieldError] = []
    for item in source.get("items") or ():
        found += _downward_file(item, path)
        found += _take(item.get("path", ""), item.get("path", ""), taken, whole)
    return found


def _take(file: str, shown: str, taken: set[str], path: str) -> list[FieldError]:
    if not file:
        return []
    if file in taken:
        return [fielderrors.invalid(path, shown, _TWICE)]
    taken.add(file)
    return []


def _token(source: Mapping[str, Any], path: str, whole: str) -> list[FieldError]:
    found = rules.token_seconds(f"{path}.expirationSeconds", source.get("expirationSeconds", 3600))
    # The path of the whole volume, not of the source, is kube-apiserver's.
    if not source.get("path"):
        return [*found, fielderrors.required(f"{whole}.path")]
    return found + rules.local(f"{whole}.path", source["path"])
