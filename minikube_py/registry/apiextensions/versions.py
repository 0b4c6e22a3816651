"""What is wrong with the versions of a CustomResourceDefinition: schemas, subresources, columns, selectable fields."""

import re
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks
from minikube_py.registry.apiextensions import structural

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SIMPLE_PATH = re.compile(r"(?:\.[A-Za-z0-9_\-]+|\[['\"][^'\"]+['\"]\])+")
_MAX_SELECTABLE = 8
_MAX_WARNING = 256


def errors(spec: dict[str, Any]) -> list[FieldError]:
    """Return what is wrong with spec.versions."""
    versions = spec.get("versions") or []
    found: list[FieldError] = []
    for number, version in enumerate(versions):
        field, name = f"spec.versions[{number}]", version.get("name") or ""
        found += checks.joined(f"{field}.name", name, names.dns_1035_label(name))
        found += _version(field, version)
    listed = [version.get("name") for version in versions]
    if len(set(listed)) != len(listed):
        found.append(fielderrors.invalid("spec.versions", _shown(versions), "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        text = "must have exactly one version marked as storage version"
        found.append(fielderrors.invalid("spec.versions", _shown(versions), text))
    return found


def _shown(versions: list[dict[str, Any]]) -> fielderrors.GoText:
    """Return versions as Go's %#v begins them; what follows are addresses in memory."""
    parts = [
        f'apiextensions.CustomResourceDefinitionVersion{{Name:"{version.get("name", "")}", Served:{str(bool(version.get("served"))).lower()}, '
        f"Storage:{str(bool(version.get('storage'))).lower()}}}"
        for version in versions
    ]
    return fielderrors.GoText(f"[]apiextensions.CustomResourceDefinitionVersion{{{', '.join(parts)}}}")


def _version(field: str, version: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    warning = version.get("deprecationWarning")
    if warning is not None:
        if not version.get("deprecated"):
            found.append(fielderrors.invalid(f"{field}.deprecationWarning", warning, "can only be set for deprecated versions"))
        elif not warning or len(warning.encode()) > _MAX_WARNING:
            found.append(fielderrors.too_long(f"{field}.deprecationWarning", _MAX_WARNING) if warning else
                         fielderrors.invalid(f"{field}.deprecationWarning", warning, "must not be an empty string"))  # fmt: skip
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema is None:
        found.append(fielderrors.required(f"{field}.schema.openAPIV3Schema", "schemas are required"))
    else:
        found += structural.errors(schema, f"{field}.schema.openAPIV3Schema")
    scale = (version.get("subresources") or {}).get("scale")
    if scale is not None:
        found += _scale(f"{field}.subresources.scale", scale)
    for number, column in enumerate(version.get("additionalPrinterColumns") or ()):
        found += _column(f"{field}.additionalPrinterColumns[{number}]", column)
    return found + _selectable(f"{field}.selectableFields", version.get("selectableFields") or [])


def _json_path(field: str, path: str) -> list[FieldError]:
    if _SIMPLE_PATH.fullmatch(path):
        return []
    return [fielderrors.invalid(field, path, "must be a simple json path starting with .")]


def _scale(field: str, scale: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for part, prefixes, text in (("specReplicasPath", (".spec.",), "should be a json path under .spec"),
                                 ("statusReplicasPath", (".status.",), "should be a json path under .status"),
                                 ("labelSelectorPath", (".spec.", ".status."), "should be a json path under either .status or .spec")):  # fmt: skip
        path = scale.get(part)
        if not path:
            if part != "labelSelectorPath":
                found.append(fielderrors.required(f"{field}.{part}"))
            continue
        bad = _json_path(f"{field}.{part}", path)
        found += bad or ([] if path.startswith(prefixes) else [fielderrors.invalid(f"{field}.{part}", path, text)])
    return found


def _column(field: str, column: dict[str, Any]) -> list[FieldError]:
    found = [] if column.get("name") else [fielderrors.required(f"{field}.name")]
    if not column.get("type"):
        found.append(fielderrors.required(f"{field}.type", "must be one of " + ",".join(_COLUMN_TYPES)))
    elif column["type"] not in _COLUMN_TYPES:
        found.append(fielderrors.invalid(f"{field}.type", column["type"], "must be one of " + ",".join(_COLUMN_TYPES)))
    if column.get("format") and column["format"] not in _FORMATS:
        found.append(fielderrors.invalid(f"{field}.format", column["format"], "must be one of " + ",".join(_FORMATS)))
    if not column.get("jsonPath"):
        found.append(fielderrors.required(f"{field}.JSONPath"))
    return found


def _selectable(field: str, listed: list[dict[str, Any]]) -> list[FieldError]:
    found = [fielderrors.too_many(field, len(listed), _MAX_SELECTABLE)] if len(listed) > _MAX_SELECTABLE else []
    seen: set[str] = set()
    for number, selectable in enumerate(listed):
        path = selectable.get("jsonPath") or ""
        if not path:
            found.append(fielderrors.required(f"{field}[{number}].jsonPath"))
        if path in seen:
            found.append(fielderrors.duplicate(f"{field}[{number}].jsonPath", path))
        seen.add(path)
    return found
