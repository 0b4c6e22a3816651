"""The apiserver's certificate is published in each namespace."""

from tests.controllers import fakes


def test_each_namespace_has_the_map_and_keeps_it() -> None:
    world = fakes.World()
    found = world.get("configmaps", "kube-root-ca.crt")
    assert list(found["data"]) == ["ca.crt"]
    assert list(found["metadata"]["annotations"]) == ["kubernetes.io/description"]
    world.client.patch("configmaps", "kube-root-ca.crt", "default", {"data": {"ca.crt": "forged"}})
    world.settle()
    assert world.get("configmaps", "kube-root-ca.crt")["data"] == found["data"]
    world.client.delete("configmaps", "kube-root-ca.crt", "default")
    world.settle()
    assert world.get("configmaps", "kube-root-ca.crt")["data"] == found["data"]
    assert world.again("root-ca-certificate-publisher", "default")
