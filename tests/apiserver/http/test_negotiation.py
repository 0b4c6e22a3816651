"""Accept headers."""

import pytest

from minikube_py.apiserver.http import negotiation
from minikube_py.apiserver.http.negotiation import Shape

KUBECTL = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"


@pytest.mark.parametrize(("accept", "expected"), [
    ("", Shape()),
    ("*/*", Shape()),
    ("application/json", Shape()),
    ("application/vnd.kubernetes.protobuf,application/json", Shape()),
    ("application/vnd.kubernetes.protobuf, */*", Shape()),
    (KUBECTL, Shape("Table", "v1")),
    ("application/json;as=Table;v=v1beta1;g=meta.k8s.io", Shape("Table", "v1beta1")),
    ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", Shape()),
    ("application/json; as=PartialObjectMetadataList; g=meta.k8s.io; v=v1", Shape("PartialObjectMetadataList", "v1")),
    ("application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", Shape("Table", "v1")),
    ("application/json;q=x", Shape()),
    ("application/yaml", Shape()),
    ("application/yaml;as=Table;v=v1;g=meta.k8s.io", Shape("Table", "v1")),
])  # fmt: skip
def test_forms(accept: str, expected: Shape) -> None:
    assert negotiation.shape(accept) == expected


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*", "application/json;as=Table;v=v1;g=other"])
def test_what_is_not_served(accept: str) -> None:
    with pytest.raises(negotiation.NotAcceptable) as caught:
        negotiation.shape(accept)
    assert (caught.value.code, caught.value.message) == (406, "only the following media types are accepted: application/json, application/yaml")


@pytest.mark.parametrize(("accept", "wants"), [
    ("", False),
    ("application/yaml", True),
    ("application/yaml,application/json", True),
    ("application/json,application/yaml", False),
    ("application/json;q=0.5,application/yaml", True),
    ("*/*,application/yaml", False),
    ("text/html,Application/YAML", True),
    ("application/yaml;as=Table;v=v9;g=meta.k8s.io,application/json", False),
])  # fmt: skip
def test_who_wants_yaml(accept: str, wants: bool) -> None:
    assert negotiation.wants_yaml(accept) is wants


def test_streams_are_json_only() -> None:
    assert negotiation.shape("application/yaml,application/json", is_stream=True) == Shape()
    with pytest.raises(negotiation.NotAcceptable, match="are accepted: application/json$"):
        negotiation.shape("application/yaml", is_stream=True)
