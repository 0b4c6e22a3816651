"""OpenAPI v2 (Swagger 2.0) out of the documents of v3: one piece, references beside other keys, bodies as parameters."""

from collections.abc import Iterable, Iterator

from minikube_py.apiserver.openapi import components
from minikube_py.apiserver.openapi.components import Raw

PREFIX = "#/definitions/"
_NAMED = {"oneOf": "string"}  # what may be a string or a number is a string here


def document(parts: Iterable[Raw], version: str) -> Raw:
    """Return the document; `parts` are all documents of v3."""
    paths: Raw = {}
    definitions: Raw = {}
    for part in parts:
        paths |= {path: _item(item) for path, item in part["paths"].items()}
        definitions |= part["components"]["schemas"]
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": dict(sorted(paths.items())),
        "definitions": {name: _schema(raw) for name, raw in sorted(definitions.items())},
        "securityDefinitions": {"BearerToken": {"type": "apiKey", "name": "authorization", "in": "header", "description": "Bearer Token authentication"}},
        "security": [{"BearerToken": []}],
    }


def _item(item: Raw) -> Raw:
    return {key: [_parameter(one) for one in value] if key == "parameters" else _operation(value) for key, value in item.items()}


def _parameter(raw: Raw) -> Raw:
    shape: Raw = raw["schema"]
    return {key: value for key, value in raw.items() if key != "schema"} | shape


def _operation(raw: Raw) -> Raw:
    out = {key: value for key, value in raw.items() if key not in ("parameters", "requestBody", "responses")}
    taken = [_parameter(one) for one in raw.get("parameters", ())]
    body = raw.get("requestBody")
    if body is not None:
        (shape,) = {str(content["schema"]): content["schema"] for content in body["content"].values()}.values()
        taken.append({"name": "body", "in": "body", "schema": _schema(shape)} | ({"required": True} if body.get("required") else {}))
        out["consumes"] = list(body["content"])
    if taken:
        out["parameters"] = taken
    out["produces"] = list(dict.fromkeys(_media(raw["responses"].values())))
    out["responses"] = {code: _response(answer) for code, answer in raw["responses"].items()}
    return out


def _media(answers: Iterable[Raw]) -> Iterator[str]:
    for answer in answers:
        yield from answer.get("content", ())


def _response(raw: Raw) -> Raw:
    shapes = [content["schema"] for content in raw.get("content", {}).values()]
    return {"description": raw["description"]} | ({"schema": _schema(shapes[0])} if shapes else {})


def _schema(raw: Raw) -> Raw:
    """Return a schema of v2: no defaults, as kube-apiserver's, no allOf of one, no oneOf."""
    out: Raw = {}
    for key, value in raw.items():
        if key == "properties":
            out[key] = {name: _schema(node) for name, node in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            out[key] = _schema(value)
        elif key == "allOf" and len(value) == 1:
            out |= _schema(value[0])
        elif key == "$ref":
            out[key] = PREFIX + value.removeprefix(components.PREFIX)
        elif key in _NAMED:
            out.setdefault("type", _NAMED[key])
        elif key not in ("default", "nullable", "anyOf", "not"):
            out[key] = value
    return out
