"""A pod's status as the kubelet reports it: container states, conditions, phase (pkg/kubelet/status, kubelet_pods.go)."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, ContainerStatus
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


class Waiting(NamedTuple):
    """Why a container is not there yet."""

    reason: str
    message: str = ""


class Facts(NamedTuple):
    """What the kubelet found out about one pod in one sync."""

    containers: Mapping[str, ContainerStatus]
    waiting: Mapping[str, Waiting]
    restarts: Mapping[str, int]
    last: Mapping[str, dict[str, Any]]  # lastState of containers that were restarted
    ip: str
    host_ip: str
    runtime: str
    now: float
    has_inits: bool = False
    over: bool = False  # the pod has been stopped: nothing of it will start (again)
    unready: Collection[str] = ()  # containers whose probes say so
    unstarted: Collection[str] = ()
    held: Mapping[str, Mapping[str, Any]] = MappingProxyType({})  # what containers have still that do not have yet what their specs ask for


NOT_RUN = "RunContainerError"  # why a container waits that could not be started
_MOST_MESSAGES = 12 * 1024  # bytes that the termination messages of a pod may have in all
_NEVER_RAN, _START_ERROR = 128, "StartError"  # how containerd says that it ended

_LOST = {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": "The container could not be located when the pod was terminated",
         "startedAt": None, "finishedAt": None}  # fmt: skip


def build(pod: Object, facts: Facts, failed_because: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the whole status; fields of the former one that the kubelet does not own are kept.

    `failed_because` holds reason and message where it was the kubelet that ended the pod.
    """
    spec, former = pod["spec"], pod.get("status") or {}
    kept = {field: former[field] for field in ("qosClass", "nominatedNodeName", "resourceClaimStatuses") if field in former}
    lost = _lost(pod, facts)
    inits = [_container(facts, container, lost, is_init=True) for container in spec.get("initContainers") or ()]
    mains = [_container(facts, container, lost, is_init=False) for container in spec.get("containers") or ()]
    now_in = "Failed" if failed_because else phase(pod, mains, inits, over=facts.over)
    why = failed_because or {field: former[field] for field in ("reason", "message") if field in former and former.get("phase") == now_in}
    status: dict[str, Any] = {"phase": now_in, "conditions": [], **why}
    status["conditions"] = _conditions(pod, former, mains, inits, now_in, facts)
    status |= {"hostIP": facts.host_ip, "hostIPs": [{"ip": facts.host_ip}]} if facts.host_ip else {}
    status |= {"podIP": facts.ip, "podIPs": [{"ip": facts.ip}]} if facts.ip else {}
    status["startTime"] = former.get("startTime") or rfc3339(facts.now)
    if inits:
        status["initContainerStatuses"] = inits
    status["containerStatuses"] = _by_name(mains)
    ephemeral = [_container(facts, container, lost, is_init=False) for container in spec.get("ephemeralContainers") or ()]
    if ephemeral:  # nothing waits for them to be ready
        shown = [{**{name: each[name] for name in each if name != "started"}, "ready": False} for each in ephemeral]
        status["ephemeralContainerStatuses"] = _by_name(shown)
    _shorten([*inits, *mains, *status.get("ephemeralContainerStatuses", ())])
    return kept | status


def _by_name(statuses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return statuses in the order of their containers' names, which is the kubelet's but for init containers."""
    return sorted(statuses, key=lambda status: str(status["name"]))


def _shorten(statuses: Sequence[dict[str, Any]]) -> None:
    """Leave of each termination message as much as comes to it: a status is stored with each change."""
    most = _MOST_MESSAGES // max(len(statuses), 1)
    for status in statuses:
        for field in ("state", "lastState"):
            ended = status[field].get("terminated") or {}
            if len(ended.get("message", "").encode()) > most:
                status[field] = {"terminated": {**ended, "message": ended["message"].encode()[:most].decode(errors="ignore")}}


def _lost(pod: Object, facts: Facts) -> set[str]:
    """Return the containers of a pod that is over of which nobody knows how they ended (status manager's TerminatePod).

    Those of which nothing tells that they were ever begun are none of them: they wait for ever. An init container that another one came after was
    begun, as were all ordinary containers when the init containers had done their work.
    """
    if not facts.over:
        return set()
    spec, former = pod["spec"], by_name(pod.get("status") or {})
    inits = spec.get("initContainers") or []

    def is_begun(container: Mapping[str, Any]) -> bool:
        found = facts.containers.get(container["name"])
        return found is not None and found.state != CREATED or bool(facts.last.get(container["name"]))

    def is_done(container: Mapping[str, Any]) -> bool:
        found = facts.containers.get(container["name"])
        if container.get("restartPolicy") == "Always":
            return bool((former.get(container["name"]) or {}).get("started"))
        return found is not None and found.state == EXITED and found.exit_code == 0

    last = max((number for number, container in enumerate(inits) if is_begun(container)), default=0)
    begun = inits[: last + 1]
    if not inits or is_done(inits[-1]) or any(map(is_begun, spec.get("containers") or ())):
        begun = [*begun, *(spec.get("containers") or ()), *(spec.get("ephemeralContainers") or ())]
    states = {container["name"]: facts.containers.get(container["name"]) for container in begun}
    return {name for name, found in states.items() if found is None or found.state != EXITED}


def _container(facts: Facts, spec: Mapping[str, Any], lost: Collection[str], *, is_init: bool) -> dict[str, Any]:
    name = spec["name"]
    found = facts.containers.get(name)
    status: dict[str, Any] = {
        "name": name, "image": (found.image if found else "") or spec.get("image", ""), "imageID": found.image_ref if found else "", "ready": False,
        "restartCount": facts.restarts.get(name, 0), "started": False, "lastState": facts.last.get(name, {}), "state": {},
    }  # fmt: skip
    if found is not None:
        status["containerID"] = f"{facts.runtime}://{found.id}"
        status |= {**_granted(spec), **facts.held.get(name, {})}
    sidecar = is_init and spec.get("restartPolicy") == "Always"
    waiting = facts.waiting.get(name)
    if name in lost:
        status["state"] = {"terminated": dict(_LOST)}
    elif waiting is not None or found is None or found.state not in (RUNNING, EXITED):
        waiting = waiting or Waiting("PodInitializing" if facts.has_inits else "ContainerCreating")
        status["state"] = {"waiting": {field: value for field, value in waiting._asdict().items() if value}}
    elif found.state == RUNNING:
        status["state"] = {"running": {"startedAt": rfc3339(found.started_at)}}
        status["started"] = name not in facts.unstarted
        status["ready"] = found.ready and name not in facts.unready if not is_init or sidecar else False
    else:
        status["state"] = {"terminated": terminated(found, facts.runtime)}
        status["ready"] = is_init and not sidecar and found.exit_code == 0
    return status


def _granted(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a container was given: resources and mounts."""
    given: dict[str, Any] = {"resources": dict(spec.get("resources") or {})}
    if given["resources"].get("requests"):
        given["allocatedResources"] = given["resources"]["requests"]
    mounts = []
    for mount in spec.get("volumeMounts") or ():
        shown = {"name": mount["name"], "mountPath": mount["mountPath"]}
        if mount.get("readOnly"):
            shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
        mounts.append(shown)
    return given | ({"volumeMounts": mounts} if mounts else {})


def terminated(found: ContainerStatus, runtime: str) -> dict[str, Any]:
    """Return the terminated state of a container."""
    state: dict[str, Any] = {"exitCode": found.exit_code, "reason": found.reason, "startedAt": rfc3339(found.started_at or found.finished_at),
                             "finishedAt": rfc3339(found.finished_at), "containerID": f"{runtime}://{found.id}"}  # fmt: skip
    if found.message:
        state["message"] = found.message
    return state


def told(last: Mapping[str, Any], ended: dict[str, Any]) -> dict[str, Any]:
    """Return the last state of a container that an engine has started again: what is known of that end already, where the engine has forgotten it since."""
    known = last.get("terminated") or {}
    same = all(known.get(field) == ended[field] for field in ("containerID", "finishedAt"))
    return dict(last) if same and ended["reason"] == _LOST["reason"] else {"terminated": ended}


def by_name(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the statuses of a pod's containers by their names."""
    fields = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    return {container["name"]: container for field in fields for container in status.get(field) or ()}


def unstarted(found: ContainerStatus, former: Mapping[str, Any]) -> ContainerStatus:
    """Return a container as it is; one that could not be started, by its last status, as one that has ended: its pod's policy says whether another follows."""
    state, last = former.get("state") or {}, former.get("lastState") or {}
    waiting = state.get("waiting") or {}
    told: Mapping[str, Any] = {}
    if waiting.get("reason") == NOT_RUN and str(former.get("containerID", "")).endswith(f"//{found.id}"):
        told = waiting
    for ended in (state.get("terminated") or {}, last.get("terminated") or {}):
        if ended.get("reason") == _START_ERROR and str(ended.get("containerID", "")).endswith(f"//{found.id}"):
            told = ended
    if found.state != CREATED or not told:
        return found
    return found._replace(state=EXITED, started_at=found.created_at, finished_at=found.created_at, exit_code=_NEVER_RAN, reason=_START_ERROR,
                          message=told.get("message", ""))  # fmt: skip


def is_over(pod: Object, found: Mapping[str, ContainerStatus]) -> bool:
    """Tell whether nothing of a pod will run again: all ordinary containers have ended for good, or an init container has in vain."""
    spec = pod["spec"]
    policy = spec.get("restartPolicy", "Always")
    if policy == "Always":
        return False
    inits = [found.get(container["name"]) for container in spec.get("initContainers") or () if container.get("restartPolicy") != "Always"]
    if policy == "Never" and any(state is not None and state.state == EXITED and state.exit_code for state in inits):
        return True
    states = [found.get(container["name"]) for container in spec.get("containers") or ()]
    if any(state is None or state.state != EXITED for state in states):
        return False
    return policy == "Never" or all(state is not None and state.exit_code == 0 for state in states)


def removed(former: Mapping[str, Any], now: float) -> ContainerStatus | None:
    """Return what a container that is no more had come to, by its last status; None where it had not been started."""
    state, last = former.get("state") or {}, former.get("lastState") or {}
    ended = state.get("terminated") or (last.get("terminated") if "waiting" in state else None)
    if ended is None and "running" in state:
        text = "The container could not be located when the pod was deleted.  The container used to be Running"
        ended = {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": text, "startedAt": state["running"].get("startedAt"),
                 "finishedAt": rfc3339(now), "containerID": former.get("containerID", "")}  # fmt: skip
    if not ended or not ended.get("containerID"):
        return None
    begun, over = (parse_rfc3339(ended[field]) if ended.get(field) else 0.0 for field in ("startedAt", "finishedAt"))
    found = ContainerStatus(ended["containerID"].partition("://")[2], former["name"], int(former.get("restartCount", 0)), EXITED,
                            former.get("image", ""), former.get("imageID", ""), begun, begun, over, int(ended["exitCode"]))  # fmt: skip
    return found._replace(reason=ended.get("reason", ""), message=ended.get("message", ""))


def phase(pod: Object, mains: Sequence[Mapping[str, Any]], inits: Sequence[Mapping[str, Any]], *, over: bool = False) -> str:
    """Return the phase that the containers' states make (kubelet's getPhase); a pod is not over before its sidecars are."""
    if over:
        return "Succeeded" if all(_exit_code(status) == 0 for status in mains) else "Failed"
    spec = pod["spec"]
    names = {container["name"] for container in spec.get("initContainers") or () if container.get("restartPolicy") == "Always"}
    ordinary, sidecars = ([status for status in inits if (status["name"] in names) is wanted] for wanted in (False, True))
    lasting = any("running" in status["state"] for status in sidecars)
    policy = spec.get("restartPolicy", "Always")
    if any(_exit_code(status) not in (None, 0) for status in ordinary) and policy == "Never":
        return "Pending" if lasting else "Failed"
    if any("terminated" not in status["state"] for status in ordinary):
        return "Pending"
    codes = [_exit_code(status) for status in mains]
    if any("waiting" in status["state"] and not status["lastState"] for status in (*sidecars, *mains)):
        return "Pending"
    if lasting or any(code is None for code in codes) or policy == "Always":
        return "Running"
    if all(code == 0 for code in codes):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _exit_code(status: Mapping[str, Any]) -> int | None:
    ended = status["state"].get("terminated")
    return None if ended is None else int(ended["exitCode"])


def _conditions(pod: Object, former: Mapping[str, Any], mains: Sequence[Mapping[str, Any]], inits: Sequence[Mapping[str, Any]], now_in: str,
                facts: Facts) -> list[dict[str, Any]]:  # fmt: skip
    ended = now_in in ("Succeeded", "Failed")
    sidecars = {spec["name"] for spec in pod["spec"].get("initContainers") or () if spec.get("restartPolicy") == "Always"}
    unready = [status["name"] for status in inits if status["name"] in sidecars and not status["ready"]]
    unready += [status["name"] for status in mains if not status["ready"]]
    uninitialized = [status["name"] for status in inits if not status["started" if status["name"] in sidecars else "ready"]]
    if now_in == "Succeeded" or any("waiting" not in status["state"] for status in mains):  # that was so once, whatever sidecars do later
        uninitialized = []
    why = {"reason": "PodCompleted"} if now_in == "Succeeded" else {"reason": "PodFailed"} if now_in == "Failed" else {}
    if not ended and unready:
        why = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready)}]"}
    initialized: dict[str, str] = {"reason": "PodCompleted"} if now_in == "Succeeded" else {}
    if uninitialized:
        initialized = {"reason": "ContainersNotInitialized", "message": f"containers with incomplete status: [{' '.join(uninitialized)}]"}
    ready = not ended and not unready
    gated = _gates(pod) if ready else {}
    wanted = [
        ("PodReadyToStartContainers", bool(facts.ip) and not ended, {}),
        ("Initialized", not uninitialized, initialized),
        ("Ready", ready and not gated, gated or why),
        ("ContainersReady", ready, why),
        ("PodScheduled", True, {}),
    ]
    known = {condition["type"]: condition for condition in former.get("conditions") or ()}
    ours = {kind for kind, _, _ in wanted}
    others = [condition for kind, condition in known.items() if kind not in ours]
    return others + [_condition(known.get(kind), kind, truth, text, facts.now) for kind, truth, text in wanted]


def _gates(pod: Object) -> dict[str, str]:
    """Return why readiness gates hold a pod back; empty where they do not."""
    problems = []
    for gate in pod["spec"].get("readinessGates") or ():
        kind = gate["conditionType"]
        found = meta.condition(pod, kind)
        if found is None:
            problems.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif found["status"] != "True":
            problems.append(f'the status of pod readiness gate "{kind}" is not "True", but {found["status"]}')
    return {"reason": "ReadinessGatesNotReady", "message": ", ".join(problems)} if problems else {}


def _condition(former: Mapping[str, Any] | None, kind: str, truth: bool, text: Mapping[str, str], now: float) -> dict[str, Any]:
    status = "True" if truth else "False"
    since = former["lastTransitionTime"] if former is not None and former.get("status") == status and former.get("lastTransitionTime") else rfc3339(now)
    return {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": since, **text}
