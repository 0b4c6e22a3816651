"""kctl create poddisruptionbudget."""

import re

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery import selectors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_OPERATORS = {"in": "In", "notin": "NotIn", "exists": "Exists", "!": "DoesNotExist"}


class PodDisruptionBudgetOptions(generating.Generator):
    """What `kctl create poddisruptionbudget` was asked for."""

    path = "create poddisruptionbudget"
    failure = "failed to create poddisruptionbudgets: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        values = self.values
        least, most = values["min-available"], values["max-unavailable"]
        if not values["selector"]:
            raise KctlError("a selector must be specified")
        if not least and not most:
            raise KctlError("one of min-available or max-unavailable must be specified")
        if least and most:
            raise KctlError("min-available and max-unavailable cannot be both specified")
        if not re.fullmatch("[0-9]+%?", least or most):
            raise KctlError(f"invalid format specified for {'min-available' if least else 'max-unavailable'}")

    def build(self) -> Object:
        """Return the budget."""
        least, most = self.values["min-available"], self.values["max-unavailable"]
        bound = {"minAvailable": generating.int_or_text(least)} if least else {"maxUnavailable": generating.int_or_text(most)}
        return {**self.object("PodDisruptionBudget", "policy/v1"), "spec": {**bound, "selector": _selector(self.values["selector"])}}


def _selector(text: str) -> Object:
    try:
        requirements = selectors.parse(text).requirements
    except ValueError as error:
        raise KctlError(f'couldn\'t parse the selector string "{text}": {error}') from error
    found: Object = {"matchLabels": {}, "matchExpressions": []}
    for item in requirements:
        if item.operator in (selectors.EQUALS, selectors.DOUBLE_EQUALS):
            found["matchLabels"][item.key] = item.values[0]
        elif item.operator in _OPERATORS:
            found["matchExpressions"].append({"key": item.key, "operator": _OPERATORS[item.operator], "values": list(item.values)})
        elif item.operator == selectors.NOT_EQUALS:
            raise KctlError('"!=" is not a valid label selector operator')
        else:
            raise KctlError(f'"{item.operator}" isn\'t supported in label selectors')
    return found


COMMAND = Command(
    "create poddisruptionbudget",
    "Create a pod disruption budget with the specified name",
    "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [options]",
    (
        Flag("max-unavailable", usage="How many pods, or what percentage, may be missing."),
        Flag("min-available", usage="How many pods, or what percentage, must be there."),
        Flag("selector", usage="Label query that says which pods are meant."),
        *generating.FLAGS,
    ),
    PodDisruptionBudgetOptions,
    examples="""  # Keep at least one pod of an application
  kctl create poddisruptionbudget web --selector=app=web --min-available=1

  # Let a quarter of the pods be missing
  kctl create pdb web --selector=app=web --max-unavailable=25%""",
    aliases=("pdb",),
)
