"""How many pods of a controller are in which phase."""

from minikube_py.describers.context import Context
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_PHASES = ("Running", "Pending", "Succeeded", "Failed")


def text(owner: Object, selector: str, context: Context) -> str:
    """Return `3 Running / 0 Waiting / 0 Succeeded / 0 Failed` of the pods that `owner` controls."""
    pods = context.items("pods", meta.namespace(owner), label_selector=selector)
    phases = [meta.phase(pod) for pod in pods if meta.is_controlled_by(pod, owner)]
    running, waiting, succeeded, failed = (phases.count(phase) for phase in _PHASES)
    return f"{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"
