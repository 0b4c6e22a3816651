"""What users mean by a word, where it is the kind and no name of a resource."""

import pytest

from minikube_py.machinery import scheme
from minikube_py.machinery.scheme import Resource, Scheme

GADGETS = Resource("example.com", "v1", "gadgets", "Thing", "gadget", True, (), (), ("get", "list"), {})  # not named after its kind


@pytest.fixture(scope="module")
def known() -> Scheme:
    """The built-in kinds and the resource metrics, whose plurals are those of other kinds."""
    made = scheme.builtin()
    for resource in (*scheme.METRICS, GADGETS, GADGETS._replace(version="v2")):
        made.add(resource)
    return made


@pytest.mark.parametrize(
    ("text", "qualified"),
    [
        ("PodMetrics", "pods.metrics.k8s.io"),
        ("podmetrics", "pods.metrics.k8s.io"),
        ("PodMetrics.metrics.k8s.io", "pods.metrics.k8s.io"),
        ("PodMetrics.v1beta1.metrics.k8s.io", "pods.metrics.k8s.io"),
        ("NodeMetrics", "nodes.metrics.k8s.io"),
        ("podMetrics", "pods.metrics.k8s.io"),
        ("Thing", None),  # without a group it would be one of the core
        ("thing.example.com", "gadgets.example.com"),
        ("tHING.example.com", None),
        ("Thing.example.com", "gadgets.example.com"),
        ("Thing.v1.example.com", "gadgets.example.com"),
        ("Thing.v3.example.com", None),
        ("Thing.apps", None),
        ("Thing.v1.apps", None),
        ("PodMetrics.v1.metrics.k8s.io", None),
        ("PodMetrics.apps", None),
        ("PodMetrics.v1beta1.apps", None),
        ("Deployment.v1.apps", "deployments.apps"),
        ("Deployment.v2.apps", None),
        ("Event.events.k8s.io", "events.events.k8s.io"),
        ("Event", "events"),
        ("pods.metrics", "pods.metrics.k8s.io"),
        ("pods", "pods"),
        ("", None),
    ],
)
def test_kinds(known: Scheme, text: str, qualified: str | None) -> None:
    found = known.find(text)
    assert (None if found is None else found.qualified) == qualified


def test_a_kind_in_a_version(known: Scheme) -> None:
    found = [known.find(text) for text in ("Thing.example.com", "Thing.v1.example.com", "Thing.v2.example.com", "gadgets.v2.example.com")]
    assert [of and of.version for of in found] == ["v1", "v1", "v2", "v2"]


def test_what_is_not_there(known: Scheme) -> None:
    assert known.must("deployments.apps").kind == "Deployment"
    with pytest.raises(KeyError, match=r"^'widgets\.example\.com'$"):
        known.must("widgets.example.com")
    assert known.preferred("apps", "widgets") is None and known.for_kind("apps/v2", "Deployment") is None
