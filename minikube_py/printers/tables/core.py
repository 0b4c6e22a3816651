"""Tables of the smaller kinds of the core group."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, CREATED_AT, NAME, Cells, Table, text


def _namespace(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], cells.status(obj).get("phase", ""), cells.age(obj, now)]


def _secret(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or ()), cells.age(obj, now)]


def _config_map(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), cells.age(obj, now)]


def _service_account(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], len(obj.get("secrets") or ()), cells.age(obj, now)]


def _resource_quota(obj: Object, now: float) -> Cells:
    status = cells.status(obj)
    used = status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for name, hard in sorted((status.get("hard") or {}).items()):
        (limits if name.startswith("limits.") else requests).append(f"{name}: {used.get(name, 0)}/{hard}")
    return [obj["metadata"]["name"], ", ".join(requests), ", ".join(limits), cells.age(obj, now)]


def _component_status(obj: Object, now: float) -> Cells:
    healthy = meta.condition({"status": obj}, "Healthy") or {}
    state = ("Healthy" if healthy.get("status") == "True" else "Unhealthy") if healthy else "Unknown"
    return [obj["metadata"]["name"], state, healthy.get("message", ""), healthy.get("error", "")]


def created_at(obj: Object, now: float) -> Cells:
    """Return the cells of kinds that kube-apiserver knows no table for."""
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]


TABLES = {
    "namespaces": Table((NAME, text("Status", "Active or Terminating."), AGE), _namespace),
    "secrets": Table((NAME, text("Type", "What the data is for."), text("Data", "Number of entries."), AGE), _secret),
    "configmaps": Table((NAME, text("Data", "Number of entries."), AGE), _config_map),
    "serviceaccounts": Table((NAME, text("Secrets", "Number of secrets that pods may use."), AGE), _service_account),
    "resourcequotas": Table((NAME, text("Request", "Used and allowed amounts."), text("Limit", "Used and allowed limits."), AGE), _resource_quota),
    "componentstatuses": Table(
        (NAME, text("Status", "Healthy or not."), text("Message", "What the component says."), text("Error", "What went wrong.")),
        _component_status,
    ),
    "limitranges": Table((NAME, CREATED_AT), created_at),
}
