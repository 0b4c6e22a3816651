from minikube_py.machinery import meta
from tests.scheduler.fakes import World, node, pod


def test_a_pod_is_bound_and_the_event_says_so() -> None:
    world = World()
    world.client.create(node())
    world.client.create(pod(cpu="500m"))
    world.settle()
    assert world.node_of() == "minikube"
    assert world.events() == [("Normal", "Scheduled", "Successfully assigned default/web to minikube")]


def test_without_nodes() -> None:
    world = World()
    world.client.create(pod())
    world.settle()
    assert world.why() == "no nodes available to schedule pods"
    assert world.events() == [("Warning", "FailedScheduling", "no nodes available to schedule pods")]
    world.client.create(node())
    world.settle()
    world.advance(1)
    assert world.node_of() == "minikube"


def test_the_reasons_are_counted_and_sorted_as_kube_scheduler_does() -> None:
    world = World()
    world.client.create(node("a", taints=[{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]))
    world.client.create(node("b", cpu="1"))
    world.client.create(node("c", cpu="1"))
    for name in ("b", "c"):
        world.client.create(pod(f"full-{name}", cpu="900m", nodeName=name))
    world.client.create(pod(cpu="500m"))
    world.settle()
    text = (
        "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu. "
        "preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod."
    )
    assert world.why() == text
    assert world.events() == [("Warning", "FailedScheduling", text)]
    assert meta.condition(world.pod(), "PodScheduled") == {
        "type": "PodScheduled", "status": "False", "lastProbeTime": None, "lastTransitionTime": "2001-09-09T01:46:40Z",
        "reason": "Unschedulable", "message": text,
    }  # fmt: skip


def test_a_pod_without_room_is_woken_by_the_end_of_another_in_a_later_process() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod("first", cpu="800m"))
    world.settle()
    world.client.create(pod("second", cpu="800m"))
    world.settle()
    assert world.node_of("second") == ""
    world.start()
    world.client.create(node("elsewhere", cpu="100m"))  # too small: wakes nobody
    world.settle()
    before = len(world.events())
    world.advance(20)
    assert len(world.events()) == before
    world.start()
    world.client.delete("pods", "first", "default")
    world.settle()
    assert world.node_of("second") == "minikube"


def test_backoff_holds_a_woken_pod_until_it_is_due() -> None:
    world = World()
    world.client.create(pod())
    world.settle()
    world.client.create(node())
    world.settle()
    assert world.node_of() == ""
    assert [due - world.clock.time for due, _ in world.timers] == [1.0]
    world.advance(0.5)
    assert world.node_of() == ""
    world.advance(0.5)
    assert world.node_of() == "minikube"


def test_its_own_status_patch_does_not_wake_a_pod() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod(cpu="2"))
    world.settle()
    world.advance(600)
    assert world.client.calls.count("patch pods") == 1
    assert len(world.events()) == 1


def test_higher_priority_goes_first() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod("low", cpu="800m", priority=1))
    world.client.create(pod("high", cpu="800m", priority=10))
    world.settle()
    assert (world.node_of("low"), world.node_of("high")) == ("", "minikube")


def test_pods_spread_by_what_is_requested() -> None:
    world = World()
    for name in ("a", "b", "c"):
        world.client.create(node(name))
    for number in range(9):
        world.client.create(pod(f"web-{number}"))
    world.settle()
    nodes = [world.node_of(f"web-{number}") for number in range(9)]
    assert sorted(nodes) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3


def test_other_schedulers_pods_are_left_alone() -> None:
    world = World()
    world.client.create(node())
    world.client.create(pod(schedulerName="mine"))
    world.settle()
    assert world.node_of() == ""
    assert world.why() == ""


def test_gated_pods_wait_for_their_gates() -> None:
    world = World()
    world.client.create(node())
    gated = world.client.create(pod(schedulingGates=[{"name": "example.com/quota"}]))
    world.settle()
    condition = meta.condition(world.pod(), "PodScheduled")
    assert condition is not None
    assert (condition["reason"], condition["message"]) == ("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")
    assert world.events() == []
    world.start()
    gated = world.pod()
    del gated["spec"]["schedulingGates"]
    world.client.update(gated)
    world.settle()
    assert world.node_of() == "minikube"


def test_scheduling_one_pod_lists_no_pods() -> None:
    world = World()
    for name in ("a", "b"):
        world.client.create(node(name))
    for number in range(50):
        world.client.create(pod(f"web-{number}", cpu="10m"))
    world.settle()
    world.start()
    world.client.calls.clear()
    world.client.create(pod("one-more", cpu="10m"))
    world.settle()
    assert world.node_of("one-more") != ""
    assert "list pods" not in world.client.calls
    assert "list nodes" not in world.client.calls


def test_a_deleted_pending_pod_is_forgotten() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod(cpu="2"))
    world.settle()
    assert [key for key in world.state.kept if key.startswith("queue/")] == ["queue/default/web"]
    world.client.delete("pods", "web", "default")
    world.settle()
    assert [key for key in world.state.kept if key.startswith("queue/")] == []


def test_a_pod_of_the_same_name_is_another_pod() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod(cpu="2"))
    world.settle()
    world.client.delete("pods", "web", "default")
    second = pod(cpu="500m")
    second["metadata"]["uid"] = "another"
    world.client.create(second)
    world.settle()
    assert world.node_of() == "minikube"
