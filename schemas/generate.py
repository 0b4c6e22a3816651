"""Make schemas/definitions/ from the installed package kubernetes-validate: structure and x-kubernetes-* keys, no prose.

Run it from a checkout with the development requirements: `python schemas/generate.py`. One file holds one Go package, so
that reading a Deployment loads apps.v1, core.v1 and meta.v1 and nothing else; `index.json` says which definition a kind has.
"""

import importlib.util
import json
import pathlib
from collections.abc import Iterator
from typing import Any

VERSION = "v1.33.0-local"
HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "#/$defs/"
KEEP = (
    "format", "required", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-patch-strategy",
    "x-kubernetes-patch-merge-key", "x-kubernetes-group-version-kind",
)  # fmt: skip

# Types whose Go code reads itself: the generic schema of each says too little.
SPECIAL: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"format": "int-or-string", "x-kubernetes-int-or-string": True},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string", "format": "quantity"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {"type": "string", "format": "micro-time"},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}

# Defaults are not in the package. Those of list-map keys are wanted for server-side apply: (definition, property) -> default.
KEY_DEFAULTS: dict[tuple[str, str], str] = {
    ("io.k8s.api.core.v1.ContainerPort", "protocol"): "TCP",
    ("io.k8s.api.core.v1.ServicePort", "protocol"): "TCP",
    ("io.k8s.api.core.v1.LocalObjectReference", "name"): "",
}


def source() -> dict[str, Any]:
    """Return the definitions of the installed package."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("install the development requirements first: kubernetes-validate is missing")
    path = pathlib.Path(spec.origin).parent / "kubernetes-json-schema" / VERSION / "_definitions.json"
    definitions: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    return definitions


def structure(raw: dict[str, Any]) -> dict[str, Any]:
    """Return one schema without prose, nulls and other things that say nothing of structure."""
    out: dict[str, Any] = {}
    if "$ref" in raw:
        out["$ref"] = raw["$ref"].removeprefix(PREFIX)
    kind = raw.get("type")
    if kind is not None:
        out["type"] = kind if isinstance(kind, str) else next(name for name in kind if name != "null")
    if "properties" in raw:
        out["properties"] = {name: structure(field) for name, field in sorted(raw["properties"].items())}
    for key in ("items", "additionalProperties"):
        if isinstance(raw.get(key), dict):
            out[key] = structure(raw[key])
    out |= {key: raw[key] for key in KEEP if key in raw}
    if "x-kubernetes-group-version-kind" in out and len(out["x-kubernetes-group-version-kind"]) > 5:
        del out["x-kubernetes-group-version-kind"]  # DeleteOptions and WatchEvent belong to every group
    return out


def definition(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the structure of one named definition, with the facts that the package lacks."""
    if name in SPECIAL:
        return SPECIAL[name]
    out = structure(raw)
    if not out:  # apiextensions JSON, JSONSchemaPropsOrBool and the like: anything goes
        return {"x-kubernetes-preserve-unknown-fields": True}
    for (owner, field), default in KEY_DEFAULTS.items():
        if owner == name:
            out["properties"][field]["default"] = default
    return out


def references(node: Any) -> Iterator[str]:
    """Yield the names of definitions that a structure points to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)


def served_groups() -> set[tuple[str, str]]:
    """Return (group, version) of all that is served, subresources and meta/v1 included."""
    rows = json.loads((HERE / "resources.json").read_text(encoding="utf-8"))
    found = {(row["group"], row["version"]) for row in rows}
    for row in rows:
        found |= {(sub.get("group", row["group"]), sub.get("version", row["version"])) for sub in row["subresources"].values()}
    return found


def reachable(definitions: dict[str, Any], roots: set[str]) -> set[str]:
    """Return the roots and all that they point to."""
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += references(definitions[name])
    return seen


def kinds(definitions: dict[str, Any]) -> dict[str, str]:
    """Return `group/version/Kind` -> definition."""
    index = {}
    for name, node in sorted(definitions.items()):
        for gvk in node.get("x-kubernetes-group-version-kind", ()):
            index["/".join(part for part in (gvk["group"], gvk["version"], gvk["kind"]) if part)] = name
    return index


def dump(path: pathlib.Path, rows: dict[str, Any]) -> None:
    """Write compact JSON, one entry a line, so that a change reads well in a diff."""
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in sorted(rows.items())]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Write every file of schemas/definitions anew."""
    definitions = {name: definition(name, raw) for name, raw in source().items()}
    served = {f"{group}/{version}/".lstrip("/") for group, version in served_groups()}
    index = {kind: name for kind, name in kinds(definitions).items() if kind.rpartition("/")[0] + "/" in served}
    roots = set(index.values()) | {name for name in definitions if ".apis.meta.v1." in name}
    packages: dict[str, dict[str, Any]] = {}
    for name in reachable(definitions, roots):
        packages.setdefault(name.rpartition(".")[0], {})[name] = definitions[name]
    folder = HERE / "definitions"
    for old in folder.glob("*.json"):
        old.unlink()
    for package, rows in packages.items():
        dump(folder / f"{package}.json", rows)
    dump(folder / "index.json", index)


if __name__ == "__main__":
    main()
