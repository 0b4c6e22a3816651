"""Makes ConfigMaps and Secrets from files, literals and environment files, and the hashes in their names."""

import base64
import posixpath
from typing import Any

from minikube_py.kustomize import nodes
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError, Map, Scalar
from minikube_py.kustomize.resources import Resource
from minikube_py.kustomize.schemas import Schemas

_BOM = b"\xef\xbb\xbf"
_HASH = str.maketrans("013ae", "ghkmt")


def with_options(arguments: dict[str, Any], options: dict[str, Any] | None) -> dict[str, Any]:
    """Return a generator's arguments with the generatorOptions of its kustomization."""
    if options is None:
        return arguments
    own = arguments.get("options", {})
    both: dict[str, Any] = {field: {**options.get(field, {}), **own.get(field, {})} for field in ("labels", "annotations")}
    both |= {field: own.get(field, False) or options.get(field, False) for field in ("disableNameSuffixHash", "immutable")}
    return {**arguments, "options": both}


def generate(kind: str, arguments: dict[str, Any], loader: Loader, schemas: Schemas) -> list[Resource]:
    """Return what a generator makes: one ConfigMap or Secret."""
    name = arguments.get("name", "")
    if not name:
        raise KustomizeError("a configmap must have a name")
    metadata: Map = {"name": Scalar(name)}
    if arguments.get("namespace"):
        metadata["namespace"] = Scalar(arguments["namespace"])
    obj: Map = {"apiVersion": Scalar("v1"), "kind": Scalar(kind), "metadata": metadata}
    pairs = _pairs(name, arguments, loader)
    if kind == "Secret":
        obj["type"] = Scalar(arguments.get("type") or "Opaque")
        obj["data"] = {nodes.key(each): Scalar(_base64(pairs[each])) for each in sorted(pairs)}
    else:
        _add_config_data(obj, pairs)
    options = arguments.get("options", {})
    for field in ("labels", "annotations"):
        if options.get(field):
            metadata[field] = {nodes.key(each): Scalar(text) for each, text in sorted(options[field].items())}
    if options.get("immutable"):
        obj["immutable"] = Scalar("true", "bool")
    resource = Resource(obj, schemas)
    resource.needs_hash = not options.get("disableNameSuffixHash")
    resource.behavior = arguments.get("behavior", "")
    return [resource]


def _add_config_data(obj: Map, pairs: dict[str, bytes]) -> None:
    for key in sorted(pairs):
        try:
            field, text = "data", pairs[key].decode("utf-8")
        except UnicodeDecodeError:
            field, text = "binaryData", _base64(pairs[key])
        obj.setdefault(field, {})[nodes.key(key)] = Scalar(text)


def _base64(content: bytes) -> str:
    """Return base64 in lines of 70, as kustomize breaks what is longer than one line."""
    encoded = base64.b64encode(content).decode("ascii")
    if len(encoded) <= 70:
        return encoded
    return "".join(encoded[start : start + 70] + "\n" for start in range(0, len(encoded), 70))


def _pairs(name: str, arguments: dict[str, Any], loader: Loader) -> dict[str, bytes]:
    readers = (("env source files:", "envs", _from_env), ("literal sources", "literals", _from_literal), ("file sources:", "files", _from_file))
    pairs: list[tuple[str, bytes]] = []
    for what, field, read in readers:
        sources = arguments.get(field, [])
        try:
            pairs += [pair for source in sources for pair in read(source, loader)]
        except KustomizeError as error:
            raise KustomizeError(f"loading KV pairs: {what} [{' '.join(sources)}]: {error}") from None
    found: dict[str, bytes] = {}
    for key, content in pairs:
        if key in found:
            raise KustomizeError(f"configmap {name} illegally repeats the key `{key}`")
        found[key] = content
    return found


def _from_env(path: str, loader: Loader) -> list[tuple[str, bytes]]:
    found = []
    for number, line in enumerate(loader.load(path).split(b"\n")):
        line = line.removesuffix(b"\r")
        try:
            text = (line.removeprefix(_BOM) if number == 0 else line).decode("utf-8").lstrip()
        except UnicodeDecodeError:
            raise KustomizeError(f"line [{' '.join(map(str, line))}] has invalid utf8 bytes : {line.decode('utf-8', 'replace')}") from None
        if text and not text.startswith("#"):
            key, _, value = text.partition("=")
            if key:
                found.append((key, value.encode("utf-8")))
    return found


def _from_literal(source: str, _: Loader) -> list[tuple[str, bytes]]:
    key, equals, value = source.partition("=")
    if not key or not equals:
        raise KustomizeError(f"invalid literal source {source}, expected key=value")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return [(key, value.encode("utf-8", "surrogatepass"))]


def _from_file(source: str, loader: Loader) -> list[tuple[str, bytes]]:
    from minikube_py.kits import gofmt

    key, equals, path = source.partition("=")
    if not equals:
        return [(posixpath.basename(source.rstrip("/")) or "/" if source else ".", loader.load(source))]
    if source.count("=") > 1:
        raise KustomizeError(f"source {gofmt.quote(source)} key name or file path contains '='")
    if not key:
        raise KustomizeError(f"missing key name for file path {gofmt.quote(path)} in source {gofmt.quote(source)}")
    if not path:
        raise KustomizeError(f"missing file path for key name {gofmt.quote(key)} in source {gofmt.quote(source)}")
    return [(key, loader.load(path))]


def content_hash(resource: Resource) -> str:
    """Return the ten letters that stand for the content of a ConfigMap, a Secret, or another object."""
    import hashlib

    from minikube_py.kits import jsonio

    obj = resource.there
    # kustomize looks for a field that is called metadata/name: the name never counts.
    if resource.kind == "ConfigMap":
        content = {"kind": "ConfigMap", "name": "", "data": _hashed(obj, "data")}
        optional = "binaryData"
    elif resource.kind == "Secret":
        content = {"kind": "Secret", "type": _hashed(obj, "type"), "name": "", "data": _hashed(obj, "data")}
        optional = "stringData"
    else:
        content, optional = nodes.value(obj), ""
    if optional and isinstance(obj.get(optional), dict):
        content[optional] = nodes.value(obj[optional])
    text = jsonio.go_json(content)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10].translate(_HASH)


def _hashed(obj: Map, field: str) -> Any:
    found = obj.get(field)
    if found is None:
        return ""
    return found.text if isinstance(found, Scalar) else nodes.value(found)


def add_hashes(resources: list[Resource]) -> None:
    """Put the hashes behind the names of generated resources."""
    for resource in resources:
        if resource.needs_hash:
            suffix = content_hash(resource)
            resource.store_id()
            resource.set_text("metadata", "name", text=f"{resource.name}-{suffix}")
