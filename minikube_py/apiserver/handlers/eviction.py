"""pods/eviction: a deletion that disruption budgets may refuse (registry/core/pod/storage EvictionREST)."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers import delete, read
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer


def handle(server: "APIServer", request: Request) -> Response:
    """Delete a pod if no budget is hurt by it."""
    pod = read.must_get(server, request.target, request.namespace, request.name)
    budgets = [] if _needs_no_budget(pod) else _budgets(server, pod)
    if len(budgets) > 1:
        raise errors.InternalError("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    if budgets:
        _spend(server, request, pod, budgets[0])
    options = (request.body or {}).get("deleteOptions") or {}
    part = Request("delete", "", "v1", "pods", namespace=request.namespace, name=request.name, options={**options, **request.options})
    part.info, part.user = request.target, request.user
    delete.delete(server, part)
    return Response({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)


def _needs_no_budget(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in ("Pending", "Succeeded", "Failed") or meta.is_deleting(pod)


def _budgets(server: "APIServer", pod: Object) -> list[Object]:
    found = server.reader.list("poddisruptionbudgets.policy", meta.namespace(pod))
    return [budget for budget in found if _selects(budget, pod)]


def _selects(budget: Object, pod: Object) -> bool:
    selector = budget.get("spec", {}).get("selector")
    return selector is not None and selectors.from_object(selector).matches(meta.labels(pod))


def _spend(server: "APIServer", request: Request, pod: Object, budget: Object) -> None:
    status = budget.get("status") or {}
    name = meta.name(budget)
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        cause = {"reason": "DisruptionBudget", "message": f"The disruption budget {name} is still being processed by the server."}
        raise errors.TooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.",
                                     details={"causes": [cause], "retryAfterSeconds": 10})  # fmt: skip
    allowed = status.get("disruptionsAllowed", 0)
    if allowed <= 0:
        text = f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has {status.get('currentHealthy', 0)} currently"
        raise errors.TooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.",
                                     details={"causes": [{"reason": "DisruptionBudget", "message": text}]})  # fmt: skip
    if request.option("dryRun"):
        return
    resource = server.scheme.must("poddisruptionbudgets.policy")
    status["disruptionsAllowed"] = allowed - 1
    if not server.store.update(resource, {**budget, "status": status}, int(budget["metadata"]["resourceVersion"])):
        raise errors.TooManyRequests("Cannot evict pod as the disruption budget has just changed; try again.", details={"retryAfterSeconds": 1})
