"""Namespaces end with all that is in them."""

from tests.controllers import fakes


def full_namespace() -> fakes.World:
    world = fakes.World()
    world.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    world.settle()
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": fakes.pod_spec()}}
    world.add("Deployment", "web", spec, api="apps/v1", space="shop")
    world.add("ConfigMap", "settings", space="shop", data={"a": "b"})
    return world


def left_in(world: fakes.World, space: str) -> list[str]:
    found = []
    for resource in world.client.resources():
        if resource.namespaced and "list" in resource.verbs:
            found += [f"{resource.qualified}/{item['metadata']['name']}" for item in world.client.items(resource, space)]
    return found


def test_a_deleted_namespace_leaves_nothing_behind() -> None:
    world = full_namespace()
    assert len(world.names("pods", "shop")) == 2
    world.client.delete("namespaces", "shop")
    world.settle()
    assert world.client.find("namespaces", "shop") is None
    assert left_in(world, "shop") == []
    assert world.cluster.backend.state_range("loop/namespace-controller/") == []
    assert not [kv.key for kv in world.cluster.backend.range("/registry/").kvs if "/shop/" in kv.key]


def test_a_finalizer_on_content_holds_the_namespace_up_and_is_told_of() -> None:
    world = full_namespace()
    world.add("ConfigMap", "held", space="shop", finalizers=["example.com/hold"])
    world.client.delete("namespaces", "shop")
    world.settle()
    namespace = world.get("namespaces", "shop", "")
    assert namespace["status"]["phase"] == "Terminating"
    assert [(item["type"], item["status"], item["message"]) for item in namespace["status"]["conditions"]] == [
        ("NamespaceDeletionDiscoveryFailure", "False", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False", "All legacy kube types successfully parsed"),
        ("NamespaceDeletionContentFailure", "False", "All content successfully deleted, may be waiting on finalization"),
        ("NamespaceContentRemaining", "True", "Some resources are remaining: configmaps. has 1 resource instances"),
        ("NamespaceFinalizersRemaining", "True", "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"),
    ]
    assert world.again("namespace-controller", "shop")
    world.client.patch("configmaps", "held", "shop", {"metadata": {"finalizers": None}})
    world.settle()
    assert world.client.find("namespaces", "shop") is None


def test_a_pod_with_a_finalizer_keeps_everything_else_in_place() -> None:
    world = full_namespace()
    world.add("Pod", "slow", fakes.pod_spec(), space="shop", finalizers=["example.com/hold"])
    world.client.delete("namespaces", "shop")
    world.settle()
    assert world.names("pods", "shop") == ["slow"]
    assert "settings" in world.names("configmaps", "shop")
    world.client.patch("pods", "slow", "shop", {"metadata": {"finalizers": None}})
    world.settle()
    assert left_in(world, "shop") == []


def test_other_namespaces_are_left_alone() -> None:
    world = full_namespace()
    world.add("ConfigMap", "mine")
    world.client.delete("namespaces", "shop")
    world.settle()
    assert "mine" in world.names("configmaps")
