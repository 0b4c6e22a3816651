"""The dry-run runtime: containers that exist on paper only. They start at once, pass their probes, and run until they are stopped.

Annotations of a pod ask for something else (values name containers, `*` for all, several separated by commas):

kctl.dev/dryrun-image-pull-error: web          the image cannot be pulled
kctl.dev/dryrun-start-delay: 5s                seconds from creation until a container starts
kctl.dev/dryrun-run-for: 10s                   containers end by themselves after that time
kctl.dev/dryrun-exit-code: web=1               ... with this code (0 where it is not named); alone, they end at once
kctl.dev/dryrun-not-ready: web                 readiness probes fail

Containers of Jobs, and init containers, end by themselves at once. What is stopped ends with code 0, as servers do that shut down
in good order; a Job's container that is stopped before its end has code 143 (SIGTERM).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from minikube_py.client.loops import State
from minikube_py.kits import digests
from minikube_py.kits.clock import Clock
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, ContainerConfig, ContainerStatus, PodSandboxConfig, PodSandboxStatus, RuntimeFailure
from minikube_py.machinery import durations, meta
from minikube_py.machinery.meta import Object

PREFIX = "kctl.dev/dryrun-"
_KEY = "sandbox/"
_KILLED, _TERMINATED = 137, 143  # 128 + SIGKILL, SIGTERM


class DryRunRuntime:
    """Keeps its records in the kubelet's state, one row a pod, and works out what would have happened meanwhile from the clock."""

    name = "dryrun"
    version = "0.1.0"

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def run_pod_sandbox(self, config: PodSandboxConfig) -> str:
        """Note a pod and the wishes in its annotations."""
        record = self._record(config.uid)
        if record is None:
            pod = config.pod
            record = {"id": _id(config.uid), "ip": config.ip, "created": self._clock.now(), "containers": [],
                      "wishes": _wishes(pod), "job": _is_run_to_completion(pod)}  # fmt: skip
            self._save(config.uid, record)
        return str(record["id"])

    def stop_pod_sandbox(self, uid: str, timeout: int = 0) -> None:
        """Let all containers of a pod end now."""
        record = self._record(uid)
        if record is None:
            return
        for container in record["containers"]:
            self._end(container, interrupted=record["job"] or not container["stays"])
        self._save(uid, record)

    def remove_pod_sandbox(self, uid: str) -> None:
        """Forget a pod."""
        self._state.delete(_KEY + uid)

    def pod_sandbox_status(self, uid: str) -> PodSandboxStatus | None:
        """Return what a pod would be like now."""
        record = self._record(uid)
        if record is None:
            return None
        containers = tuple(self._status(record, container) for container in record["containers"])
        return PodSandboxStatus(record["id"], uid, record["ip"], record["created"], containers)

    def list_pod_sandboxes(self) -> list[str]:
        """Return the uids of all noted pods."""
        return [key[len(_KEY) :] for key, _ in self._state.items(_KEY)]

    def pull_image(self, image: str, pod: Object, container: str, pull_secrets: Sequence[Object] = ()) -> str:
        """Take the image for present, unless the pod wants it to be missing."""
        if _named(_wishes(pod).get("image-pull-error", ""), container):
            text = f'failed to pull and unpack image "{image}": not found (dry run: asked for by annotation {PREFIX}image-pull-error)'
            raise RuntimeFailure("ErrImagePull", text)
        return f'Container image "{image}" taken as present (dry run: nothing was pulled)'

    def create_container(self, uid: str, config: ContainerConfig) -> str:
        """Note a container."""
        record = self._must(uid)
        spec = config.spec
        container_id = _id(f"{uid}/{spec['name']}/{config.attempt}")
        kept = [item for item in record["containers"] if item["name"] != spec["name"]]
        stays = not config.is_init or spec.get("restartPolicy") == "Always"
        kept.append({"id": container_id, "name": spec["name"], "attempt": config.attempt, "image": spec.get("image", ""), "stays": stays,
                     "created": self._clock.now(), "started": 0.0, "ends": None, "code": 0})  # fmt: skip
        record["containers"] = kept
        self._save(uid, record)
        return container_id

    def start_container(self, uid: str, container_id: str) -> None:
        """Note when a container starts, and when it will end if it will."""
        record = self._must(uid)
        for container in record["containers"]:
            if container["id"] == container_id and not container["started"]:
                container["started"] = self._clock.now() + _seconds(record["wishes"].get("start-delay", ""))
                container["code"], container["ends"] = _end_of(record, container)
        self._save(uid, record)

    def stop_container(self, uid: str, container_id: str, timeout: int) -> None:
        """Let a container end now."""
        record = self._record(uid)
        for container in (record or {}).get("containers", ()):
            if container["id"] == container_id:
                self._end(container, interrupted=not container["stays"])
        if record is not None:
            self._save(uid, record)

    def logs(self, pod: Object, container: str, options: Mapping[str, Any]) -> Iterator[str]:
        """Say honestly that there are none."""
        known = [*meta.containers(pod["spec"]), *(pod["spec"].get("ephemeralContainers") or ())]
        spec = next(item for item in known if item["name"] == container)
        words = " ".join([*(spec.get("command") or ()), *(spec.get("args") or ())])
        yield f"dry run: container {container} ({spec.get('image', '')}{': ' + words if words else ''}) was not started, so it has no log\n"

    def changes_at(self, uid: str) -> float | None:
        """Return when the next container starts or ends."""
        now, record = self._clock.now(), self._record(uid)
        moments = [container[field] for container in (record or {}).get("containers", ()) for field in ("started", "ends")]
        return min((moment for moment in moments if moment and moment > now), default=None)

    def _record(self, uid: str) -> dict[str, Any] | None:
        return self._state.get(_KEY + uid)  # type: ignore[no-any-return]

    def _must(self, uid: str) -> dict[str, Any]:
        record = self._record(uid)
        if record is None:
            raise RuntimeFailure("CreateContainerError", f"sandbox of pod {uid} not found")
        return record

    def _save(self, uid: str, record: dict[str, Any]) -> None:
        self._state.put(_KEY + uid, record)

    def _end(self, container: dict[str, Any], *, interrupted: bool) -> None:
        """Stop a container: servers shut down in good order, work that is interrupted was not done."""
        now = self._clock.now()
        if container["ends"] is None or container["ends"] > now:
            container["ends"] = now
            container["code"] = _KILLED if not container["started"] or container["started"] > now else _TERMINATED if interrupted else 0

    def _status(self, record: dict[str, Any], container: dict[str, Any]) -> ContainerStatus:
        now = self._clock.now()
        started = container["started"] if container["started"] and container["started"] <= now else 0.0
        finished = container["ends"] if container["ends"] is not None and container["ends"] <= now else 0.0
        state = EXITED if finished else RUNNING if started else CREATED
        reason = ("Completed" if container["code"] == 0 else "Error") if finished else ""
        ready = not _named(record["wishes"].get("not-ready", ""), container["name"])
        return ContainerStatus(container["id"], container["name"], container["attempt"], state, container["image"],
                               f"dryrun://{container['image']}", container["created"], started, finished,
                               container["code"] if finished else 0, reason, "", ready)  # fmt: skip


def _id(text: str) -> str:
    return digests.blake2b(text.encode(), digest_size=32).hexdigest()


def _wishes(pod: Object) -> dict[str, str]:
    return {name[len(PREFIX) :]: value for name, value in meta.annotations(pod).items() if name.startswith(PREFIX)}


def _is_run_to_completion(pod: Object) -> bool:
    """Tell whether the pod's containers are expected to end: a Job's are, anything else may as well be a server."""
    owner = meta.controller_of(pod)
    return owner is not None and owner.get("kind") == "Job"


def _named(names: str, container: str) -> bool:
    words = [word.strip() for word in names.split(",")]
    return container in words or "*" in words


def _seconds(text: str) -> float:
    if not text:
        return 0.0
    try:
        return max(durations.parse(text), 0.0)
    except ValueError as error:
        raise RuntimeFailure("CreateContainerError", f"annotation {PREFIX}*: {error}") from error


def _end_of(record: dict[str, Any], container: dict[str, Any]) -> tuple[int, float | None]:
    """Return the exit code and when a container will end; None where it runs until it is stopped."""
    wishes = record["wishes"]
    codes = dict(part.strip().partition("=")[::2] for part in wishes.get("exit-code", "").split(",") if part.strip())
    code = codes.get(container["name"], codes.get("*"))
    if code is not None and not code.lstrip("-").isdecimal():
        raise RuntimeFailure("CreateContainerError", f"annotation {PREFIX}exit-code: {code!r} is no exit code")
    if container["stays"] and code is None and "run-for" not in wishes and not record["job"]:
        return 0, None
    return int(code or 0), container["started"] + _seconds(wishes.get("run-for", ""))
