"""Make schemas/vanishing.json: which fields Go does not write while they are zero, so that `hostNetwork: false` is gone when it is read.

Run it from a checkout with the paths of Go source trees of k8s.io/api, apimachinery, apiextensions-apiserver and kube-aggregator:
`python schemas/vanishing.py PATH...`. A field vanishes where its tag says `omitempty` and its type is a plain value, a list or a
map: what is behind a pointer is written as soon as it is set, and a struct always.
"""

import json
import pathlib
import re
import sys
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'^\s+(?:\w+\s+)?(\S+)\s+`[^`]*json:"([^"]*)"', re.MULTILINE)
HOMES = {
    "meta": "io.k8s.apimachinery.pkg.apis.meta",
    "apiextensions": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
PLAIN = {None, "int32", "int64", "double", "byte"}

Structs = dict[str, list[tuple[str, str]]]


def packages(roots: list[str]) -> dict[str, Structs]:
    """Return the fields (Go type, tag) of all structs, by package as definitions are named after it."""
    found: dict[str, Structs] = {}
    for path in (path for root in roots for path in sorted(pathlib.Path(root).rglob("types*.go"))):
        *_, group, version = path.parent.parts
        package = f"{HOMES.get(group, f'io.k8s.api.{group}')}.{version}"
        found.setdefault(package, {}).update({name: FIELD.findall(body) for name, body in STRUCT.findall(path.read_text(encoding="utf-8"))})
    return found


def fields(name: str, structs: Structs) -> set[str]:
    """Return the fields of one struct, embedded ones included, that are no pointers and may be left out."""
    found: set[str] = set()
    for kind, tag in structs.get(name, ()):
        field, _, options = tag.partition(",")
        if not field and kind in structs:
            found |= fields(kind, structs)
        elif "omitempty" in options.split(",") and not kind.startswith("*"):
            found.add(field)
    return found


def is_plain(raw: dict[str, Any]) -> bool:
    """Tell whether a field is a plain value, a list or a map."""
    if raw.get("type") == "array" or "additionalProperties" in raw:
        return True
    return raw.get("type") in ("string", "boolean", "integer", "number") and raw.get("format") in PLAIN


def main(roots: list[str]) -> None:
    """Write the file: each definition with its fields that vanish."""
    known, rows = packages(roots), []
    for file in sorted((HERE / "definitions").glob("io.*.json")):
        package = file.name.removesuffix(".json")
        for definition, raw in json.loads(file.read_text(encoding="utf-8")).items():
            optional = fields(definition.rpartition(".")[2], known.get(package, {}))
            names = [name for name, field in sorted(raw.get("properties", {}).items()) if name in optional and is_plain(field)]
            if names:
                rows.append(f"{json.dumps(definition)}:{json.dumps(' '.join(names))}")
    (HERE / "vanishing.json").write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
