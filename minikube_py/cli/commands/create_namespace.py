"""kctl create namespace."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.machinery.meta import Object


class NamespaceOptions(generating.Generator):
    """What `kctl create namespace` was asked for."""

    path = "create namespace"

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()

    def build(self) -> Object:
        """Return the namespace."""
        return self.object("Namespace", namespaced=False)


COMMAND = Command(
    "create namespace",
    "Create a namespace with the specified name",
    "NAME [--dry-run=server|client|none] [options]",
    generating.FLAGS,
    NamespaceOptions,
    examples="""  # Create a new namespace named my-namespace
  kctl create namespace my-namespace""",
    aliases=("ns",),
)
