"""What must hold in every settled cluster, whatever happened before: recounted from the objects alone."""

from collections import Counter
from typing import Any

from minikube_py.cluster.loopstate import LoopState
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.snapshot import Snapshot
from tests.behaviour import homes
from tests.behaviour.homes import Desk


class Scratch:
    """A loop's state that is empty at first, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        return self.kept.get(key)

    def put(self, key: str, value: Any) -> None:
        """Store a value."""
        self.kept[key] = value

    def delete(self, key: str) -> None:
        """Forget a value."""
        self.kept.pop(key, None)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        """Return what starts with a prefix."""
        return sorted((key, value) for key, value in self.kept.items() if key.startswith(prefix))


def check(desk: Desk) -> None:
    """Assert everything."""
    assert desk.cluster.backend.verify() == []
    assert desk.cluster.is_quiet()
    objects = homes.everything(desk.client)
    pods = [obj for (resource, _, _), obj in objects.items() if resource == "pods"]
    check_owners(list(objects.values()))
    check_deployments(objects, pods)
    check_addresses(desk, pods)
    check_endpoints(objects, pods)
    check_sums(desk)


def check_owners(objects: list[Object]) -> None:
    """Nobody is owned by what is gone, and nothing waits for its end."""
    uids = {meta.uid(obj) for obj in objects}
    for obj in objects:
        assert not obj["metadata"].get("deletionTimestamp"), obj
        for owner in obj["metadata"].get("ownerReferences", ()):
            assert owner["uid"] in uids, obj


def check_deployments(objects: dict[tuple[str, str, str], Object], pods: list[Object]) -> None:
    """Each Deployment has one ReplicaSet in use, with as many pods of its template as it wants; other ReplicaSets have none."""
    owned = Counter(meta.controller_of(pod)["uid"] for pod in pods if meta.controller_of(pod) is not None)  # type: ignore[index]
    sets = [obj for (resource, _, _), obj in objects.items() if resource == "replicasets.apps"]
    for (resource, _, _), deployment in objects.items():
        if resource != "deployments.apps":
            continue
        mine = [each for each in sets if meta.controller_of(each)["uid"] == meta.uid(deployment)]  # type: ignore[index]
        wanted, template = deployment["spec"]["replicas"], deployment["spec"]["template"]["spec"]
        current = [each for each in mine if each["spec"]["template"]["spec"] == template]
        assert len(current) == 1, (meta.name(deployment), mine)
        assert [owned[meta.uid(each)] for each in mine] == [wanted if each is current[0] else 0 for each in mine]
        status = deployment["status"]
        assert (status.get("availableReplicas", 0), status.get("updatedReplicas", 0), status.get("replicas", 0)) == (wanted, wanted, wanted), status
        assert status["observedGeneration"] == deployment["metadata"]["generation"]
    for pod in pods:
        assert homes.is_running(pod), pod


def check_addresses(desk: Desk, pods: list[Object]) -> None:
    """Each pod has an address of its own, and the kubelet keeps records of these pods only."""
    own = {meta.uid(pod): pod["status"]["podIP"] for pod in pods if not pod["spec"].get("hostNetwork")}
    assert len(set(own.values())) == len(own)
    state = LoopState(desk.cluster.backend, "kubelet")
    noted = {uid: address for _, addresses in state.items("addresses/") for address, uid in addresses.items()}
    assert noted == own
    assert {key.removeprefix("sandbox/") for key, _ in state.items("sandbox/")} == {meta.uid(pod) for pod in pods}


def check_endpoints(objects: dict[tuple[str, str, str], Object], pods: list[Object]) -> None:
    """Behind each Service are the addresses of the pods that it selects, in Endpoints and in EndpointSlices; no more of these are there."""
    services = {(space, name): obj for (resource, space, name), obj in objects.items() if resource == "services"}
    addresses = [obj["spec"]["clusterIP"] for obj in services.values() if obj["spec"]["clusterIP"] != "None"]
    assert len(set(addresses)) == len(addresses)
    assert {(space, name) for resource, space, name in objects if resource == "endpoints"} == set(services)
    for (space, name), service in services.items():
        wanted = service["spec"].get("selector")
        if not wanted:
            continue
        ips = sorted(pod["status"]["podIP"] for pod in pods if meta.namespace(pod) == space and wanted.items() <= meta.labels(pod).items())
        subsets = objects["endpoints", space, name].get("subsets") or []
        assert sorted(address["ip"] for subset in subsets for address in subset.get("addresses", ())) == ips
        slices = [obj for (resource, at, _), obj in objects.items() if resource == "endpointslices.discovery.k8s.io" and at == space
                  and meta.labels(obj).get("kubernetes.io/service-name") == name]  # fmt: skip
        assert sorted(ip for each in slices for endpoint in each["endpoints"] or () for ip in endpoint["addresses"]) == ips


def check_sums(desk: Desk) -> None:
    """What the scheduler has added up for each node is what a recount of the pods gives."""
    kept = Snapshot(LoopState(desk.cluster.backend, "scheduler"), desk.client)
    recounted = Snapshot(Scratch(), desk.client)
    assert [(info.name, normal(info.record())) for info in kept.nodes()] == [(info.name, normal(info.record())) for info in recounted.nodes()]
    for info in recounted.nodes():
        assert kept.pods_on(info.name).keys() == recounted.pods_on(info.name).keys()


def normal(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the order in which pods came, and without what has come to nothing."""
    priorities = sorted(tuple(item) for item in record["priorities"] if item[1])
    scalars = {name: value for name, value in record["scalars"].items() if value}
    return {**record, "priorities": priorities, "scalars": scalars, "affine": sorted(map(str, record["affine"])), "ports": sorted(map(str, record["ports"]))}
