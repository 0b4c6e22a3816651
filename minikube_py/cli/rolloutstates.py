"""How far a rollout is, in kubectl's words (kubectl polymorphichelpers/rollout_status.go)."""

from minikube_py.cli.histories import REVISION
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

State = tuple[str, bool]  # what to say, and whether it is over


def of(obj: Object, revision: int) -> State:
    """Return the state of a deployment, daemon set or stateful set; `revision` must be the one that is rolled out (0: any)."""
    if obj["kind"] == "Deployment":
        return _deployment(obj, revision)
    strategy = (obj["spec"].get("updateStrategy") or {}).get("type", "")
    if strategy != "RollingUpdate":
        raise KctlError("rollout status is only available for RollingUpdate strategy type")
    return _daemon_set(obj) if obj["kind"] == "DaemonSet" else _stateful_set(obj)


def _status(obj: Object, field: str) -> int:
    return int((obj.get("status") or {}).get(field) or 0)


def _is_behind(obj: Object) -> bool:
    return int(obj["metadata"].get("generation") or 0) > _status(obj, "observedGeneration")


def _deployment(obj: Object, revision: int) -> State:
    name = meta.name(obj)
    if revision:
        _check_revision(obj, revision)
    if _is_behind(obj):
        return "Waiting for deployment spec update to be observed...\n", False
    progressing = meta.condition(obj, "Progressing")
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        raise KctlError(f'deployment "{name}" exceeded its progress deadline')
    wanted, updated = int(obj["spec"].get("replicas") or 0), _status(obj, "updatedReplicas")
    replicas, available = _status(obj, "replicas"), _status(obj, "availableReplicas")
    waiting = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new replicas have been updated...\n", False
    if replicas > updated:
        return f"{waiting}{replicas - updated} old replicas are pending termination...\n", False
    if available < updated:
        return f"{waiting}{available} of {updated} updated replicas are available...\n", False
    return f'deployment "{name}" successfully rolled out\n', True


def _check_revision(obj: Object, wanted: int) -> None:
    noted = meta.annotations(obj).get(REVISION, "0")
    if not noted.lstrip("+-").isdecimal():
        problem = f'strconv.ParseInt: parsing "{noted}": invalid syntax'
        raise KctlError(f'cannot get the revision of deployment "{meta.name(obj)}": {problem}')
    if int(noted) != wanted:
        raise KctlError(f"desired revision ({wanted}) is different from the running revision ({int(noted)})")


def _daemon_set(obj: Object) -> State:
    name = meta.name(obj)
    if _is_behind(obj):
        return "Waiting for daemon set spec update to be observed...\n", False
    wanted, updated, available = (_status(obj, field) for field in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"))
    waiting = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new pods have been updated...\n", False
    if available < wanted:
        return f"{waiting}{available} of {wanted} updated pods are available...\n", False
    return f'daemon set "{name}" successfully rolled out\n', True


def _stateful_set(obj: Object) -> State:
    if not _status(obj, "observedGeneration") or _is_behind(obj):
        return "Waiting for statefulset spec update to be observed...\n", False
    wanted, ready, updated = int(obj["spec"].get("replicas") or 0), _status(obj, "readyReplicas"), _status(obj, "updatedReplicas")
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...\n", False
    rolling = obj["spec"]["updateStrategy"].get("rollingUpdate")
    if rolling is not None:
        partition = rolling.get("partition")
        if partition is not None and updated < wanted - partition:
            return f"Waiting for partitioned roll out to finish: {updated} out of {wanted - partition} new pods have been updated...\n", False
        return f"partitioned roll out complete: {updated} new pods have been updated...\n", True
    status = obj["status"]
    if status.get("updateRevision", "") != status.get("currentRevision", ""):
        return f"waiting for statefulset rolling update to complete {updated} pods at revision {status.get('updateRevision', '')}...\n", False
    revision = status.get("currentRevision", "")
    return f"statefulset rolling update complete {_status(obj, 'currentReplicas')} pods at revision {revision}...\n", True
