"""Environment variables on the command line, and where those of containers come from (kubectl pkg/cmd/set/env)."""

import base64
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from minikube_py.kits import gofmt
from minikube_py.machinery import meta, names, quantity
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

Variable = dict[str, Any]
Find = Callable[[str, str], Object]  # resource and name to object


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Return the arguments that name resources, and those that change variables; None where they are mixed."""
    resources: list[str] = []
    changes: list[str] = []
    for word in arguments:
        is_change = "=" in word[1:] or word.endswith("-")
        if not is_change and changes:
            return None
        (changes if is_change else resources).append(word)
    return resources, changes


def parse(specs: Sequence[str], stdin: TextIO) -> tuple[list[Variable], list[str]]:
    """Return the variables to set, and the names to remove; `-` means those of standard input."""
    found: list[Variable] = []
    removed: list[str] = []
    given: set[str] = set()
    for spec in specs:
        name, equals, value = spec.partition("=")
        if spec == "-":
            found += _read(stdin)
        elif equals:
            problems = names.env_var_name(name)
            if problems:
                raise KctlError(f'"{name}" is not a valid key name: {";".join(problems)}')
            given.add(name)
            found.append(_literal(name, value))
        elif spec.endswith("-"):
            removed.append(spec.removesuffix("-"))
        else:
            raise KctlError(f"unknown environment variable: {spec}")
    if any(name in given for name in removed):
        raise KctlError("can not both modify and remove the same environment variable in the same command")
    return found, removed


def _read(stdin: TextIO) -> list[Variable]:
    lines = (line.rstrip("\r\n").partition("#")[0] for line in stdin)
    return [_literal(*line.split("=", 1)) for line in lines if "=" in line]


def _literal(name: str, value: str) -> Variable:
    return {"name": name, "value": value} if value else {"name": name}


def updated(existing: Sequence[Variable], wanted: Sequence[Variable], removed: Sequence[str]) -> list[Variable]:
    """Return the variables of a container after a change: in their order, the new ones last; of two new ones the first counts."""
    covered, found = set(removed), []
    first = {variable["name"]: variable for variable in reversed(wanted)}
    for variable in existing:
        if variable["name"] in covered:
            continue
        if variable["name"] in first:
            covered.add(variable["name"])
        found.append(first.get(variable["name"], variable))
    for variable in wanted:
        if variable["name"] not in covered:
            covered.add(variable["name"])
            found.append(variable)
    return found


def check_new(existing: Sequence[Variable], wanted: Sequence[Variable]) -> None:
    """Refuse to change a variable's value (--overwrite=false)."""
    present = {variable["name"]: variable.get("value", "") for variable in reversed(existing)}
    for variable in wanted:
        name = variable["name"]
        if name in present and present[name] != variable.get("value", ""):
            raise KctlError(f"'{name}' already has a value ({present[name]}), and --overwrite is false")


def source(value_from: dict[str, Any]) -> str:
    """Return in words where a value comes from."""
    for field, what in (("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")):
        reference = value_from.get(field)
        if reference is not None:
            return f"{what} {reference.get('name', '')}, key {reference.get('key', '')}"
    if value_from.get("fieldRef") is not None:
        return f"field path {value_from['fieldRef'].get('fieldPath', '')}"
    reference = value_from.get("resourceFieldRef")
    if reference is not None:
        container = reference.get("containerName")
        return f"resource field {f'{container}/' if container else ''}{reference.get('resource', '')}"
    return "invalid valueFrom"


def resolved(value_from: dict[str, Any], obj: Object, container: dict[str, Any], find: Find) -> str:
    """Return the value itself; KctlError where it cannot be had."""
    reference = value_from.get("secretKeyRef")
    if reference is not None:
        data = find("secrets", reference.get("name", "")).get("data") or {}
        if reference["key"] not in data:
            raise KctlError(f"key {reference['key']} not found in secret {reference.get('name', '')}")
        return base64.b64decode(data[reference["key"]]).decode(errors="replace")
    reference = value_from.get("configMapKeyRef")
    if reference is not None:
        texts: dict[str, str] = find("configmaps", reference.get("name", "")).get("data") or {}
        if reference["key"] not in texts:
            raise KctlError(f"key {reference['key']} not found in config map {reference.get('name', '')}")
        return texts[reference["key"]]
    if value_from.get("fieldRef") is not None:
        return _field(obj, value_from["fieldRef"].get("fieldPath", ""))
    if value_from.get("resourceFieldRef") is not None:
        return _resource(value_from["resourceFieldRef"], container)
    raise KctlError("invalid valueFrom")


def _field(obj: Object, path: str) -> str:
    """Return a field of the object itself: for a deployment, not of its pods."""
    maps = {"metadata.annotations": meta.annotations(obj), "metadata.labels": meta.labels(obj)}
    place, bracket, key = path.removesuffix("']").partition("['")
    if path.endswith("']") and bracket and place:
        if place not in maps:
            raise KctlError(f"fieldPath {gofmt.quote(path)} does not support subscript")
        problems = names.qualified_name(key.lower() if place == "metadata.annotations" else key)
        if problems:
            raise KctlError(f"invalid key subscript in {path}: {';'.join(problems)}")
        return maps[place].get(key, "")
    if path in maps:
        return "\n".join(f"{name}={gofmt.quote(value)}" for name, value in sorted(maps[path].items()))
    if path in ("metadata.name", "metadata.namespace", "metadata.uid"):
        return str(obj["metadata"].get(path.rpartition(".")[2], ""))
    raise KctlError(f"unsupported fieldPath: {path}")


def _resource(reference: dict[str, Any], container: dict[str, Any]) -> str:
    wanted = reference.get("resource", "")
    part, _, name = wanted.partition(".")
    if part not in ("limits", "requests") or not (name in ("cpu", "memory", "ephemeral-storage") or name.startswith("hugepages-")):
        raise KctlError(f"Unsupported container resource : {wanted}")
    amount = quantity.parse(((container.get("resources") or {}).get(part) or {}).get(name, "0"))
    divisor = quantity.parse(reference.get("divisor") or "0") or quantity.parse("1")
    if name == "cpu":
        return str(-(-amount.milli_value() // divisor.milli_value()))
    return str(-(-amount.value() // divisor.value()))
