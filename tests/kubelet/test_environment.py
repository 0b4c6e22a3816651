"""Environment variables from everywhere."""

import base64
from typing import Any

import pytest

from minikube_py.kubelet import environment
from minikube_py.kubelet.environment import Sources
from minikube_py.kubelet.runtime import RuntimeFailure

NODE = {"metadata": {"name": "minikube"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}}
STATUS = {"podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}], "hostIP": "192.168.49.2", "hostIPs": [{"ip": "192.168.49.2"}]}
POD = {"metadata": {"name": "web", "namespace": "default", "uid": "u1", "labels": {"app": "web", "tier": "a"},
                     "annotations": {"note": "x", "more": '{"a":"\\"}\n'}},
       "spec": {"nodeName": "minikube", "serviceAccountName": "robot", "containers": [
           {"name": "other", "resources": {"requests": {"cpu": "250m"}}},
           {"name": "web", "resources": {"requests": {"memory": "64Mi"}, "limits": {"cpu": "1500m"}}}]}}  # fmt: skip


class Shelf:
    """Stands for the API: config maps and secrets by name."""

    OBJECTS: dict[tuple[str, str], dict[str, Any]] = {
        ("configmaps", "conf"): {"data": {"a": "1", "b": "2"}},
        ("secrets", "secret"): {"data": {"key": base64.b64encode(b"hidden").decode()}},
    }

    def find(self, resource: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        return self.OBJECTS.get((resource, name))


def resolve(env: list[dict[str, Any]] | None = None, env_from: list[dict[str, Any]] | None = None, **container: Any) -> dict[str, str]:
    spec = {**POD["spec"]["containers"][1], "env": env or [], "envFrom": env_from or [], **container}  # type: ignore[index]
    sources = Sources(Shelf(), "default")  # type: ignore[arg-type]
    return dict(environment.variables(POD, spec, sources, STATUS, NODE))


@pytest.mark.parametrize(("text", "expected"), [
    ("$(A)", "1"), ("x$(A)y", "x1y"), ("$(B)", "$(B)"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$A", "$A"), ("$(A", "$(A"), ("", ""),
])  # fmt: skip
def test_references_to_other_variables(text: str, expected: str) -> None:
    assert environment.expand(text, {"A": "1"}) == expected


def test_values_may_refer_to_earlier_ones() -> None:
    assert resolve([{"name": "HOST", "value": "db"}, {"name": "URL", "value": "//$(HOST)/$(LATER)"}]) == {"HOST": "db", "URL": "//db/$(LATER)"}


def test_whole_config_maps_and_secrets() -> None:
    found = resolve(env_from=[{"configMapRef": {"name": "conf"}, "prefix": "C_"}, {"secretRef": {"name": "secret"}},
                              {"configMapRef": {"name": "none", "optional": True}}])  # fmt: skip
    assert found == {"C_a": "1", "C_b": "2", "key": "hidden"}


@pytest.mark.parametrize(("source", "value"), [
    ({"configMapKeyRef": {"name": "conf", "key": "a"}}, "1"), ({"secretKeyRef": {"name": "secret", "key": "key"}}, "hidden"),
    ({"fieldRef": {"fieldPath": "metadata.name"}}, "web"), ({"fieldRef": {"fieldPath": "metadata.namespace"}}, "default"),
    ({"fieldRef": {"fieldPath": "metadata.uid"}}, "u1"), ({"fieldRef": {"fieldPath": "spec.nodeName"}}, "minikube"),
    ({"fieldRef": {"fieldPath": "spec.serviceAccountName"}}, "robot"), ({"fieldRef": {"fieldPath": "status.podIP"}}, "10.0.0.7"),
    ({"fieldRef": {"fieldPath": "status.hostIPs"}}, "192.168.49.2"), ({"fieldRef": {"fieldPath": "metadata.labels['tier']"}}, "a"),
    ({"fieldRef": {"fieldPath": "metadata.annotations['none']"}}, ""), ({"fieldRef": {"fieldPath": "metadata.labels"}}, 'app="web"\ntier="a"'),
    ({"fieldRef": {"fieldPath": "metadata.annotations"}}, 'more="{\\"a\\":\\"\\\\\\"}\\n"\nnote="x"'), ({"resourceFieldRef": {"resource": "limits.cpu"}}, "2"),
    ({"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}, "1500"), ({"resourceFieldRef": {"resource": "requests.memory"}}, "67108864"),
    ({"resourceFieldRef": {"resource": "requests.memory", "divisor": "1Mi"}}, "64"), ({"resourceFieldRef": {"resource": "requests.cpu"}}, "0"),
    ({"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Gi"}}, "8"),
    ({"resourceFieldRef": {"resource": "requests.cpu", "divisor": "1m", "containerName": "other"}}, "250"),
])  # fmt: skip
def test_values_from_elsewhere(source: dict[str, Any], value: str) -> None:
    assert resolve([{"name": "V", "valueFrom": source}]) == {"V": value}


@pytest.mark.parametrize(("source", "message"), [
    ({"configMapKeyRef": {"name": "none", "key": "a"}}, 'configmap "none" not found'),
    ({"configMapKeyRef": {"name": "conf", "key": "z"}}, "couldn't find key z in ConfigMap default/conf"),
    ({"secretKeyRef": {"name": "none", "key": "a"}}, 'secret "none" not found'),
    ({"secretKeyRef": {"name": "secret", "key": "z"}}, "couldn't find key z in Secret default/secret"),
])  # fmt: skip
def test_what_is_missing(source: dict[str, Any], message: str) -> None:
    with pytest.raises(RuntimeFailure) as caught:
        resolve([{"name": "V", "valueFrom": source}])
    assert (caught.value.reason, str(caught.value)) == ("CreateContainerConfigError", message)
    optional = {kind: {**reference, "optional": True} for kind, reference in source.items()}
    assert resolve([{"name": "V", "valueFrom": optional}]) == {}
