"""Make schemas/gotypes.json: which fields have a Go type with a name of its own, such as v1.PullPolicy, that schemas do not tell.

Run it from a checkout with the paths of Go source trees of k8s.io/api and k8s.io/apimachinery:
`python schemas/gotypes.py PATH...`. Only names are taken, for the messages of wrong types.
"""

import json
import pathlib
import re
import sys
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^type (\w+) (?!struct|interface|=)(\S+)", re.MULTILINE)
FIELD = re.compile(r'^\s+(?:\w+\s+)?(\S+)\s+`[^`]*json:"([^"]*)"', re.MULTILINE)
PLAIN = {"string", "bool", "int", "int32", "int64", "float64", "byte", "uint8"}


class Package(NamedTuple):
    """One Go package: fields (Go type, JSON name) of its structs, and its types that are no structs."""

    structs: dict[str, list[tuple[str, str]]]
    named: set[str]


def read(source: str) -> Package:
    """Return what types.go declares."""
    structs = {name: [(kind, tag) for kind, tag in FIELD.findall(body)] for name, body in STRUCT.findall(source)}
    return Package(structs, {name for name, _ in NAMED.findall(source)})


def definition_package(path: pathlib.Path) -> str:
    """Return io.k8s.api.core.v1 for core/v1, or meta/v1's name."""
    *_, group, version = path.parent.parts
    return f"io.k8s.apimachinery.pkg.apis.meta.{version}" if group == "meta" else f"io.k8s.api.{group}.{version}"


def go_name(kind: str, package: str, packages: dict[str, Package]) -> str | None:
    """Return the type as reflect spells it where it has a name of its own that stands for no struct."""
    alias = package.rpartition(".")[2]
    match = re.fullmatch(r"((?:\[\]|map\[\w+\])?)\*?([\w.]+)", kind.removeprefix("*"))
    if match is None:
        return None
    prefix, base = match.groups()
    where, _, short = base.rpartition(".")
    homes = {"": package, "v1": "io.k8s.api.core.v1", "corev1": "io.k8s.api.core.v1", "metav1": "io.k8s.apimachinery.pkg.apis.meta.v1"}
    home = homes.get(where)
    if base in PLAIN or home not in packages:
        return None
    if where == "types" or short in packages[home].named:
        return f"{prefix}{home.rpartition('.')[2] if where else alias}.{short}"
    return None


def fields(name: str, package: str, packages: dict[str, Package]) -> dict[str, str]:
    """Return JSON field -> Go type of one struct, embedded structs included."""
    found: dict[str, str] = {}
    for kind, tag in packages[package].structs.get(name, ()):
        field = tag.partition(",")[0]
        if not field and kind in packages[package].structs:
            found |= fields(kind, package, packages)
        elif kind == "types.UID":
            found[field] = kind
        elif go_type := go_name(kind, package, packages):
            found[field] = go_type
    return found


def main(roots: list[str]) -> None:
    """Write the file."""
    paths = [path for root in roots for path in sorted(pathlib.Path(root).rglob("types.go"))]
    packages = {definition_package(path): read(path.read_text(encoding="utf-8")) for path in paths}
    result: dict[str, dict[str, str]] = {}
    for file in sorted((HERE / "definitions").glob("io.*.json")):
        package = file.name.removesuffix(".json")
        for definition, raw in json.loads(file.read_text(encoding="utf-8")).items():
            known = fields(definition.rpartition(".")[2], package, packages) if package in packages else {}
            kept = {field: kind for field, kind in sorted(known.items()) if field in raw.get("properties", {})}
            if kept:
                result[definition] = kept
    rows = [f"{json.dumps(name)}:{json.dumps(kinds, separators=(',', ':'))}" for name, kinds in result.items()]
    (HERE / "gotypes.json").write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
