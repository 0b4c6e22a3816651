from typing import Any

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.plugins import claims
from tests.scheduler.fakes import World, node, pod


def claim(name: str = "data", kind: str = "standard", volume: str = "", **more: Any) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": kind, "resources": {"requests": {"storage": "1Gi"}}} | more
    made: Object = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "default"}, "spec": spec}
    if volume:
        spec["volumeName"] = volume
        made["status"] = {"phase": "Bound"}
    return made


def volume(name: str, size: str = "1Gi", kind: str = "standard", host: str = "", labels: dict[str, str] | None = None) -> Object:
    spec: Object = {"accessModes": ["ReadWriteOnce"], "storageClassName": kind, "capacity": {"storage": size}}
    if host:
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec, "status": {"phase": "Available"}}


def storage_class(mode: str, provisioner: str = "kctl/hostpath", **more: Any) -> Object:
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "standard"}, "provisioner": provisioner,
            "volumeBindingMode": mode, **more}  # fmt: skip


def user(name: str = "web", claim_name: str = "data") -> Object:
    return pod(name, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}])


def world_of(*objects: Object) -> World:
    world = World()
    for obj in (node("a"), node("b"), *objects):
        world.client.create(obj)
    world.settle()
    return world


def selected_node(world: World) -> str:
    return meta.annotations(world.client.get("persistentvolumeclaims", "data", "default"))["volume.kubernetes.io/selected-node"]


UNHELPFUL = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."


def test_a_claim_that_is_missing_and_then_comes() -> None:
    world = world_of(user(), storage_class("WaitForFirstConsumer"))
    assert world.why() == f'0/2 nodes are available: persistentvolumeclaim "data" not found. {UNHELPFUL}'
    world.clock.time += 5
    world.client.create(claim("other"))
    world.settle()
    assert world.client.calls.count("patch pods") == 1
    assert [queued.rejectors for queued in world.loop.queue.asleep()] == [["VolumeRestrictions"]]
    world.client.create(claim())
    world.settle()
    assert selected_node(world) in ("a", "b")


def test_an_immediate_claim_that_is_not_bound_yet() -> None:
    world = world_of(storage_class("Immediate"), claim(), user())
    assert world.why() == f"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. {UNHELPFUL}"
    world.clock.time += 5
    world.client.create(volume("pv"))
    world.client.patch("persistentvolumeclaims", "data", "default", {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}})
    world.settle()
    assert world.node_of() in ("a", "b")


def test_a_claim_that_waits_for_its_consumer_is_provisioned_where_the_pod_goes() -> None:
    world = world_of(storage_class("WaitForFirstConsumer"), claim(), user())
    selected = selected_node(world)
    assert world.node_of() == ""
    assert world.events() == []
    assert [info.pod_count for info in world.loop.snapshot.nodes() if info.name == selected] == [1]
    world.start()
    world.client.create(volume("pv", host=selected))
    world.client.patch("persistentvolumeclaims", "data", "default", {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}})
    world.settle()
    assert world.node_of() == selected


def test_a_claim_that_is_never_provisioned_times_out() -> None:
    world = world_of(storage_class("WaitForFirstConsumer"), claim(), user())
    world.advance(600)
    assert world.why() == 'running PreBind plugin "VolumeBinding": context deadline exceeded'
    assert [info.pod_count for info in world.loop.snapshot.nodes()] == [0, 0]


def test_existing_volumes_are_bound_on_the_node_that_they_reach() -> None:
    local = storage_class("WaitForFirstConsumer", "kubernetes.io/no-provisioner")
    volumes = [volume("small", "500Mi", host="a"), volume("large", "9Gi", host="b"), volume("fits", "2Gi", host="b")]
    world = world_of(local, *volumes, claim(), user())
    reference = world.client.get("persistentvolumes", "fits")["spec"]["claimRef"]
    assert (reference["kind"], reference["namespace"], reference["name"]) == ("PersistentVolumeClaim", "default", "data")
    assert "claimRef" not in world.client.get("persistentvolumes", "large")["spec"]
    world.client.patch("persistentvolumeclaims", "data", "default", {"spec": {"volumeName": "fits"}, "status": {"phase": "Bound"}})
    world.settle()
    assert world.node_of() == "b"


def test_small_claims_choose_first() -> None:
    local = storage_class("WaitForFirstConsumer", "kubernetes.io/no-provisioner")
    large, small = claim("large", resources={"requests": {"storage": "2Gi"}}), claim("small", selector={"matchLabels": {"app": "db"}})
    both = pod(volumes=[{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in ("large", "small")])
    world = world_of(local, volume("pv-2", "2Gi", labels={"app": "db"}), volume("pv-3", "3Gi"), large, small, both)
    taken = {name: world.client.get("persistentvolumes", name)["spec"]["claimRef"]["name"] for name in ("pv-2", "pv-3")}
    assert taken == {"pv-2": "small", "pv-3": "large"}


def test_a_claim_with_a_selected_node_is_left_to_its_provisioner() -> None:
    chosen = claim()
    chosen["metadata"]["annotations"] = {claims.SELECTED_NODE: "a"}
    world = world_of(storage_class("WaitForFirstConsumer", "kubernetes.io/no-provisioner"), volume("pv"), chosen, user())
    assert world.why() == f"0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. {UNHELPFUL}"


def reserved(host: str = "") -> Object:
    made = volume("pv-1", "2Gi", host=host)
    made["spec"]["claimRef"] = {"kind": "PersistentVolumeClaim", "namespace": "default", "name": "data"}
    return made


def test_where_a_volume_is_reserved_no_other_will_do() -> None:
    local = storage_class("WaitForFirstConsumer", "kubernetes.io/no-provisioner")
    world = world_of(local, volume("pv-0"), reserved(host="b"), claim(), user())
    assert "uid" in world.client.get("persistentvolumes", "pv-1")["spec"]["claimRef"]
    assert "claimRef" not in world.client.get("persistentvolumes", "pv-0")["spec"]
    assert world.loop.queue.asleep()[0].node == "b"


def test_a_reserved_volume_must_be_large_enough_and_of_the_class() -> None:
    assert claims.can_serve(reserved(), claim())
    assert not claims.can_serve(reserved(), claim(resources={"requests": {"storage": "3Gi"}}))
    assert not claims.can_serve(reserved(), claim(kind="other"))
    assert not claims.can_serve(reserved(), claim("other"))


def test_fields_in_the_node_affinity_of_a_volume_are_not_looked_at() -> None:
    by_name = volume("pv")
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["elsewhere"]}]}
    by_name["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{}, term]}}
    assert claims.reaches(by_name, {})
    term["matchExpressions"] = [{"key": "disk", "operator": "Exists"}]
    assert (claims.reaches(by_name, {}), claims.reaches(by_name, {"disk": "ssd"})) == (False, True)


def test_no_volume_to_be_had() -> None:
    world = world_of(storage_class("WaitForFirstConsumer", "kubernetes.io/no-provisioner"), claim(), user())
    assert world.why() == f"0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. {UNHELPFUL}"


def test_a_bound_volume_elsewhere() -> None:
    world = world_of(claim(volume="pv"), volume("pv", host="c"), user())
    assert world.why() == f"0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity. {UNHELPFUL}"
    world.clock.time += 5
    world.client.create(node("c"))
    world.settle()
    assert world.node_of() == "c"


def test_a_volume_that_is_gone() -> None:
    world = world_of(claim(volume="pv"), user())
    assert world.why() == f'0/2 nodes are available: persistentvolume "pv" not found. {UNHELPFUL}'
    made = claim("web-v", volume="pv")
    made["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "uid-of-web", "controller": True}]
    world = world_of(made, pod(volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]))
    text = "2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
    assert world.why() == f"0/2 nodes are available: {text}. {UNHELPFUL}"


def test_zones_of_volumes() -> None:
    world = World()
    for name, zone in (("a", "1"), ("b", "2")):
        world.client.create(node(name, labels={"topology.kubernetes.io/zone": zone}))
    for obj in (claim(volume="pv"), volume("pv", labels={"topology.kubernetes.io/zone": "2"}), user()):
        world.client.create(obj)
    world.client.create(claim("far", volume="pv-far"))
    world.client.create(volume("pv-far", labels={"topology.kubernetes.io/zone": "9"}))
    world.client.create(user("far", "far"))
    world.settle()
    assert world.node_of() == "b"
    assert world.why("far") == f"0/2 nodes are available: 2 node(s) had no available volume zone. {UNHELPFUL}"


def test_the_zone_of_a_volume_under_its_old_name() -> None:
    world = World()
    for name, zone in (("a", "1"), ("b", "2")):
        world.client.create(node(name, labels={"topology.kubernetes.io/zone": zone}))
    for obj in (claim(volume="pv"), volume("pv", labels={"failure-domain.beta.kubernetes.io/zone": "2"}), user()):
        world.client.create(obj)
    world.settle()
    assert world.node_of() == "b"


def test_a_claim_for_one_pod_only() -> None:
    single = claim(volume="pv", accessModes=["ReadWriteOncePod"])
    world = world_of(single, volume("pv"), user("first"), user("second"))
    assert world.node_of("first") != ""
    text = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
    assert world.why("second").partition(" preemption")[0] == f"0/2 nodes are available: 2 {text}."
    world.clock.time += 5
    world.client.delete("pods", "first", "default")
    world.settle()
    assert world.node_of("second") != ""


def test_the_class_of_a_volume_may_stand_in_the_old_annotation() -> None:
    wanted, offered = claim(), volume("pv")
    offered["spec"].pop("storageClassName", None)
    assert not claims.can_serve(offered, wanted)
    offered["metadata"]["annotations"] = {"volume.beta.kubernetes.io/storage-class": wanted["spec"]["storageClassName"]}
    assert claims.can_serve(offered, wanted)
