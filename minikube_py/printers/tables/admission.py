"""Tables of admissionregistration.k8s.io."""

from collections.abc import Callable

from minikube_py.machinery import selectors
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _webhooks(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), cells.age(obj, now)]


def _policy(field: str) -> Callable[[Object, float], Cells]:
    def row(obj: Object, now: float) -> Cells:
        spec = cells.spec(obj)
        kind = spec.get("paramKind")
        shown = cells.UNSET if kind is None else f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}"
        return [obj["metadata"]["name"], len(spec.get(field) or ()), shown, cells.age(obj, now)]

    return row


def _binding(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    reference = spec.get("paramRef") or {}
    shown = cells.UNSET
    if reference.get("name"):
        # Whether the parameter is cluster-scoped can't be told from here.
        shown = f"{reference.get('namespace') or '*'}/{reference['name']}"
    elif reference.get("selector") is not None:
        shown = selectors.go_text(reference["selector"])
    return [obj["metadata"]["name"], spec.get("policyName", ""), shown, cells.age(obj, now)]


_WEBHOOKS = Table((NAME, text("Webhooks", "Number of webhooks.", "integer"), AGE), _webhooks)
_PARAM_KIND = text("ParamKind", "Kind of the parameters.")
_BINDINGS = Table((NAME, text("PolicyName", "Policy that is bound."), text("ParamRef", "Its parameters."), AGE), _binding)

TABLES = {
    "mutatingwebhookconfigurations": _WEBHOOKS,
    "validatingwebhookconfigurations": _WEBHOOKS,
    "validatingadmissionpolicies": Table((NAME, text("Validations", "Number of rules.", "integer"), _PARAM_KIND, AGE), _policy("validations")),
    "mutatingadmissionpolicies": Table((NAME, text("Mutations", "Number of rules.", "integer"), _PARAM_KIND, AGE), _policy("mutations")),
    "validatingadmissionpolicybindings": _BINDINGS,
    "mutatingadmissionpolicybindings": _BINDINGS,
}
