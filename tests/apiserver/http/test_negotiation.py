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
])  # fmt: skip
def test_forms(accept: str, expected: Shape) -> None:
    assert negotiation.shape(accept) == expected


@pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*", "application/json;as=Table;v=v1;g=other"])
def test_what_is_not_served(accept: str) -> None:
    with pytest.raises(negotiation.NotAcceptable) as caught:
        negotiation.shape(accept)
    assert (caught.value.code, caught.value.message) == (406, "only the following media types are accepted: application/json")
