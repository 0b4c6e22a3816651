"""How an answer is to look; the Accept header asks for JSON or YAML, as it is, as a Table, or as PartialObjectMetadata (apiserver handlers/negotiation)."""

from typing import NamedTuple

from minikube_py.machinery import errors

JSON, YAML = "application/json", "application/yaml"
TABLE, PARTIAL, PARTIAL_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
_TRANSFORMS = (TABLE, PARTIAL, PARTIAL_LIST)
_META_VERSIONS = ("v1", "v1beta1")


class Shape(NamedTuple):
    """The form of an answer; `transform` is empty for objects as they are, `version` that of meta.k8s.io."""

    transform: str = ""
    version: str = "v1"


PLAIN = Shape()


class Wanted(NamedTuple):
    """How an answer is to look."""

    shape: Shape
    include_object: str
    pretty: bool


class NotAcceptable(errors.StatusError):
    """406: none of the wanted media types is served."""

    code, reason = 406, "NotAcceptable"


def shape(accept: str, *, is_stream: bool = False, tables: bool = True) -> Shape:
    """Return the first form in an Accept header that is served here, by a stream as JSON only; NotAcceptable where none is."""
    medias = (JSON,) if is_stream else (JSON, YAML)
    found = _first(accept, medias, _TRANSFORMS if tables else _TRANSFORMS[1:])
    if found is None:
        raise NotAcceptable(f"only the following media types are accepted: {', '.join(medias)}")
    return found[1]


def wants_yaml(accept: str) -> bool:
    """Tell whether the form that shape() returns is to be written as YAML."""
    found = _first(accept, (JSON, YAML), _TRANSFORMS) if YAML in accept.lower() else None
    return found is not None and found[0] == YAML


def _first(accept: str, medias: tuple[str, ...], transforms: tuple[str, ...]) -> tuple[str, Shape] | None:
    if not accept:
        return JSON, PLAIN
    for media, parameters in _clauses(accept):
        if media not in (*medias, "application/*", "*/*"):
            continue
        transform = parameters.get("as", "")
        if not transform:
            return media, PLAIN
        version = parameters.get("v", "")
        if parameters.get("g") == "meta.k8s.io" and version in _META_VERSIONS and transform in transforms:
            return media, Shape(transform, version)
    return None


def _clauses(accept: str) -> list[tuple[str, dict[str, str]]]:
    """Return (media type, parameters) of each clause, the most wanted first."""
    found = []
    for clause in accept.split(","):
        media, *parameters = (part.strip() for part in clause.split(";"))
        found.append((media.lower(), {name.strip(): value.strip() for name, _, value in (parameter.partition("=") for parameter in parameters)}))
    return sorted(found, key=lambda entry: -_quality(entry[1].get("q", "1")))


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
