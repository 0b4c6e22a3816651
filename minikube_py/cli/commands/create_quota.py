"""kctl create quota."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery import quantity
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class QuotaOptions(generating.Generator):
    """What `kctl create quota` was asked for."""

    path = "create quota"
    failure = "failed to create quota: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()

    def build(self) -> Object:
        """Return the quota."""
        return {**self.object("ResourceQuota"), "spec": {"hard": _amounts(self.values["hard"]), "scopes": _scopes(self.values["scopes"])}}


def _amounts(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(",") if text else ():
        resource, equals, amount = part.partition("=")
        if not equals or "=" in amount:
            raise KctlError(f"Invalid argument syntax {part}, expected <resource>=<value>")
        try:
            found[resource] = quantity.canonical(amount)
        except ValueError as error:
            raise KctlError(str(error)) from error
    return found


def _scopes(text: str) -> list[str]:
    scopes = text.split(",") if text else []
    if "" in scopes:
        raise KctlError('invalid resource quota scope ""')
    return scopes


COMMAND = Command(
    "create quota",
    "Create a quota with the specified name",
    "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [options]",
    (
        Flag("hard", usage="What there may be at most: RESOURCE=QUANTITY,RESOURCE=QUANTITY."),
        Flag("scopes", usage="Which objects count: those that all of these scopes match, separated by commas."),
        *generating.FLAGS,
    ),
    QuotaOptions,
    examples="""  # Bound the processors, the memory and the number of pods
  kctl create quota small --hard=cpu=1,memory=1G,pods=2

  # Allow a hundred pods that make no request
  kctl create quota best-effort --hard=pods=100 --scopes=BestEffort""",
    aliases=("resourcequota",),
)
