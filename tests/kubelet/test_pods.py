"""What becomes of pods on the dry-run runtime, in a whole cluster."""

from typing import Any

import pytest

from tests.controllers.world import World, template

NOW = "2025-10-09T09:00:00Z"


@pytest.fixture
def world() -> World:
    return World()


def pod(name: str = "web", *, notes: dict[str, str] | None = None, finalizers: list[str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "namespace": "default"}
    if notes:
        metadata["annotations"] = notes
    if finalizers:
        metadata["finalizers"] = finalizers
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**template()["spec"], **spec}}


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "busybox", **more}


def conditions(obj: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {item["type"]: (item["status"], item.get("reason", ""), item.get("message", "")) for item in obj["status"]["conditions"]}


def told(world: World, reason: str) -> list[str]:
    return [message for _, other, message in world.events(kind="Pod") if other == reason]


def test_a_running_pod(world: World) -> None:
    running = world.apply(pod())
    status = running["status"]
    assert (status["phase"], status["startTime"], status["qosClass"]) == ("Running", NOW, "BestEffort")
    assert status["podIP"].startswith("10.244.0.") and status["podIPs"] == [{"ip": status["podIP"]}]
    assert (status["hostIP"], status["hostIPs"]) == ("192.168.49.2", [{"ip": "192.168.49.2"}])
    assert [item["type"] for item in status["conditions"]] == ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    assert all(item["status"] == "True" and item["lastProbeTime"] is None for item in status["conditions"])
    (found,) = status["containerStatuses"]
    assert found.pop("containerID").startswith("dryrun://")
    mounts = found.pop("volumeMounts")
    assert found == {
        "name": "web", "image": "nginx:1.27", "imageID": "dryrun://nginx:1.27", "ready": True, "restartCount": 0, "started": True,
        "lastState": {}, "state": {"running": {"startedAt": NOW}}, "resources": {},
    }  # fmt: skip
    assert [(item["mountPath"], item["recursiveReadOnly"]) for item in mounts] == [("/var/run/secrets/kubernetes.io/serviceaccount", "Disabled")]
    assert [event[1] for event in world.events(kind="Pod")] == ["Scheduled", "Pulled", "Created", "Started"]
    assert told(world, "Created") + told(world, "Started") == ["Created container: web", "Started container web"]


def test_an_image_that_cannot_be_pulled(world: World) -> None:
    stuck = world.apply(pod(notes={"kctl.dev/dryrun-image-pull-error": "web"}))
    (found,) = stuck["status"]["containerStatuses"]
    waiting = found["state"]["waiting"]
    assert (stuck["status"]["phase"], waiting["reason"]) == ("Pending", "ImagePullBackOff")
    assert waiting["message"].startswith('Back-off pulling image "nginx:1.27": ErrImagePull: failed to pull and unpack image "nginx:1.27"')
    assert (found["imageID"], found["ready"], found["started"], "containerID" in found) == ("", False, False, False)
    assert conditions(stuck)["Ready"] == ("False", "ContainersNotReady", "containers with unready status: [web]")
    assert conditions(stuck)["PodReadyToStartContainers"][0] == "True"
    assert told(world, "Pulling") == ['Pulling image "nginx:1.27"']
    assert [message for message in told(world, "Failed") if message.startswith("Error")] == ["Error: ErrImagePull", "Error: ImagePullBackOff"]
    assert told(world, "BackOff") == ['Back-off pulling image "nginx:1.27"']


def counts(world: World, reason: str) -> list[int]:
    return [event["count"] for event in world.client.items("events", "default") if event["reason"] == reason and event["involvedObject"]["kind"] == "Pod"]


def test_pulls_are_tried_again_ever_later(world: World) -> None:
    world.apply(pod(notes={"kctl.dev/dryrun-image-pull-error": "web"}))
    tries = []
    for _ in range(71):
        world.later(1)
        tries.append(counts(world, "Pulling")[0])
    assert [tries.index(number) + 1 for number in (2, 3, 4)] == [10, 30, 70]
    world.patch("pods", "web", {"metadata": {"annotations": {"kctl.dev/dryrun-image-pull-error": None}}})
    world.later(80)
    assert world.get("pods", "web")["status"]["phase"] == "Running"


def test_a_container_that_crashes_again_and_again(world: World) -> None:
    world.apply(pod(notes={"kctl.dev/dryrun-exit-code": "web=3", "kctl.dev/dryrun-run-for": "1s"}))
    restarts = []
    for _ in range(75):
        world.later(1)
        restarts.append(world.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"])
    # Ends after a second, again at once, then after pauses of 10, 20 and 40 seconds.
    assert [restarts.index(number) + 1 for number in (1, 2, 3, 4)] == [1, 12, 33, 74]
    world.later(1)
    crashing = world.get("pods", "web")
    (found,) = crashing["status"]["containerStatuses"]
    name = f"web_default({crashing['metadata']['uid']})"
    assert found["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": f"back-off 1m20s restarting failed container=web pod={name}"}}
    ended = found["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"], ended["startedAt"], ended["finishedAt"]) == (3, "Error", "2025-10-09T09:01:14Z", "2025-10-09T09:01:15Z")
    assert (crashing["status"]["phase"], found["ready"], found["started"]) == ("Running", False, False)
    assert told(world, "BackOff") == [f"Back-off restarting failed container web in pod {name}"]
    assert counts(world, "BackOff") == [4]


def test_a_long_run_ends_the_back_off(world: World) -> None:
    world.apply(pod(notes={"kctl.dev/dryrun-exit-code": "web=1", "kctl.dev/dryrun-run-for": "20m"}))
    world.later(3600)
    (found,) = world.get("pods", "web")["status"]["containerStatuses"]
    assert (found["restartCount"], found["state"]) == (3, {"running": {"startedAt": "2025-10-09T10:00:00Z"}})


@pytest.mark.parametrize(("policy", "code", "phase", "reason"), [
    ("Never", 0, "Succeeded", "PodCompleted"), ("OnFailure", 0, "Succeeded", "PodCompleted"), ("Never", 2, "Failed", "PodFailed"),
])  # fmt: skip
def test_a_pod_that_ends(world: World, policy: str, code: int, phase: str, reason: str) -> None:
    ended = world.apply(pod(restartPolicy=policy, notes={"kctl.dev/dryrun-exit-code": f"web={code}"}))
    assert ended["status"]["phase"] == phase
    found = conditions(ended)
    assert found["Ready"] == found["ContainersReady"] == ("False", reason, "")
    assert found["Initialized"] == ("True", "PodCompleted" if code == 0 else "", "")
    assert found["PodReadyToStartContainers"] == ("False", "", "")
    state = ended["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (code, "Error" if code else "Completed")


def test_init_containers_run_one_after_the_other(world: World) -> None:
    inits = [container("first"), container("second")]
    notes = {"kctl.dev/dryrun-run-for": "5s", "kctl.dev/dryrun-exit-code": "first=0,second=0"}
    world.apply(pod(initContainers=inits, notes=notes, restartPolicy="Never"))
    early = world.get("pods", "web")
    assert early["status"]["phase"] == "Pending"
    assert conditions(early)["Initialized"] == ("False", "ContainersNotInitialized", "containers with incomplete status: [first second]")
    assert [next(iter(item["state"])) for item in early["status"]["initContainerStatuses"]] == ["running", "waiting"]
    assert early["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    world.later(5)
    assert [next(iter(item["state"])) for item in world.get("pods", "web")["status"]["initContainerStatuses"]] == ["terminated", "running"]
    world.later(5)
    late = world.get("pods", "web")
    assert late["status"]["phase"] == "Running" and conditions(late)["Initialized"][0] == "True"
    assert [item["ready"] for item in late["status"]["initContainerStatuses"]] == [True, True]


@pytest.mark.parametrize(("policy", "phase"), [("Never", "Failed"), ("Always", "Pending")])
def test_an_init_container_that_fails(world: World, policy: str, phase: str) -> None:
    found = world.apply(pod(initContainers=[container("setup")], notes={"kctl.dev/dryrun-exit-code": "setup=1"}, restartPolicy=policy))
    assert found["status"]["phase"] == phase
    assert found["status"]["initContainerStatuses"][0]["restartCount"] == (0 if policy == "Never" else 1)


def test_a_sidecar_starts_first_and_stops_last(world: World) -> None:
    sidecar = container("proxy", restartPolicy="Always")
    world.apply(pod(initContainers=[sidecar], restartPolicy="Never", notes={"kctl.dev/dryrun-exit-code": "web=0", "kctl.dev/dryrun-run-for": "10s"}))
    running = world.get("pods", "web")
    assert running["status"]["phase"] == "Running"
    assert [(item["ready"], item["started"]) for item in running["status"]["initContainerStatuses"]] == [(True, True)]
    world.later(10)
    ended = world.get("pods", "web")
    assert ended["status"]["phase"] == "Succeeded" and "terminated" in ended["status"]["initContainerStatuses"][0]["state"]


def test_a_sidecar_that_crashes_is_started_again(world: World) -> None:
    found = world.apply(pod(initContainers=[container("proxy", restartPolicy="Always")], notes={"kctl.dev/dryrun-exit-code": "proxy=1"}))
    assert found["status"]["initContainerStatuses"][0]["restartCount"] == 1
    assert found["status"]["initContainerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"


def test_a_sidecar_that_waits_holds_up_nobody_who_came_after_it(world: World) -> None:
    proxy, ends = container("proxy", restartPolicy="Always"), {"kctl.dev/dryrun-exit-code": "proxy=1", "kctl.dev/dryrun-run-for": "10s"}
    world.apply(pod(initContainers=[proxy], notes=ends))
    world.later(10)
    world.later(10)
    status = world.get("pods", "web")["status"]
    waits = [item["state"]["waiting"]["reason"] for field in ("initContainerStatuses", "containerStatuses") for item in status[field]]
    assert waits == ["CrashLoopBackOff", "CrashLoopBackOff"]


def test_an_init_container_goes_on_while_a_sidecar_before_it_waits(world: World) -> None:
    inits = [container("proxy", restartPolicy="Always"), container("setup"), container("last")]
    world.apply(pod(initContainers=inits, notes={"kctl.dev/dryrun-exit-code": "proxy=1", "kctl.dev/dryrun-run-for": "10s"}))
    world.later(10)
    world.later(10)
    status = world.get("pods", "web")["status"]
    proxy, setup, last = status["initContainerStatuses"]
    assert (proxy["state"]["waiting"]["reason"], setup["ready"], last["ready"]) == ("CrashLoopBackOff", True, True)
    assert "running" in status["containerStatuses"][0]["state"]


def test_a_slow_start(world: World) -> None:
    slow = world.apply(pod(notes={"kctl.dev/dryrun-start-delay": "5s"}))
    assert (slow["status"]["phase"], slow["status"]["containerStatuses"][0]["state"]) == ("Pending", {"waiting": {"reason": "ContainerCreating"}})
    assert told(world, "Started") == []
    world.later(5)
    (found,) = world.get("pods", "web")["status"]["containerStatuses"]
    assert found["state"] == {"running": {"startedAt": "2025-10-09T09:00:05Z"}}
    assert told(world, "Started") == ["Started container web"]


def test_not_ready(world: World) -> None:
    found = world.apply(pod(notes={"kctl.dev/dryrun-not-ready": "*"}))
    assert found["status"]["phase"] == "Running"
    assert conditions(found)["ContainersReady"] == ("False", "ContainersNotReady", "containers with unready status: [web]")


def test_readiness_gates(world: World) -> None:
    kind = "example.com/lb"
    found = world.apply(pod(readinessGates=[{"conditionType": kind}]))
    text = f'corresponding condition of pod readiness gate "{kind}" does not exist.'
    assert (conditions(found)["ContainersReady"][0], conditions(found)["Ready"]) == ("True", ("False", "ReadinessGatesNotReady", text))
    both = world.apply(pod("two", readinessGates=[{"conditionType": "a/b"}, {"conditionType": "c/d"}]))
    assert conditions(both)["Ready"][2] == ('corresponding condition of pod readiness gate "a/b" does not exist., '
                                            'corresponding condition of pod readiness gate "c/d" does not exist.')  # fmt: skip
    found["status"]["conditions"].append({"type": kind, "status": "True", "lastTransitionTime": NOW, "lastProbeTime": None})
    world.client.update_status(found)
    world.settle()
    ready = world.get("pods", "web")
    assert conditions(ready)["Ready"] == ("True", "", "")
    assert [item["type"] for item in ready["status"]["conditions"]][:2] == [kind, "PodReadyToStartContainers"]


def test_a_deadline_before_the_first_container(world: World) -> None:
    inits = [container("first"), container("second"), container("third")]
    world.apply(pod(initContainers=inits, notes={"kctl.dev/dryrun-run-for": "20s"}, activeDeadlineSeconds=30))
    world.later(20)
    world.later(10)
    status = world.get("pods", "web")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert [next(iter(item["state"])) for item in status["initContainerStatuses"]] == ["terminated", "terminated", "waiting"]
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}


def test_a_deadline(world: World) -> None:
    world.apply(pod(activeDeadlineSeconds=30))
    world.later(29)
    assert world.get("pods", "web")["status"]["phase"] == "Running"
    world.later(1)
    ended = world.get("pods", "web")
    text = "Pod was active on the node longer than the specified deadline"
    assert (ended["status"]["phase"], ended["status"]["reason"], ended["status"]["message"]) == ("Failed", "DeadlineExceeded", text)
    assert ended["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"] == "2025-10-09T09:00:30Z"
    assert conditions(ended)["Ready"] == ("False", "PodFailed", "")
    assert told(world, "DeadlineExceeded") == [text]


def test_deletion_leaves_nothing(world: World) -> None:
    world.apply(pod())
    kept = len(world.cluster.backend.state_range("loop/kubelet/"))
    world.delete("pods", "web")
    assert world.names() == []
    assert told(world, "Killing") == ["Stopping container web"]
    assert len(world.cluster.backend.state_range("loop/kubelet/")) == kept - 1


@pytest.mark.parametrize(("notes", "phase", "code"), [({}, "Succeeded", 0), ({"kctl.dev/dryrun-image-pull-error": "web"}, "Failed", 137)])
def test_deletion_with_a_finalizer_shows_the_end(world: World, notes: dict[str, str], phase: str, code: int) -> None:
    world.apply(pod(finalizers=["example.com/wait"], notes=notes))
    world.delete("pods", "web")
    held = world.get("pods", "web")
    assert (held["status"]["phase"], held["metadata"]["deletionGracePeriodSeconds"]) == (phase, 0)
    assert held["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == code
    assert conditions(held)["Ready"][0] == "False"
    world.client.patch("pods", "web", "default", {"metadata": {"finalizers": None}}, patch_type="application/merge-patch+json")
    world.settle()
    assert world.names() == []


def config(name: str = "conf", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def mounting(name: str, **source: Any) -> dict[str, Any]:
    spec = template()["spec"]["containers"][0] | {"volumeMounts": [{"name": name, "mountPath": "/etc/it"}]}
    return pod(containers=[spec], volumes=[{"name": name, **source}])


def test_volumes_that_no_container_mounts_are_passed_over(world: World) -> None:
    absent = [{"name": "a", "configMap": {"name": "none"}}, {"name": "b", "persistentVolumeClaim": {"claimName": "none"}}]
    assert world.apply(pod(nodeName="minikube", volumes=absent))["status"]["phase"] == "Running"


def test_a_claim_that_is_being_deleted_or_not_there_holds_a_pod_up(world: World) -> None:
    refused = ("Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: "
               "error processing PVC default/data: {}")  # fmt: skip
    by_claim = mounting("data", persistentVolumeClaim={"claimName": "data"})
    by_claim["spec"]["nodeName"] = "minikube"  # else the scheduler would wait
    assert world.apply(by_claim)["status"]["phase"] == "Pending"
    assert told(world, "FailedMount") == [refused.format('failed to fetch PVC from API server: persistentvolumeclaims "data" not found')]
    world.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
                 "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})  # fmt: skip
    assert world.get("pods", "web")["status"]["phase"] == "Running"
    world.delete("persistentvolumeclaims", "data")
    late = {**by_claim, "metadata": {"name": "late", "namespace": "default"}}
    assert world.apply(late)["status"]["phase"] == "Pending"
    assert told(world, "FailedMount")[1:] == [refused.format("PVC is being deleted")]
    assert world.get("pods", "web")["status"]["phase"] == "Running"
    world.delete("pods", "web")
    world.delete("pods", "late")
    assert world.client.find("persistentvolumeclaims", "data", "default") is None


def test_a_missing_config_map_holds_the_volumes_up(world: World) -> None:
    stuck = world.apply(mounting("conf", configMap={"name": "conf"}))
    assert stuck["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert "podIP" not in stuck["status"] and stuck["status"]["hostIP"] == "192.168.49.2"
    assert conditions(stuck)["PodReadyToStartContainers"][0] == "False"
    assert told(world, "FailedMount") == ['MountVolume.SetUp failed for volume "conf" : configmap "conf" not found']
    world.apply(config(key="value"))
    assert world.get("pods", "web")["status"]["phase"] == "Running"
    world.delete("configmaps", "conf")
    world.patch("pods", "web", {"metadata": {"labels": {"touched": "yes"}}})
    assert world.get("pods", "web")["status"]["phase"] == "Running"


def test_a_missing_key_in_a_volume(world: World) -> None:
    world.apply(config(key="value"), mounting("conf", configMap={"name": "conf", "items": [{"key": "other", "path": "x"}]}))
    assert told(world, "FailedMount") == ['MountVolume.SetUp failed for volume "conf" : configmap references non-existent config key: other']


def test_all_that_a_projected_volume_misses_is_told_at_once(world: World) -> None:
    sources = [{"configMap": {"name": "conf"}}, {"secret": {"name": "hidden"}}, {"configMap": {"name": "conf"}}, {"secret": {"name": "no", "optional": True}}]
    world.apply(mounting("all", projected={"sources": sources}))
    assert told(world, "FailedMount") == ['MountVolume.SetUp failed for volume "all" : [configmap "conf" not found, secret "hidden" not found]']


def test_a_missing_config_map_in_the_environment(world: World) -> None:
    spec = container("web", env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "a"}}}])
    stuck = world.apply(pod(containers=[spec]))
    waiting = stuck["status"]["containerStatuses"][0]["state"]["waiting"]
    assert (stuck["status"]["phase"], waiting) == ("Pending", {"reason": "CreateContainerConfigError", "message": 'configmap "conf" not found'})
    assert told(world, "Failed") == ['Error: configmap "conf" not found']
    world.apply(config(b="2"))
    assert world.get("pods", "web")["status"]["containerStatuses"][0]["state"]["waiting"]["message"] == "couldn't find key a in ConfigMap default/conf"
    world.client.patch("configmaps", "conf", "default", {"data": {"a": "1"}}, patch_type="application/merge-patch+json")
    world.settle()
    assert world.get("pods", "web")["status"]["phase"] == "Running"


def test_pods_on_the_host_network_have_its_address(world: World) -> None:
    assert world.apply(pod(hostNetwork=True))["status"]["podIP"] == "192.168.49.2"


def test_a_stopped_kubelet_does_nothing_until_it_works_again(world: World) -> None:
    world.patch("nodes", "minikube", {"metadata": {"annotations": {"kctl.dev/kubelet": "stopped"}}}, namespace="")
    stuck = world.apply(pod())
    assert (stuck["spec"].get("nodeName"), stuck["status"]["phase"]) == ("minikube", "Pending")


def test_logs_say_that_nothing_ran(world: World) -> None:
    world.apply(pod(containers=[container("web", command=["sh", "-c"], args=["true"])]))
    runtime = world.cluster.loop("kubelet").runtime  # type: ignore[union-attr]
    lines = list(runtime.logs(world.get("pods", "web"), "web", {}))
    assert lines == ["dry run: container web (busybox: sh -c true) was not started, so it has no log\n"]


def test_settling_again_changes_nothing(world: World) -> None:
    world.apply(pod(), pod("crash", notes={"kctl.dev/dryrun-exit-code": "web=1"}), pod("pull", notes={"kctl.dev/dryrun-image-pull-error": "web"}))
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []


def test_a_node_that_joins_reports_itself(world: World) -> None:
    spec = {"podCIDR": "10.244.7.0/24", "podCIDRs": ["10.244.7.0/24"]}
    node = world.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "extra"}, "spec": spec})
    assert node["status"]["addresses"] == [{"type": "InternalIP", "address": "192.168.49.3"}, {"type": "Hostname", "address": "extra"}]
    assert [(item["type"], item["status"], item["reason"]) for item in node["status"]["conditions"]] == [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"), ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"), ("Ready", "True", "KubeletReady"),
    ]  # fmt: skip
    assert set(node["status"]["capacity"]) == {"cpu", "ephemeral-storage", "hugepages-1Gi", "hugepages-2Mi", "memory", "pods"}
    assert [event[1] for event in world.events("extra") if event[1] != "RegisteredNode"] == [
        "Starting", "NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeAllocatableEnforced", "NodeReady",
    ]  # fmt: skip
    lease = world.get("leases.coordination.k8s.io", "extra", "kube-node-lease")
    assert (lease["spec"]["holderIdentity"], lease["spec"]["leaseDurationSeconds"]) == ("extra", 40)
    world.delete("nodes", "extra", "")
    again = world.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "more"}, "spec": spec})
    assert again["status"]["addresses"][0]["address"] == "192.168.49.3"


def change_image(world: World, image: str, field: str = "containers", number: int = 0) -> dict[str, Any]:
    path = f"/spec/{field}/{number}/image"
    world.client.patch("pods", "web", "default", [{"op": "replace", "path": path, "value": image}], patch_type="application/json-patch+json")
    world.settle()
    return world.get("pods", "web")


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_a_container_whose_image_is_changed_is_started_anew(world: World, policy: str) -> None:
    world.apply(pod(restartPolicy=policy))
    world.later(60)
    for count, image in ((1, "nginx:1.28"), (2, "nginx:1.29")):
        (found,) = change_image(world, image)["status"]["containerStatuses"]
        assert (found["image"], found["imageID"], found["restartCount"], found["ready"]) == (image, f"dryrun://{image}", count, True)
        assert found["state"] == {"running": {"startedAt": "2025-10-09T09:01:00Z"}}
        ended = found["lastState"]["terminated"]
        assert (ended["exitCode"], ended["reason"], ended["finishedAt"]) == (0, "Completed", "2025-10-09T09:01:00Z")
    assert told(world, "Killing") == ["Container web definition changed, will be restarted"]
    assert counts(world, "Killing") == [2]
    assert told(world, "BackOff") == []


def test_of_init_containers_only_sidecars_are_started_anew(world: World) -> None:
    world.apply(pod(initContainers=[container("setup"), container("side", restartPolicy="Always")]))
    setup, side = change_image(world, "busybox:2", "initContainers", 0)["status"]["initContainerStatuses"]
    assert (setup["image"], setup["restartCount"], side["restartCount"], told(world, "Killing")) == ("busybox", 0, 0, [])
    setup, side = change_image(world, "busybox:3", "initContainers", 1)["status"]["initContainerStatuses"]
    assert (setup["restartCount"], side["image"], side["restartCount"], side["ready"]) == (0, "busybox:3", 1, True)
    assert told(world, "Killing") == ["Init container side definition changed"]
    assert world.get("pods", "web")["status"]["containerStatuses"][0]["restartCount"] == 0


def test_another_image_need_not_wait(world: World) -> None:
    world.apply(pod(notes={"kctl.dev/dryrun-image-pull-error": "web"}))
    stuck = world.patch("pods", "web", {"metadata": {"annotations": {"kctl.dev/dryrun-image-pull-error": None}}})
    assert stuck["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
    (found,) = change_image(world, "nginx:1.28")["status"]["containerStatuses"]
    assert (found["state"], found["restartCount"]) == ({"running": {"startedAt": NOW}}, 0)


def test_a_container_that_waits_for_its_restart_is_started_with_another_image_at_once(world: World) -> None:
    world.apply(pod(notes={"kctl.dev/dryrun-run-for": "1s", "kctl.dev/dryrun-exit-code": "web=1"}))
    world.later(1)
    world.later(1)
    assert world.get("pods", "web")["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    (found,) = change_image(world, "nginx:1.28")["status"]["containerStatuses"]
    assert (found["image"], found["restartCount"], list(found["state"])) == ("nginx:1.28", 2, ["running"])
