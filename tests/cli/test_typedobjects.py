"""Objects as kubectl writes them that it has read into Go structs."""

from minikube_py.cli import typedobjects


def test_objects_within_objects_keep_their_kind() -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    template = {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "a"}]}}
    found = typedobjects.of({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": template, "volumeClaimTemplates": [claim]}})
    assert list(found["spec"]["volumeClaimTemplates"][0]) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert found["spec"]["volumeClaimTemplates"][0]["kind"] == "PersistentVolumeClaim"
    assert list(found["spec"]["template"]) == ["metadata", "spec"]
