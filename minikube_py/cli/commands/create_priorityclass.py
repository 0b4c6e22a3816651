"""kctl create priorityclass."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object


class PriorityClassOptions(generating.Generator):
    """What `kctl create priorityclass` was asked for."""

    path = "create priorityclass"
    failure = "failed to create priorityclass: "

    def build(self) -> Object:
        """Return the priority class."""
        values = self.values
        return {
            **self.object("PriorityClass", "scheduling.k8s.io/v1", namespaced=False),
            "value": values["value"],
            "globalDefault": values["global-default"],
            "description": values["description"],
            "preemptionPolicy": values["preemption-policy"],
        }


COMMAND = Command(
    "create priorityclass",
    "Create a priority class with the specified name",
    "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [options]",
    (
        Flag("description", usage="What the class is for."),
        Flag("global-default", "bool", usage="If true, pods that name no class get this one."),
        Flag("preemption-policy", default="PreemptLowerPriority", usage="Whether pods of the class displace others: PreemptLowerPriority or Never."),
        Flag("value", "int32", usage="The priority."),
        *generating.FLAGS,
    ),
    PriorityClassOptions,
    examples="""  # Create a class for pods that matter
  kctl create priorityclass high --value=1000 --description="for what customers see"

  # Create a class whose pods wait for room
  kctl create priorityclass patient --value=500 --preemption-policy=Never""",
    aliases=("pc",),
)
