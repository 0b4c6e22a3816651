"""pods/eviction: a deletion that disruption budgets may refuse (registry/core/pod/storage EvictionREST)."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.handlers import delete, read, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_BUDGETS = "poddisruptionbudgets.policy"
_MOST_DISRUPTED = 2000
_CONDITION = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None, "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."


def handle(server: "APIServer", request: Request) -> Response:
    """Delete a pod if no budget is hurt by it."""
    body = write.received(request)
    metadata, asked = body.get("metadata") or {}, body.get("deleteOptions") or {}
    if not isinstance(metadata, dict) or not isinstance(asked, dict):
        raise errors.BadRequest("the body of the request must be an Eviction")
    if metadata.get("name") != request.name:
        raise errors.BadRequest("name in URL does not match name in Eviction object")
    shown = write.attributes(request, "CREATE", body, None)
    server.policy.admit(shown)
    write.finish(server, request, shown)
    options = {**asked, **request.options}
    pod = read.must_get(server, request.target, request.namespace, request.name)
    if not _needs_no_budget(pod):
        budgets = _budgets(server, pod)
        if len(budgets) > 1:
            text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise errors.StatusError(text, code=500, reason="")
        if budgets and not _is_spare(pod, budgets[0]):
            _spend(server, bool(options.get("dryRun")), pod, budgets[0])
    if not options.get("dryRun"):
        _mark(server, request, options)
    part = Request("delete", "", "v1", "pods", namespace=request.namespace, name=request.name, options=options)
    part.info, part.user, part.warnings = request.target, request.user, request.warnings
    delete.delete(server, part, admission=False)
    return Response({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201, tuple(request.warnings))


def _mark(server: "APIServer", request: Request, options: dict[str, Any]) -> None:
    """Note on the pod that it is disrupted, for those who would take its end for a failure; a version that was asked for is the marked pod's, then."""
    for _ in range(write.ATTEMPTS):
        found = server.store.get(request.target, request.namespace, request.name)
        if found is None:
            raise errors.NotFound("pods", request.name)
        pod, wanted = found.object, options.get("preconditions") or {}
        if any(wanted.get(field) and wanted[field] != pod["metadata"][field] for field in ("uid", "resourceVersion")):
            return  # its deletion is refused for that
        former = meta.condition(pod, "DisruptionTarget") or {}
        since = former.get("lastTransitionTime") if former.get("status") == "True" else rfc3339(server.clock.now())
        others = [condition for condition in pod.get("status", {}).get("conditions") or () if condition["type"] != "DisruptionTarget"]
        pod.setdefault("status", {})["conditions"] = [*others, {**_CONDITION, "lastTransitionTime": since}]
        if server.store.update(request.target, pod, found.revision):
            if wanted.get("resourceVersion"):
                options["preconditions"] = {**wanted, "resourceVersion": pod["metadata"]["resourceVersion"]}
            return
    raise errors.Conflict("pods", request.name)


def _needs_no_budget(pod: Object) -> bool:
    return meta.phase(pod) in ("Pending", "Succeeded", "Failed") or meta.is_deleting(pod)


def _budgets(server: "APIServer", pod: Object) -> list[Object]:
    return [budget for budget in server.reader.list(_BUDGETS, meta.namespace(pod)) if _selects(budget, pod)]


def _selects(budget: Object, pod: Object) -> bool:
    selector = budget.get("spec", {}).get("selector")
    return bool(selector) and selectors.from_object(selector).matches(meta.labels(pod))


def _is_spare(pod: Object, budget: Object) -> bool:
    """Tell whether an unready pod may go without counting (spec.unhealthyPodEvictionPolicy)."""
    ready = meta.condition(pod, "Ready")
    if ready is not None and ready.get("status") == "True":
        return False
    if budget.get("spec", {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    wanted = status.get("desiredHealthy", 0)
    return bool(wanted > 0 and status.get("currentHealthy", 0) >= wanted)


def _spend(server: "APIServer", dry_run: bool, pod: Object, budget: Object) -> None:
    resource = server.scheme.must(_BUDGETS)
    for _ in range(write.ATTEMPTS):
        status = {**(budget.get("status") or {})}
        _check(budget, status)
        if dry_run:
            return
        status["disruptionsAllowed"] -= 1
        status["disruptedPods"] = {**(status.get("disruptedPods") or {}), meta.name(pod): rfc3339(server.clock.now())}
        if server.store.update(resource, {**budget, "status": status}, int(budget["metadata"]["resourceVersion"])):
            return
        budget = read.must_get(server, resource, meta.namespace(pod), meta.name(budget))
    text = f"couldn't update PodDisruptionBudget \"{meta.name(budget)}\" due to conflicts"
    raise errors.Timeout(f"Timeout: {text}", details={"retryAfterSeconds": 10})


def _check(budget: Object, status: dict[str, Any]) -> None:
    name = meta.name(budget)
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _refused(f"The disruption budget {name} is still being processed by the server.", retryAfterSeconds=10)
    allowed = status.setdefault("disruptionsAllowed", 0)
    if allowed < 0:
        raise errors.Forbidden("poddisruptionbudget", name, "pdb disruptions allowed is negative", "policy")
    if len(status.get("disruptedPods") or ()) > _MOST_DISRUPTED:
        cause = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise errors.Forbidden("poddisruptionbudget", name, cause, "policy")
    if allowed == 0:
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        raise _refused(f"The disruption budget {name} needs {needs} healthy pods and has {has} currently")


def _refused(cause: str, **more: int) -> errors.TooManyRequests:
    return errors.TooManyRequests(_VIOLATED, details={"causes": [{"reason": "DisruptionBudget", "message": cause}], **more})
