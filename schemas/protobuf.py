"""Make schemas/protobuf.json: the field numbers of every message that a protobuf body can hold, and how Go writes each field in JSON.

Run it from a checkout: `python schemas/protobuf.py FIELDS PATH...`. FIELDS is a JSON file of message -> number -> [name, type];
each PATH is a Go source tree of Kubernetes v1.33 (k8s.io/api, apimachinery, apiextensions-apiserver, kube-aggregator), from which
come the messages that FIELDS lacks, and what a .proto does not tell: pointers, omitempty and embedded structs.

A message becomes number -> "name[,omitempty][,inline] type", in the order of the Go struct. A type is written as in Go: *int32,
[]string, map[string]resource.Quantity; one without a dot is of the message's own package, and "packages" says what metav1 and the
others stand for. A message that is only a list is that list's type.
"""

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
SCALARS = {"string", "bool", "int32", "int64", "bytes", "double"}
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
PACKAGES = {
    "corev1": "io.k8s.api.core.v1", "intstr": "io.k8s.apimachinery.pkg.util.intstr", "metav1": META.rstrip("."),
    "resource": "io.k8s.apimachinery.pkg.api.resource", "runtime": "io.k8s.apimachinery.pkg.runtime",
}  # fmt: skip
# Their Go code writes itself; the decoder knows each by name.
OPAQUE = {
    META + "Time", META + "Timestamp", META + "MicroTime", META + "FieldsV1", META + "Duration", "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "io.k8s.apimachinery.pkg.runtime.RawExtension",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
}  # fmt: skip
PACKAGE = re.compile(r"^package (\S+);", re.MULTILINE)
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
PROTO_FIELD = re.compile(r"^\s+(optional|repeated|required|map<)\s*(.*?)\s+(\w+) = (\d+);", re.MULTILINE)
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
ALIAS = re.compile(r"^type (\w+) (\w+)\.(\w+)$", re.MULTILINE)
GO_FIELD = re.compile(r"^\s+(?:\w+\s+)?(\S+)\s+`([^`]*protobuf:\"[^`]*)`", re.MULTILINE)

Messages = dict[str, dict[str, tuple[str, str]]]


class Tag(NamedTuple):
    """What Go says of one field: JSON name ("" where it has none), options of its JSON tag, whether it is a pointer."""

    name: str
    options: frozenset[str]
    pointer: bool


def definition_name(message: str) -> str:
    """Return io.k8s.api.core.v1.Pod, as schemas/definitions has it, for k8s.io.api.core.v1.Pod."""
    return re.sub(r"\bk8s\.io\.", "io.k8s.", message).replace("_", "-")


def given(path: pathlib.Path) -> Messages:
    """Return the messages of the file of fields."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        definition_name(name): {number: (field, go_type(definition_name(kind))) for number, (field, kind) in fields.items()} for name, fields in rows.items()
    }


def go_type(kind: str) -> str:
    """Return []T for T[], and map[K]V for map<K,V>."""
    if kind.startswith("map<"):
        key, _, value = kind[4:-1].partition(",")
        return f"map[{key.strip()}]{value.strip()}"
    return "[]" + kind[:-2] if kind.endswith("[]") else kind


def proto_messages(source: str) -> Messages:
    """Return the messages of one generated.proto."""
    package = definition_name(PACKAGE.findall(source)[0])
    found: Messages = {}
    for name, body in MESSAGE.findall(source):
        fields = found[f"{package}.{name}"] = {}
        for label, kind, field, number in PROTO_FIELD.findall(body):
            full = go_type({"repeated": kind + "[]", "map<": "map<" + kind}.get(label, kind))
            fields[number] = field, re.sub(r"([\w.]+)$", lambda match: absolute(match[1], package), full)
    return found


def absolute(kind: str, package: str) -> str:
    """Return the full name of a type as a .proto names it: scalars and full names stay."""
    if kind in SCALARS:
        return kind
    return definition_name(kind.lstrip(".")) if "." in kind else f"{package}.{kind}"


def go_aliases(folder: pathlib.Path, package: str) -> Iterator[tuple[str, str]]:
    """Yield type and the one of another package (meta/v1, or v1 of the same group) that it is made of."""
    for path in sorted(folder.glob("*.go")):
        for name, where, target in ALIAS.findall(path.read_text(encoding="utf-8")):
            home = META if where == "metav1" else f"{package.rpartition('.')[0]}.{where}."
            yield f"{package}.{name}", home + target


def go_tags(folder: pathlib.Path) -> Iterator[tuple[str, dict[str, Tag]]]:
    """Yield struct name and number -> tag of every struct of one Go package."""
    for path in sorted(folder.glob("*.go")):
        for name, body in STRUCT.findall(path.read_text(encoding="utf-8")):
            tags = {}
            for kind, text in GO_FIELD.findall(body):
                number = re.search(r'protobuf:"[^,"]*,(\d+)', text)
                written = re.search(r'json:"([^"]*)"', text)
                if number:
                    json_name, *options = (written[1] if written else "").split(",")
                    tags[number[1]] = Tag(json_name, frozenset(options), kind.startswith("*"))
            yield name, tags


def spelled(kind: str, package: str) -> str:
    """Return a type without its own package, and with the short name of another."""
    prefix, name = re.fullmatch(r"(\[\]|map\[\w+\]|)(.*)", kind).groups()  # type: ignore[union-attr]
    where, dot, short = name.rpartition(".")
    if not dot or where == package:
        return f"{prefix}{short}"
    alias = next((alias for alias, full in PACKAGES.items() if full == where), where)
    return f"{prefix}{alias}.{short}"


def row(name: str, fields: dict[str, tuple[str, str]], tags: dict[str, Tag] | None) -> dict[str, str] | str:
    """Return what the file says of one message."""
    package = name.rpartition(".")[0]
    if tags is None and fields:
        ((field, kind),) = fields.values()  # a Go slice type: a message with the one field items
        assert field == "items", name
        return kind
    out = {}
    for number, (field, kind) in fields.items():
        tag = (tags or {})[number]
        options = "".join(f",{option}" for option in ("omitempty", "inline") if option in tag.options)
        out[number] = f"{tag.name or ('' if 'inline' in tag.options else field)}{options} {'*' if tag.pointer else ''}{spelled(kind, package)}"
    return out


def reachable(messages: Messages, roots: set[str]) -> set[str]:
    """Return the roots and all messages in them that do not write themselves."""
    seen: set[str] = set()
    todo = [root for root in roots if root in messages]
    while todo:
        name = todo.pop()
        if name in seen or name in OPAQUE:
            continue
        seen.add(name)
        kinds = {re.sub(r"^(\[\]|map\[\w+\])", "", kind) for _, kind in messages[name].values()}
        todo += kinds - SCALARS
    return seen


def main(fields: str, trees: list[str]) -> None:
    """Write the file."""
    messages = given(pathlib.Path(fields))
    tags: dict[str, dict[str, Tag]] = {}
    aliases: dict[str, str] = {}
    for path in [path for tree in trees for path in sorted(pathlib.Path(tree).rglob("generated.proto"))]:
        source = path.read_text(encoding="utf-8")
        messages = proto_messages(source) | messages
        package = definition_name(PACKAGE.findall(source)[0])
        tags |= {f"{package}.{name}": found for name, found in go_tags(path.parent)}
        aliases |= dict(go_aliases(path.parent, package))
    tags |= {name: tags[target] for name, target in aliases.items() if target in tags}
    roots = set(json.loads((HERE / "definitions" / "index.json").read_text(encoding="utf-8")).values())
    roots |= {name for name in messages if name.startswith(META)}
    missing = sorted(roots - set(messages))
    if missing:
        print("no message for:", *missing, file=sys.stderr)
    rows: dict[str, dict[str, str] | str] = {name: row(name, messages[name], tags.get(name)) for name in sorted(reachable(messages, roots))}
    rows = {"packages": PACKAGES, **rows}
    lines = [f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in rows.items()]
    (HERE / "protobuf.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
