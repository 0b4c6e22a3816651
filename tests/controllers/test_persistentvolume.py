"""Claims and volumes: binding, provisioning, reclaiming, protection."""

from typing import Any

import pytest

from tests.controllers import fakes

CLAIM: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def claim(world: fakes.World, name: str = "data", **fields: Any) -> Any:
    world.add("PersistentVolumeClaim", name, {**CLAIM, **fields})
    return world.get("persistentvolumeclaims", name)


def volume(world: fakes.World, name: str, size: str = "1Gi", *, labels: dict[str, str] | None = None, **fields: Any) -> None:
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": f"/tmp/{name}"}, "storageClassName": "manual"}
    world.add("PersistentVolume", name, {**spec, **fields}, space="", labels=labels)


def phase(world: fakes.World, name: str) -> str:
    return str(world.get("persistentvolumes", name, "")["status"]["phase"])


def test_the_standard_class_provisions(world: fakes.World) -> None:
    found = claim(world)
    name = f"pvc-{found['metadata']['uid']}"
    assert found["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}
    assert found["spec"]["volumeName"] == name
    assert found["metadata"]["annotations"] == {
        "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.beta.kubernetes.io/storage-provisioner": "k8s.io/minikube-hostpath", "volume.kubernetes.io/storage-provisioner": "k8s.io/minikube-hostpath",
    }  # fmt: skip
    assert world.reasons("data") == ["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]
    made = world.get("persistentvolumes", name, "")
    assert made["status"]["phase"] == "Bound"
    assert made["metadata"]["annotations"] == {"pv.kubernetes.io/provisioned-by": "k8s.io/minikube-hostpath"}
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    assert made["spec"]["hostPath"] == {"path": "/tmp/hostpath-provisioner/default/data", "type": ""}
    assert (made["spec"]["storageClassName"], made["spec"]["persistentVolumeReclaimPolicy"]) == ("standard", "Delete")
    assert made["spec"]["claimRef"]["uid"] == found["metadata"]["uid"]
    for key in ("default/data", name):
        assert world.again("persistent-volume-binder", key)
        assert world.again("storage-provisioner", key)


def test_a_provisioned_volume_goes_with_its_claim(world: fakes.World) -> None:
    claim(world)
    world.client.delete("persistentvolumeclaims", "data", "default")
    world.settle()
    assert world.names("persistentvolumeclaims") == []
    assert world.names("persistentvolumes", "") == []
    assert world.cluster.backend.state_range("loop/persistent-volume-binder/") == []


def test_the_smallest_volume_that_fits_is_bound(world: fakes.World) -> None:
    for name, size in (("small", "500Mi"), ("large", "5Gi"), ("medium", "2Gi")):
        volume(world, name, size)
    assert [phase(world, name) for name in ("small", "large", "medium")] == ["Available"] * 3
    found = claim(world, storageClassName="manual")
    assert (found["spec"]["volumeName"], found["status"]["capacity"]) == ("medium", {"storage": "2Gi"})
    assert [phase(world, name) for name in ("small", "large", "medium")] == ["Available", "Available", "Bound"]
    assert world.get("persistentvolumes", "medium", "")["metadata"]["annotations"] == {"pv.kubernetes.io/bound-by-controller": "yes"}


def test_a_volume_of_fewer_access_modes_comes_before_a_smaller_one(world: fakes.World) -> None:
    volume(world, "versatile", "1Gi", accessModes=["ReadWriteOnce", "ReadOnlyMany"])
    volume(world, "plain", "5Gi")
    assert claim(world, storageClassName="manual")["spec"]["volumeName"] == "plain"


@pytest.mark.parametrize(("modes", "expected"), [(["ReadWriteOnce"], "reserved"), (["ReadWriteMany"], "other"), (["ReadWriteOnce", "ReadOnlyMany"], "other")])
def test_a_reserved_volume_comes_first_of_those_with_as_many_access_modes(world: fakes.World, modes: list[str], expected: str) -> None:
    reference = {"namespace": "default", "name": "data"}
    volume(world, "reserved", "9Gi", accessModes=modes, claimRef=reference)
    volume(world, "other", "2Gi")
    assert claim(world, storageClassName="manual")["spec"]["volumeName"] == expected


@pytest.mark.parametrize(
    "fields",
    [{"accessModes": ["ReadWriteMany"]}, {"volumeMode": "Block"}, {"storageClassName": ""}, {"selector": {"matchLabels": {"disk": "fast"}}}],
)
def test_a_volume_that_does_not_match_is_not_bound(world: fakes.World, fields: dict[str, Any]) -> None:
    volume(world, "one", labels={"disk": "slow"})
    found = claim(world, **{"storageClassName": "manual", **fields})
    assert found["status"] == {"phase": "Pending"}
    assert phase(world, "one") == "Available"
    assert world.reasons("data") == [("ProvisioningFailed" if fields.get("storageClassName", "manual") else "FailedBinding")]


def test_a_claim_waits_for_a_volume(world: fakes.World) -> None:
    claim(world, storageClassName="manual")
    volume(world, "late")
    assert world.get("persistentvolumeclaims", "data")["spec"]["volumeName"] == "late"


def test_volumes_and_claims_that_name_each_other(world: fakes.World) -> None:
    volume(world, "reserved", claimRef={"namespace": "default", "name": "data"})
    volume(world, "other")
    assert phase(world, "reserved") == "Available"
    assert claim(world, "first", storageClassName="manual")["spec"]["volumeName"] == "other"
    assert claim(world, storageClassName="manual")["spec"]["volumeName"] == "reserved"
    assert "annotations" not in world.get("persistentvolumes", "reserved", "")["metadata"]
    assert claim(world, "late", storageClassName="manual", volumeName="reserved")["status"] == {"phase": "Pending"}
    assert world.reasons("late") == ["FailedBinding"]
    volume(world, "named", "500Mi")
    claim(world, "large", storageClassName="manual", volumeName="named")
    assert world.reasons("large") == ["VolumeMismatch"]


@pytest.mark.parametrize(
    ("policy", "path", "left"),
    [("Retain", "/tmp/x", "Released"), ("Recycle", "/tmp/x", "Failed"), ("Delete", "/tmp/x", ""), ("Delete", "/data/x", "Failed")],
)
def test_what_becomes_of_a_released_volume(world: fakes.World, policy: str, path: str, left: str) -> None:
    volume(world, "one", persistentVolumeReclaimPolicy=policy, hostPath={"path": path})
    claim(world, storageClassName="manual")
    world.client.delete("persistentvolumeclaims", "data", "default")
    world.settle()
    assert [item["status"]["phase"] for item in world.client.items("persistentvolumes")] == ([left] if left else [])


def test_a_claim_whose_volume_is_gone_is_lost(world: fakes.World) -> None:
    volume(world, "one")
    claim(world, storageClassName="manual")
    world.client.patch("persistentvolumes", "one", "", {"metadata": {"finalizers": None}})
    world.client.delete("persistentvolumes", "one")
    world.settle()
    assert world.get("persistentvolumeclaims", "data")["status"] == {"phase": "Lost"}
    assert world.reasons("data")[-1] == "ClaimLost"


def storage_class(world: fakes.World, name: str, **fields: Any) -> None:
    world.add("StorageClass", name, api="storage.k8s.io/v1", space="", **{"provisioner": "k8s.io/minikube-hostpath", **fields})


def test_a_class_that_waits_for_its_first_consumer(world: fakes.World) -> None:
    storage_class(world, "lazy", volumeBindingMode="WaitForFirstConsumer")
    claim(world, storageClassName="lazy")
    assert world.reasons("data") == ["WaitForFirstConsumer"]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    world.add("Pod", "user", fakes.pod_spec(volumes=volumes))
    found = world.get("persistentvolumeclaims", "data")
    assert found["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] == "minikube"
    assert found["status"]["phase"] == "Bound"
    assert world.get("pods", "user")["status"]["phase"] == "Running"


def test_provisioners_of_others_are_played_in_a_dry_run(world: fakes.World) -> None:
    storage_class(world, "cloud", provisioner="disk.example.com")
    found = claim(world, storageClassName="cloud")
    assert found["status"]["phase"] == "Bound"
    (event,) = [item for item in world.client.items("events", "default") if item["reason"] == "ProvisioningSucceeded"]
    name = f"pvc-{found['metadata']['uid']}"
    assert event["message"] == f"Successfully provisioned volume {name} (dry run: k8s.io/minikube-hostpath stands in for the provisioner disk.example.com)"


def test_an_in_tree_provisioner_is_that_of_its_csi_driver(world: fakes.World) -> None:
    storage_class(world, "gp2", provisioner="kubernetes.io/aws-ebs")
    found = claim(world, storageClassName="gp2")
    assert found["status"]["phase"] == "Bound"
    assert found["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"] == "ebs.csi.aws.com"
    world.client.delete("persistentvolumeclaims", "data", "default")
    world.settle()
    assert world.names("persistentvolumes", "") == []


def test_a_real_runtime_leaves_the_classes_of_others_to_their_provisioners(world: fakes.World) -> None:
    loop = world.cluster.loop("storage-provisioner")
    assert loop is not None
    loop.context.config["runtime"] = "docker"  # type: ignore[index]
    storage_class(world, "cloud", provisioner="disk.example.com")
    assert claim(world, storageClassName="cloud")["status"]["phase"] == "Pending"
    assert world.reasons("data") == ["ExternalProvisioning"]
    assert claim(world, "own")["status"]["phase"] == "Bound"


def test_no_provisioner_and_no_class(world: fakes.World) -> None:
    storage_class(world, "local", provisioner="kubernetes.io/no-provisioner")
    claim(world, storageClassName="local")
    claim(world, "lost", storageClassName="nowhere")
    assert world.reasons("data") == world.reasons("lost") == ["ProvisioningFailed"]
    storage_class(world, "nowhere")
    assert world.get("persistentvolumeclaims", "lost")["status"]["phase"] == "Bound"


@pytest.mark.parametrize("mark", ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"])
def test_a_claim_without_class_gets_a_default_class_that_comes_later(world: fakes.World, mark: str) -> None:
    world.client.delete("storageclasses.storage.k8s.io", "standard")
    assert claim(world)["status"]["phase"] == "Pending"
    world.add("StorageClass", "new", api="storage.k8s.io/v1", space="", provisioner="k8s.io/minikube-hostpath",
              annotations={mark: "true"})  # fmt: skip
    found = world.get("persistentvolumeclaims", "data")
    assert (found["spec"]["storageClassName"], found["status"]["phase"]) == ("new", "Bound")


def test_a_claim_stays_while_a_pod_uses_it(world: fakes.World) -> None:
    claim(world)
    world.add("Pod", "user", fakes.pod_spec(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]))
    world.client.delete("persistentvolumeclaims", "data", "default")
    world.settle()
    assert world.get("persistentvolumeclaims", "data")["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert world.again("pvc-protection-controller", "default/data")
    world.client.delete("pods", "user", "default")
    world.settle()
    assert world.names("persistentvolumeclaims") == []


def test_a_volume_stays_while_it_is_bound(world: fakes.World) -> None:
    volume(world, "one", persistentVolumeReclaimPolicy="Retain")
    claim(world, storageClassName="manual")
    world.client.delete("persistentvolumes", "one")
    world.settle()
    assert phase(world, "one") == "Bound"
    world.client.delete("persistentvolumeclaims", "data", "default")
    world.settle()
    assert world.names("persistentvolumes", "") == []


def test_ephemeral_volumes_come_and_go_with_their_pod(world: fakes.World) -> None:
    template = {"metadata": {"labels": {"kind": "scratch"}}, "spec": CLAIM}
    world.add("Pod", "user", fakes.pod_spec(volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}]))
    found = world.get("persistentvolumeclaims", "user-scratch")
    assert found["metadata"]["labels"] == {"kind": "scratch"}
    assert [owner["name"] for owner in found["metadata"]["ownerReferences"]] == ["user"]
    assert world.get("pods", "user")["status"]["phase"] == "Running"
    world.client.delete("pods", "user", "default")
    world.settle()
    assert world.names("persistentvolumeclaims") == []
    assert world.names("persistentvolumes", "") == []


def test_a_claim_grows_with_its_volume(world: fakes.World) -> None:
    world.client.patch("storageclasses.storage.k8s.io", "standard", "", {"allowVolumeExpansion": True})
    name = claim(world)["spec"]["volumeName"]
    world.client.patch("persistentvolumeclaims", "data", "default", {"spec": {"resources": {"requests": {"storage": "3Gi"}}}})
    world.settle()
    found = world.get("persistentvolumeclaims", "data")
    assert found["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "3Gi"}}
    assert world.get("persistentvolumes", name, "")["spec"]["capacity"] == {"storage": "3Gi"}
    assert world.reasons("data")[-3:] == ["ExternalExpanding", "Resizing", "VolumeResizeSuccessful"]


def test_volumes_of_nobody_do_not_grow(world: fakes.World) -> None:
    kind = {"provisioner": "kubernetes.io/no-provisioner", "allowVolumeExpansion": True}
    world.add("StorageClass", "manual", api="storage.k8s.io/v1", space="", **kind)
    volume(world, "one")
    claim(world, storageClassName="manual")
    world.client.patch("persistentvolumeclaims", "data", "default", {"spec": {"resources": {"requests": {"storage": "3Gi"}}}})
    world.settle()
    assert world.get("persistentvolumeclaims", "data")["status"]["capacity"] == {"storage": "1Gi"}
    assert world.reasons("data") == ["ExternalExpanding"]
